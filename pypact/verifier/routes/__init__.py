"""Find the router of an application, in one module for each group of frameworks.

The framework is recognized by the module of the app's class or of one of its base
classes. An app wrapped in middleware is found through the usual attribute names.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.verifier.routes.router import (
    FoundRoute,
    Route,
    RouteQuery,
    Router,
    RouteUnknown,
)


def find_router(app: Any) -> Router:
    """Return the router of an app, which may be wrapped in middleware.

    Raises: InvalidExpectation if the framework of the app is not supported.
    """
    outer = None
    for inner in iterate_layers(app):
        router = _build_router(inner)
        if router is not None:
            # Middleware of Flask is installed here.
            within = getattr(inner, "wsgi_app", None)
            outer = outer or _find_unknown_layer(iterate_layers(within))
            return router if outer is None else _WrappedRouter(router, outer)
        outer = outer or _find_unknown_layer([inner])
    known = ", ".join(sorted(_ROUTERS))
    raise InvalidExpectation(
        f"the routes of {app!r} cannot be listed: its framework is not one of {known}"
    )


def _build_router(app: Any) -> Router | None:
    for base in type(app).__mro__:
        package = base.__module__.partition(".")[0]
        module, name, attribute = _ROUTERS.get(package, ("", "", ""))
        # Middleware may come from the same package, but has no routes.
        if name and (not attribute or hasattr(app, attribute)):
            build = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            arguments = (app, _router_or_none) if package == "werkzeug" else (app,)
            router: Router = build(*arguments)
            return router
    return None


def _router_or_none(app: Any) -> Router | None:
    try:
        return find_router(app)
    except InvalidExpectation:
        return None


class _WrappedRouter:
    """The router of an app below a middleware that may change the path of requests."""

    def __init__(self, router: Router, outer: str) -> None:
        self._router = router
        self._outer = outer

    def routes(self) -> list[Route]:
        return self._router.routes()

    def find(self, query: RouteQuery) -> FoundRoute | None:
        found = self._router.find(query)
        if found is None:
            raise RouteUnknown(
                f"the app is wrapped in {self._outer}, which may change paths"
            )
        return found


def _find_unknown_layer(layers: Iterable[Any]) -> str | None:
    """Return the class name of the first layer that might change the path."""
    for layer in layers:
        kind = type(layer)
        package = kind.__module__.partition(".")[0]
        if package not in _PATH_PRESERVING and not inspect.isroutine(layer):
            return f"{kind.__module__}.{kind.__qualname__}"
    return None


def iterate_layers(app: Any) -> Iterator[Any]:
    """Yield `app`, then the applications that it wraps, from the outside inwards."""
    inner: Any = app
    for _ in range(_MAX_LAYERS):
        yield inner
        below = (getattr(inner, name, None) for name in _WRAPPED_ATTRIBUTES)
        inner = next((found for found in below if callable(found)), None)
        if inner is None:
            return


_MAX_LAYERS = 16  # of nested middleware

# Attributes in which middleware keeps the wrapped app, in the order of lookup.
_WRAPPED_ATTRIBUTES = ("app", "application", "wsgi_app", "wrapped", "_app")

# Package of the app's class → module and class of its router, and an attribute that the
# app has, but middleware of the package does not; "" if the package has no middleware.
_ROUTERS = {
    "bottle": ("wsgi", "BottleRouter", "routes"),
    "django": ("django", "DjangoRouter", ""),
    "falcon": ("wsgi", "FalconRouter", "add_route"),
    "fastapi": ("asgi", "StarletteRouter", "routes"),
    "flask": ("wsgi", "WerkzeugRouter", "url_map"),
    "litestar": ("asgi", "LitestarRouter", "asgi_router"),
    "pyramid": ("wsgi", "PyramidRouter", "registry"),
    "quart": ("wsgi", "WerkzeugRouter", "url_map"),
    "starlette": ("asgi", "StarletteRouter", "routes"),
    "werkzeug": ("wsgi", "DispatchingRouter", "mounts"),
}

# Packages whose middleware does not change paths, and those without middleware.
_PATH_PRESERVING = {
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
