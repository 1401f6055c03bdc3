"""Which routes has an app of Starlette or FastAPI?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    Asked,
    FoundRoute,
    NotTold,
    Route,
    declared_statuses,
    view_name,
)

__all__ = ["StarletteRouter"]


class StarletteRouter:
    """Asks `app.routes`, into mounts; FastAPI's own pages are left out.

    The statuses are those of FastAPI's OpenAPI description.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._routes = app.routes

    @functools.cached_property
    def _described(self) -> dict[str, Any]:
        describe = getattr(self._app, "openapi", None)
        if not callable(describe):
            return {}
        try:
            paths: dict[str, Any] = describe().get("paths", {})
        except Exception:  # noqa: BLE001 -- what an app cannot describe has no statuses
            return {}
        return paths

    def routes(self) -> list[Route]:
        """All routes for HTTP."""
        return [
            Route(
                path, _methods(route), declared_statuses(self._described.get(path, {}))
            )
            for path, route in _walk(self._routes, "")
            if not route.endpoint.__module__.startswith("fastapi.")
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The route that takes the request, else one of its path."""
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in (("host", asked.host), *asked.headers)
        ]
        scope = {
            "type": "http",
            "method": asked.method,
            "path": asked.path,
            "root_path": getattr(self._app, "root_path", ""),
            "headers": headers,
        }
        found = _find(self._routes, scope, "")
        # FastAPI asks these, which serve files, when nothing else is for the path.
        files: object = getattr(self._app.router, "_low_priority_routes", None)
        if found is None and files:
            raise NotTold("the app serves a frontend, whose files are not routes")
        return found


def _walk(routes: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for route in _expanded(routes):
        below = getattr(route, "routes", None)
        path = prefix + (getattr(route, "path", "") or "")
        if below:
            yield from _walk(below, path)
        elif getattr(route, "endpoint", None) and hasattr(route, "methods"):
            yield path, route


def _expanded(routes: Iterable[Any]) -> Iterator[Any]:
    """Give each route, and those of routers that newer FastAPI keeps included."""
    for route in routes:
        included = getattr(route, "effective_route_contexts", None)
        if included is None:
            yield route
        else:
            for context in included():
                yield context.starlette_route or context


def _find(
    routes: Iterable[Any], scope: dict[str, Any], prefix: str
) -> FoundRoute | None:
    partial = None
    for route in _expanded(routes):
        match, child = route.matches(scope)
        if match.name == "NONE":
            continue
        path = prefix + (getattr(route, "path", "") or "")
        if hasattr(route, "routes"):
            # A mount answers all that begins with its path.
            if route.routes:
                return _find(route.routes, {**scope, **child}, path)
            return FoundRoute(f"{path}/...", view_name(route.app), is_whole=False)
        if match.name == "FULL":
            return FoundRoute(path, view_name(route.endpoint))
        partial = partial or FoundRoute(path, takes_method=False)
    return partial


def _methods(route: Any) -> tuple[str, ...]:
    methods = set(route.methods or ())
    if "GET" in methods:
        methods.discard("HEAD")  # added by itself
    return tuple(sorted(methods)) or (ANY_METHOD,)
