"""Which routes has a Pyramid app?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import ANY_METHOD, FoundRoute, Route, view_name

__all__ = ["PyramidRouter"]


class PyramidRouter:
    """Asks the routes mapper; the methods are those of the views of a route."""

    def __init__(self, app: Any) -> None:
        self._registry = app.registry
        self._mapper = app.registry.queryUtility(
            import_module("pyramid.interfaces").IRoutesMapper
        )

    def routes(self) -> list[Route]:
        """All routes that are configured; static ones are left out."""
        if self._mapper is None:
            return []
        methods = self._methods()
        return [
            Route(route.pattern, methods.get(route.name, (ANY_METHOD,)))
            for route in self._mapper.get_routes()
        ]

    def find(self, method: str, path: str) -> FoundRoute | None:
        """The pattern of the route whose predicates hold."""
        if self._mapper is None:
            return None
        blank = import_module("pyramid.request").Request.blank
        request = blank("/", method=method)
        request.path_info = path
        request.registry = self._registry
        route = self._mapper(request)["route"]
        if route is None:
            return None
        return FoundRoute(str(route.pattern), self._view_of(route.name, method))

    def _view_of(self, route_name: str, method: str) -> str:
        views = [
            view_name(view)
            for name, methods, view in self._views()
            if name == route_name and {method, ANY_METHOD}.intersection(methods)
        ]
        # Of several, what tells them apart is not known here.
        return views[0] if len(views) == 1 else ""

    def _views(self) -> Iterator[tuple[str, tuple[str, ...], Any]]:
        for view in self._registry.introspector.get_category("views") or ():
            introspected = view["introspectable"]
            name = introspected["route_name"]
            if name is not None:
                methods = introspected["request_methods"] or ANY_METHOD
                listed = (methods,) if isinstance(methods, str) else tuple(methods)
                yield name, listed, introspected["callable"]

    def _methods(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for name, methods, _ in self._views():
            found.setdefault(name, set()).update(methods)
        return {
            name: (ANY_METHOD,)
            if ANY_METHOD in methods
            else tuple(sorted(methods - {"HEAD"} or methods))
            for name, methods in found.items()
        }
