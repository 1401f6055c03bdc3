"""Which routes does this app have? One file for each framework.

A framework is found by the module of the app's class or of one of its bases; what an
app is wrapped into by middleware is looked for below the usual attribute names.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.verifier.routes.router import (
    ANY_METHOD,
    Asked,
    FoundRoute,
    NotTold,
    Route,
    Router,
)

__all__ = [
    "ANY_METHOD",
    "Asked",
    "FoundRoute",
    "NotTold",
    "Route",
    "Router",
    "layers_of",
    "router_for",
]


def router_for(app: Any) -> Router:
    """Find the router of an app, below its middleware if need be.

    Raises: InvalidExpectation for an app of a framework that is not in the table.
    """
    outer = None
    for inner in layers_of(app):
        router = _router_of(inner)
        if router is not None:
            within = getattr(inner, "wsgi_app", None)  # where Flask is wrapped itself
            outer = outer or _stranger_in(layers_of(within))
            return router if outer is None else _Below(router, outer)
        outer = outer or _stranger_in([inner])
    known = ", ".join(sorted(_ROUTERS))
    raise InvalidExpectation(
        f"the routes of {app!r} cannot be listed: it is an app of none of {known}"
    )


def _router_of(app: Any) -> Router | None:
    for base in type(app).__mro__:
        room = base.__module__.partition(".")[0]
        if room in _ROUTERS and _fits(room, app):
            file, name = _ROUTERS[room]
            made = getattr(importlib.import_module(f"{__name__}.{file}"), name)
            router: Router
            if room == "django":
                router = made()
            elif room == "werkzeug":
                router = made(app, _router_or_none)
            else:
                router = made(app)
            return router
    return None


def _router_or_none(app: Any) -> Router | None:
    try:
        return router_for(app)
    except InvalidExpectation:
        return None


class _Below:
    """The router of an app below a middleware that may change what it is asked."""

    def __init__(self, router: Router, outer: str) -> None:
        self._router = router
        self._outer = outer

    def routes(self) -> list[Route]:
        return self._router.routes()

    def find(self, asked: Asked) -> FoundRoute | None:
        found = self._router.find(asked)
        if found is None:
            raise NotTold(f"the app is asked by {self._outer}, which may change paths")
        return found


def _stranger_in(layers: Iterable[Any]) -> str | None:
    """Name the first layer that is not known to leave the path as it is."""
    for layer in layers:
        kind = type(layer)
        room = kind.__module__.partition(".")[0]
        if room not in _PLAIN and not inspect.isroutine(layer):
            return f"{kind.__module__}.{kind.__qualname__}"
    return None


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
    "werkzeug": ("dispatching", "DispatchingRouter"),
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
    "werkzeug": "mounts",
}

# Packages whose middleware leaves paths as they are, and what is no middleware.
_PLAIN = {
    "asgi_correlation_id",
    "asgiref",
    "builtins",
    "elasticapm",
    "fastapi",
    "flask",
    "opentelemetry",
    "prometheus_client",
    "quart",
    "sentry_sdk",
    "starlette",
    "werkzeug",
    "whitenoise",
}
