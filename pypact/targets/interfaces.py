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
    """Call `app` if it is a factory, else give it back.

    Raises: InvalidExpectation for what is none of the three.
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
            f"app={app!r} is an async factory; give the application it makes"
        )
    if not callable(product) or _is_factory(product):
        raise InvalidExpectation(
            f"app={app!r} takes no arguments, so it was called as a factory; it made "
            f"{product!r}, which is neither a WSGI nor an ASGI application"
        )
    return product


def speaks_asgi(app: Any) -> bool:
    """Tell ASGI from WSGI.

    Raises: InvalidExpectation for what takes neither's arguments, or could be both.
    """
    told = _told(app)
    if told is not None:
        return told
    signature = _signature(app)
    if signature is not None and _takes(signature, 2):
        raise InvalidExpectation(
            f"app={app!r} takes {signature}, which is as well {_WSGI} as {_ASGI}: say "
            "which with wsgi=True or asgi=True, or give what it makes if it is a "
            "factory"
        )
    raise InvalidExpectation(
        f"app={app!r} takes {signature}: neither {_WSGI} nor {_ASGI}"
    )


def refuse_other(app: Any, *, asgi: bool) -> None:
    """Raise InvalidExpectation for what cannot be called as ASGI, or as WSGI."""
    signature = _signature(app)
    if signature is None or _takes(signature, 3 if asgi else 2):
        return
    wanted = _ASGI if asgi else _WSGI
    raise InvalidExpectation(f"app={app!r} takes {signature}, not {wanted}")


def _told(app: Any) -> bool | None:
    """Tell ASGI from WSGI where that can be told."""
    if _is_coroutine(app):
        return True
    signature = _signature(app)
    first = _first_name(signature)
    if signature is None or first in _OF_WSGI:
        return False
    two, three = _takes(signature, 2), _takes(signature, 3)
    if two and three and first != "scope":
        within = _within(app)
        return None if within is None else _told(within)
    return three if two or three else None


def _is_factory(app: Any) -> bool:
    """Tell what has to be called without arguments.

    What has a name for its first argument, and does not need it, is a factory with
    settings, unless that name is one of WSGI or ASGI.
    """
    signature = _decorated_signature(app)
    if signature is None or not _takes(signature, 0):
        return False
    first = _first_name(signature)
    if first is None:
        return not _takes(signature, 2) and not _takes(signature, 3)
    return first not in _OF_WSGI and first != "scope"


def _first_name(signature: inspect.Signature | None) -> str | None:
    """Name the first argument by position, if it has a name."""
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values() if signature is not None else ()
    return next((one.name for one in parameters if one.kind in named), None)


def _within(app: Any) -> Any:
    """What a middleware wraps, under one of the usual names."""
    names = ("app", "application", "wrapped", "__wrapped__")
    found = (getattr(app, name, None) for name in names)
    return next(filter(callable, found), None)


def _is_coroutine(app: Any) -> bool:
    while hasattr(app, "func") and hasattr(app, "keywords"):  # functools.partial
        app = app.func
    # That of the object may be another than that of its class.
    owners = (type(app),) if inspect.isclass(app) else (app, type(app))
    calls = [getattr(one, "__call__", None) for one in owners]  # noqa: B004 -- its kind is asked for
    return any(map(inspect.iscoroutinefunction, [app, *calls]))


def _signature(app: Any) -> inspect.Signature | None:
    """What `app` itself takes: what it decorates may take other arguments."""
    try:
        return inspect.signature(app, follow_wrapped=False)
    except (TypeError, ValueError):
        return _decorated_signature(app)


def _decorated_signature(app: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(app)
    except (TypeError, ValueError):
        return None


def _takes(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


_OF_WSGI = ("environ", "env")
_WSGI = "WSGI's (environ, start_response)"
_ASGI = "ASGI's (scope, receive, send)"
