"""Which routes has a Pyramid app?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    Asked,
    FoundRoute,
    NotTold,
    Route,
    view_name,
)

__all__ = ["PyramidRouter"]


class PyramidRouter:
    """Asks the routes mapper; the methods are those of the views of a route."""

    def __init__(self, app: Any) -> None:
        self._registry = app.registry
        self._mapper = app.registry.queryUtility(
            import_module("pyramid.interfaces").IRoutesMapper
        )

    def routes(self) -> list[Route]:
        """All routes that are configured; those of static files are left out."""
        if self._mapper is None:
            return []
        methods = self._methods()
        return [
            Route(_shown(route), methods.get(route.name, (ANY_METHOD,)))
            for route in self._mapper.get_routes()
            if not _is_static(route)
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The pattern of the route whose predicates hold."""
        route = None
        if self._mapper is not None:
            blank = import_module("pyramid.request").Request.blank
            request = blank("/", method=asked.method, base_url=f"http://{asked.host}")
            request.path_info = asked.path
            request.query_string = asked.query
            for name, value in asked.headers:
                request.headers[name] = value
            request.registry = self._registry
            route = self._mapper(request)["route"]
        if route is None:
            self._refuse_traversal()
            return None
        if _is_static(route):
            return FoundRoute(_shown(route), is_whole=False)
        takes = {asked.method, "GET" if asked.method == "HEAD" else "", ANY_METHOD}
        methods = self._methods().get(route.name, (ANY_METHOD,))
        return FoundRoute(
            _shown(route),
            self._view_of(route.name, asked.method),
            takes_method=not takes.isdisjoint(methods),
        )

    def _refuse_traversal(self) -> None:
        """Raise NotTold where views answer by what is traversed."""
        for view in self._registry.introspector.get_category("views") or ():
            introspected = view["introspectable"]
            context = introspected["context"]
            of_exceptions = isinstance(context, type) and issubclass(context, Exception)
            name = view_name(introspected["callable"])
            if introspected["route_name"] is None and not (
                of_exceptions or name.startswith("pyramid.")
            ):
                raise NotTold(f"{name} answers by traversal, which has no routes")

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


def _shown(route: Any) -> str:
    return "/" + str(route.pattern).lstrip("/")


def _is_static(route: Any) -> bool:
    return str(route.name).startswith("__")
