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
    """The router of a Pyramid app, which uses its routes mapper.

    The methods of a route are those of its views.
    """

    def __init__(self, app: Any) -> None:
        self._registry = app.registry
        self._mapper = app.registry.queryUtility(
            import_module("pyramid.interfaces").IRoutesMapper
        )

    def routes(self) -> list[Route]:
        """Return all configured routes except those of static files."""
        if self._mapper is None:
            return []
        methods = self._methods()
        return [
            Route(_pattern_path(route), methods.get(route.name, (ANY_METHOD,)))
            for route in self._mapper.get_routes()
            if not _is_static_route(route)
        ]

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the pattern of the first route whose predicates match."""
        route = None
        if self._mapper is not None:
            blank = import_module("pyramid.request").Request.blank
            request = blank("/", method=query.method, base_url=f"http://{query.host}")
            request.path_info = query.path
            request.query_string = query.query_string
            for name, value in query.headers:
                request.headers[name] = value
            request.registry = self._registry
            route = self._mapper(request)["route"]
        if route is None:
            self._refuse_traversal()
            return None
        if _is_static_route(route):
            return FoundRoute(_pattern_path(route), is_whole=False)
        takes = {query.method, "GET" if query.method == "HEAD" else "", ANY_METHOD}
        methods = self._methods().get(route.name, (ANY_METHOD,))
        return FoundRoute(
            _pattern_path(route),
            self._find_view_name(route.name, query.method),
            takes_method=not takes.isdisjoint(methods),
        )

    def _refuse_traversal(self) -> None:
        """Raise NotTold if the app has views that are found by traversal."""
        for view in self._registry.introspector.get_category("views") or ():
            introspected = view["introspectable"]
            context = introspected["context"]
            of_exceptions = isinstance(context, type) and issubclass(context, Exception)
            name = view_name(introspected["callable"])
            if introspected["route_name"] is None and not (
                of_exceptions or name.startswith("pyramid.")
            ):
                raise NotTold(f"{name} is found by traversal, which has no routes")

    def _find_view_name(self, route_name: str, method: str) -> str:
        views = [
            view_name(view)
            for name, methods, view in self._views()
            if name == route_name and {method, ANY_METHOD}.intersection(methods)
        ]
        # Of several views, the predicates that select one are not known here.
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


def _pattern_path(route: Any) -> str:
    return "/" + str(route.pattern).lstrip("/")


def _is_static_route(route: Any) -> bool:
    return str(route.name).startswith("__")
