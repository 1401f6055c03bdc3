"""Which routes does this app have? One file for each framework.

A framework is found by the module of the app's class or of one of its bases; what an
app is wrapped into by middleware is looked for below the usual attribute names.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.verifier.routes.router import ANY_METHOD, FoundRoute, Route, Router

__all__ = ["ANY_METHOD", "FoundRoute", "Route", "Router", "layers_of", "router_for"]


def router_for(app: Any) -> Router:
    """Find the router of an app, below its middleware if need be.

    Raises: InvalidExpectation for an app of a framework that is not in the table.
    """
    for inner in layers_of(app):
        for base in type(inner).__mro__:
            room = base.__module__.partition(".")[0]
            if room in _ROUTERS and _fits(room, inner):
                file, name = _ROUTERS[room]
                module = importlib.import_module(f"{__name__}.{file}")
                router: Router = (
                    getattr(module, name)()
                    if room == "django"
                    else getattr(module, name)(inner)
                )
                return router
    known = ", ".join(_ROUTERS)
    raise InvalidExpectation(
        f"the routes of {app!r} cannot be listed: it is an app of none of {known}"
    )


def layers_of(app: Any) -> Iterator[Any]:
    """Give an app, and what it lies below as middleware, from the outside inwards."""
    inner: Any = app
    for _ in range(_DEEPEST):
        yield inner
        below = (getattr(inner, name, None) for name in _INNER)
        inner = next((found for found in below if callable(found)), None)
        if inner is None:
            return


def _fits(room: str, app: Any) -> bool:
    """A middleware may be a class of its framework; the app itself has the routes."""
    attribute = _HAS[room]
    return attribute is None or hasattr(app, attribute)


# How deep an app may lie below its middleware.
_DEEPEST = 16

# Where middleware keeps what it wraps, in the order in which it is looked for.
_INNER = ("app", "application", "wsgi_app", "wrapped", "_app")

# Package of the app's class → our file and class, in alphabetical order.
_ROUTERS = {
    "bottle": ("bottle", "BottleRouter"),
    "django": ("django", "DjangoRouter"),
    "falcon": ("falcon", "FalconRouter"),
    "fastapi": ("starlette", "StarletteRouter"),
    "flask": ("werkzeug", "WerkzeugRouter"),
    "litestar": ("litestar", "LitestarRouter"),
    "pyramid": ("pyramid", "PyramidRouter"),
    "quart": ("werkzeug", "WerkzeugRouter"),
    "starlette": ("starlette", "StarletteRouter"),
}

# What the app of a framework has, and its middleware has not.
_HAS = {
    "bottle": "routes",
    "django": None,
    "falcon": "add_route",
    "fastapi": "routes",
    "flask": "url_map",
    "litestar": "asgi_router",
    "pyramid": "registry",
    "quart": "url_map",
    "starlette": "routes",
}
