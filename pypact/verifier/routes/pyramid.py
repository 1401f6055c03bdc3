"""Which routes has a Pyramid app?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import ANY_METHOD, Route

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

    def path_of(self, method: str, path: str) -> str | None:
        """The pattern of the route whose predicates hold."""
        if self._mapper is None:
            return None
        blank = import_module("pyramid.request").Request.blank
        request = blank("/", method=method)
        request.path_info = path
        request.registry = self._registry
        route = self._mapper(request)["route"]
        return None if route is None else str(route.pattern)

    def _methods(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        views = self._registry.introspector.get_category("views") or ()
        for view in views:
            introspected = view["introspectable"]
            name = introspected["route_name"]
            if name is not None:
                methods = introspected["request_methods"] or ANY_METHOD
                listed = (methods,) if isinstance(methods, str) else methods
                found.setdefault(name, set()).update(listed)
        return {
            name: (ANY_METHOD,)
            if ANY_METHOD in methods
            else tuple(sorted(methods - {"HEAD"} or methods))
            for name, methods in found.items()
        }
