"""Is this a WSGI application, an ASGI application, or a factory of one?

What is a coroutine function, or has one as its `__call__`, is ASGI; what takes three
arguments too; what takes two is WSGI; what needs none makes an application. Names tell
more than numbers: `scope` is ASGI's, `environ` is WSGI's.
"""

from __future__ import annotations

import inspect
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.targets.importing import product_of

__all__ = ["made", "refuse_other", "speaks_asgi"]


def made(app: Any) -> Any:
    """Return the product of `app` if it is a factory, else `app` itself.

    Raises: InvalidExpectation if `app` is neither an application nor a factory.
    """
    if not callable(app):
        raise InvalidExpectation(
            f"app={app!r} is neither a WSGI nor an ASGI application, nor a factory or "
            "an import string of one, nor a target with send()"
        )
    if not _is_factory(app):
        return app
    product = product_of(app)
    if inspect.iscoroutine(product):
        product.close()
        raise InvalidExpectation(
            f"app={app!r} is an async factory; pass the application that it returns"
        )
    if not callable(product) or _is_factory(product):
        raise InvalidExpectation(
            f"app={app!r} needs no arguments, so it was called as a factory; it "
            f"returned {product!r}, which is neither a WSGI nor an ASGI application"
        )
    return product


def speaks_asgi(app: Any) -> bool:
    """Return whether `app` is an ASGI application, not a WSGI application.

    Raises: InvalidExpectation if its arguments fit neither interface or both.
    """
    detected = _detect_asgi(app)
    if detected is not None:
        return detected
    signature = _own_signature(app)
    if signature is not None and _accepts(signature, 2):
        raise InvalidExpectation(
            f"app={app!r} takes {signature}, which fits both {_WSGI} and {_ASGI}; "
            "choose one with wsgi=True or asgi=True, or pass its product if it is a "
            "factory"
        )
    raise InvalidExpectation(
        f"app={app!r} takes {signature}, which fits neither {_WSGI} nor {_ASGI}"
    )


def refuse_other(app: Any, *, asgi: bool) -> None:
    """Raise InvalidExpectation if `app` cannot be called as ASGI, or as WSGI."""
    signature = _own_signature(app)
    if signature is None or _accepts(signature, 3 if asgi else 2):
        return
    expected = _ASGI if asgi else _WSGI
    raise InvalidExpectation(f"app={app!r} takes {signature}, expected {expected}")


def _detect_asgi(app: Any) -> bool | None:
    """Return True for ASGI, False for WSGI, None if that cannot be detected."""
    if _is_async_callable(app):
        return True
    signature = _own_signature(app)
    first = _first_parameter(signature)
    if signature is None or first in _WSGI_NAMES:
        return False
    two, three = _accepts(signature, 2), _accepts(signature, 3)
    if two and three and first != "scope":
        wrapped = _find_wrapped(app)
        return None if wrapped is None else _detect_asgi(wrapped)
    return three if two or three else None


def _is_factory(app: Any) -> bool:
    """Return whether `app` has to be called without arguments to get the application.

    A callable with an optional first argument is a factory with settings, unless that
    argument is named as in WSGI or ASGI.
    """
    signature = _wrapped_signature(app)
    if signature is None or not _accepts(signature, 0):
        return False
    first = _first_parameter(signature)
    if first is None:
        return not _accepts(signature, 2) and not _accepts(signature, 3)
    return first not in _WSGI_NAMES and first != "scope"


def _first_parameter(signature: inspect.Signature | None) -> str | None:
    """Return the name of the first positional parameter, None for `*args`."""
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values() if signature is not None else ()
    return next((one.name for one in parameters if one.kind in named), None)


def _find_wrapped(app: Any) -> Any:
    """Return the application that a middleware holds under one of the usual names."""
    names = ("app", "application", "wrapped", "__wrapped__")
    found = (getattr(app, name, None) for name in names)
    return next(filter(callable, found), None)


def _is_async_callable(app: Any) -> bool:
    while hasattr(app, "func") and hasattr(app, "keywords"):  # functools.partial
        app = app.func
    # The `__call__` of an object may differ from that of its class.
    owners = (type(app),) if inspect.isclass(app) else (app, type(app))
    calls = [getattr(one, "__call__", None) for one in owners]  # noqa: B004 -- needed itself, not only whether it exists
    return any(map(inspect.iscoroutinefunction, [app, *calls]))


def _own_signature(app: Any) -> inspect.Signature | None:
    """Return the signature of `app` itself; a wrapped function may have another."""
    try:
        return inspect.signature(app, follow_wrapped=False)
    except (TypeError, ValueError):
        return _wrapped_signature(app)


def _wrapped_signature(app: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(app)
    except (TypeError, ValueError):
        return None


def _accepts(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


_WSGI_NAMES = ("environ", "env")
_WSGI = "WSGI's (environ, start_response)"
_ASGI = "ASGI's (scope, receive, send)"
