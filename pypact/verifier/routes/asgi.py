"""List and find the routes of Starlette, FastAPI and Litestar apps."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    FoundRoute,
    Route,
    RouteQuery,
    RouteUnknown,
    get_view_name,
    read_declared_statuses,
)


class StarletteRouter:
    """The router of a Starlette or FastAPI app, which reads `app.routes` and mounts.

    Pages of FastAPI itself are left out. Statuses are read from FastAPI's OpenAPI
    description.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._routes = app.routes

    @functools.cached_property
    def _openapi_paths(self) -> dict[str, Any]:
        describe = getattr(self._app, "openapi", None)
        if not callable(describe):
            return {}
        try:
            paths: dict[str, Any] = describe().get("paths", {})
        except Exception:  # noqa: BLE001 -- without a description there are no statuses
            return {}
        return paths

    def routes(self) -> list[Route]:
        return [
            Route(
                path,
                _list_starlette_methods(route),
                read_declared_statuses(self._openapi_paths.get(path, {})),
            )
            for path, route in _walk_routes(self._routes, "")
            if not route.endpoint.__module__.startswith("fastapi.")
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        """Return the route that accepts the request, else one that matches its path."""
        scope = {
            "type": "http",
            "method": query.method,
            "path": query.path,
            "root_path": getattr(self._app, "root_path", ""),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
                for name, value in (("host", query.host), *query.headers)
            ],
        }
        found = _find_route(self._routes, scope, "")
        # FastAPI tries these routes, which serve files, if no other route matches.
        files: object = getattr(self._app.router, "_low_priority_routes", None)
        if found is None and files:
            raise RouteUnknown("the app serves frontend files, which are not routes")
        return found


def _walk_routes(routes: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for route in _expand_routers(routes):
        below = getattr(route, "routes", None)
        path = prefix + (getattr(route, "path", "") or "")
        if below:
            yield from _walk_routes(below, path)
        elif getattr(route, "endpoint", None) and hasattr(route, "methods"):
            yield path, route


def _expand_routers(routes: Iterable[Any]) -> Iterator[Any]:
    """Yield each route, and those of the included routers of newer FastAPI versions."""
    for route in routes:
        included = getattr(route, "effective_route_contexts", None)
        if included is None:
            yield route
        else:
            for context in included():
                yield context.starlette_route or context


def _find_route(
    routes: Iterable[Any], scope: dict[str, Any], prefix: str
) -> FoundRoute | None:
    partial = None
    for route in _expand_routers(routes):
        match, child = route.matches(scope)
        if match.name == "NONE":
            continue
        path = prefix + (getattr(route, "path", "") or "")
        if hasattr(route, "routes"):
            # A mount handles all requests whose path begins with its path.
            if route.routes:
                return _find_route(route.routes, {**scope, **child}, path)
            return FoundRoute(f"{path}/...", get_view_name(route.app), is_exact=False)
        if match.name == "FULL":
            return FoundRoute(path, get_view_name(route.endpoint))
        partial = partial or FoundRoute(path, accepts_method=False)
    return partial


def _list_starlette_methods(route: Any) -> tuple[str, ...]:
    methods = set(route.methods or ())
    if "GET" in methods:
        methods.discard("HEAD")  # added by Starlette
    return tuple(sorted(methods)) or (ANY_METHOD,)


class LitestarRouter:
    """The router of a Litestar app, which reads `app.routes` and uses its router.

    Pages of Litestar itself are left out. Statuses are read from the app's OpenAPI
    description.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return all HTTP routes, with the methods that the app has handlers for."""
        return [
            Route(route.path_format, methods, read_declared_statuses(operations))
            for route in self._app.routes
            if (methods := _list_litestar_methods(route))
            for operations in [self._openapi_paths.get(route.path_format, {})]
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        exceptions = import_module("litestar.exceptions")
        path = query.path.rstrip("/") or "/"
        for one in (query.method, *_OTHER_METHODS):
            try:
                found = self._app.asgi_router.handle_routing(path=path, method=one)
            except exceptions.MethodNotAllowedException:
                continue
            except exceptions.NotFoundException:
                return None
            if len(found) != _RESULT_LENGTH:
                raise RouteUnknown(
                    "this version of Litestar does not return the route it found"
                )
            _, handler, _, _, template = found
            accepts = one == query.method
            return FoundRoute(
                str(template),
                get_view_name(handler.fn) if accepts else "",
                accepts_method=accepts,
                is_exact=not getattr(handler, "is_mount", False),
            )
        return None

    @functools.cached_property
    def _openapi_paths(self) -> dict[str, Any]:
        if self._app.openapi_config is None:
            return {}
        paths: dict[str, Any] = self._app.openapi_schema.to_schema().get("paths", {})
        return paths


def _list_litestar_methods(route: Any) -> tuple[str, ...]:
    handlers = getattr(route, "route_handler_map", {})  # WebSocket routes have none
    return tuple(
        sorted(
            method
            for method, (handler, *_) in handlers.items()
            if handler.include_in_schema is not False
            and not handler.fn.__module__.startswith("litestar.")
        )
    )


# Tried in this order if the route does not accept the method of the request.
_OTHER_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Newer routers return five values: app, handler, path, parameters, path template.
_RESULT_LENGTH = 5
