"""Is this a WSGI application, an ASGI application, or a factory of one?

What is a coroutine function, or has one as its `__call__`, is ASGI; what takes three
arguments too; what takes two is WSGI; what takes none makes an application.
"""

from __future__ import annotations

import inspect
from typing import Any

from pypact.errors import InvalidExpectation

__all__ = ["made", "speaks_asgi"]


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
    product = app()
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

    Raises: InvalidExpectation for what takes neither's arguments.
    """
    if _is_coroutine(app):
        return True
    signature = _signature(app)
    if signature is None or _takes(signature, 2):
        return False
    if _takes(signature, 3):
        return True
    raise InvalidExpectation(
        f"app={app!r} takes {signature}: neither WSGI's (environ, start_response) nor "
        "ASGI's (scope, receive, send)"
    )


def _is_factory(app: Any) -> bool:
    signature = _signature(app)
    if signature is None or not _takes(signature, 0):
        return False
    return not _takes(signature, 2) and not _takes(signature, 3)


def _is_coroutine(app: Any) -> bool:
    while hasattr(app, "func") and hasattr(app, "keywords"):  # functools.partial
        app = app.func
    call = getattr(type(app), "__call__", None)  # noqa: B004 -- its kind is asked for
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)


def _signature(app: Any) -> inspect.Signature | None:
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
