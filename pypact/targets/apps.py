"""Which target drives this app?"""

from __future__ import annotations

import inspect

from pypact.errors import InvalidExpectation
from pypact.targets.answers import Target
from pypact.targets.wsgi import WsgiTarget

__all__ = ["target_for"]


def target_for(
    app: object, *, scheme: str = "http", host: str = "localhost", mount: str = ""
) -> Target:
    """Find the target that drives `app`, which may be a target itself.

    `scheme`, `host` and `mount` are what the app takes for its own URL.

    Raises: InvalidExpectation when `app` is none that can be driven.
    """
    send = getattr(app, "send", None)
    if callable(send) and not callable(app):
        return app  # type: ignore[return-value]  # a Target of the user's own
    if not callable(app):
        raise InvalidExpectation(
            f"app={app!r} is neither a WSGI application nor a target with send()"
        )
    if _is_asgi(app):
        raise InvalidExpectation(
            f"app={app!r} is an ASGI application; only WSGI applications are driven"
        )
    return WsgiTarget(app, scheme=scheme, host=host, mount=mount)


def _is_asgi(app: object) -> bool:
    call = getattr(type(app), "__call__", None)  # noqa: B004 - its kind is asked for
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)
