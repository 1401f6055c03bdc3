"""Which routes has an app of Starlette or FastAPI?"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    FoundRoute,
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
        return describe().get("paths", {}) if callable(describe) else {}

    def routes(self) -> list[Route]:
        """All routes for HTTP."""
        return [
            Route(
                path, _methods(route), declared_statuses(self._described.get(path, {}))
            )
            for path, route in _walk(self._routes, "")
            if getattr(route, "include_in_schema", True) or not self._described
        ]

    def find(self, method: str, path: str) -> FoundRoute | None:
        """The route that takes the request, else one of its path."""
        scope = {"type": "http", "method": method, "path": path, "headers": []}
        return _find(self._routes, scope, "")


def _walk(routes: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for route in routes:
        below = getattr(route, "routes", None)
        path = prefix + (getattr(route, "path", "") or "")
        if below:
            yield from _walk(below, path)
        elif hasattr(route, "endpoint") and hasattr(route, "methods"):
            yield path, route


def _find(
    routes: Iterable[Any], scope: dict[str, Any], prefix: str
) -> FoundRoute | None:
    partial = None
    for route in routes:
        match, child = route.matches(scope)
        if match.name == "NONE":
            continue
        path = prefix + (getattr(route, "path", "") or "")
        below = getattr(route, "routes", None)
        if below:
            found = _find(below, {**scope, **child}, path)
        else:
            found = FoundRoute(path, view_name(child.get("endpoint")))
        if match.name == "FULL" and found is not None:
            return found
        partial = partial or found
    return partial


def _methods(route: Any) -> tuple[str, ...]:
    methods = set(route.methods or ())
    if "GET" in methods:
        methods.discard("HEAD")  # added by itself
    return tuple(sorted(methods)) or (ANY_METHOD,)
