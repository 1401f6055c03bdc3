"""List and find the routes of Flask, Quart, Bottle, Falcon and Pyramid apps.

Several WSGI apps behind werkzeug's `DispatcherMiddleware` are supported too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from pypact._dataclasses import replace
from pypact.verifier.routes.router import (
    ANY_METHOD,
    FoundRoute,
    Route,
    RouteQuery,
    Router,
    RouteUnknown,
    get_view_name,
)


class WerkzeugRouter:
    """The router of a Flask or Quart app, which uses its `url_map`.

    Additions by Flask itself are left out: HEAD, OPTIONS and static files. Werkzeug is
    certainly installed, because Flask and Quart need it.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._map = app.url_map

    def routes(self) -> list[Route]:
        return [
            Route(rule.rule, tuple(sorted((rule.methods or set()) - _AUTOMATIC)))
            for rule in self._map.iter_rules()
            if rule.endpoint.rpartition(".")[2] != "static"
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        return self._match(self._bind_url_map(query), query.path, query.method)

    def _bind_url_map(self, query: RouteQuery) -> Any:
        """Bind the URL map to the host of the request, as Flask does."""
        name, subdomain = None, None
        if not self._map.host_matching:
            name = self._app.config.get("SERVER_NAME")
            if not getattr(self._app, "subdomain_matching", False):
                subdomain = self._map.default_subdomain or ""
        builder = import_module("werkzeug.test").EnvironBuilder(
            query.path,
            base_url=f"http://{query.host}/",
            query_string=query.query_string,
        )
        return self._map.bind_to_environ(
            builder.get_environ(), server_name=name, subdomain=subdomain
        )

    def _match(self, adapter: Any, path: str, method: str) -> FoundRoute | None:
        errors = import_module("werkzeug.exceptions")
        redirect_error = import_module("werkzeug.routing").RequestRedirect
        try:
            rule, _ = adapter.match(path, method=method, return_rule=True)
        except errors.MethodNotAllowed as error:
            allowed = next(iter(error.valid_methods or ()), None)
            found = self._match(adapter, path, allowed) if allowed else None
            return found and found._replace(view="", accepts_method=False)
        except redirect_error as redirect:
            target = redirect.new_url.partition("://")[2].partition("/")[2]
            return self._match(adapter, f"/{target.partition('?')[0]}", method)
        except errors.NotFound:
            return None
        view = self._app.view_functions.get(rule.endpoint)
        return FoundRoute(str(rule.rule), get_view_name(view) if view else "")


_AUTOMATIC = {"HEAD", "OPTIONS"}


class DispatchingRouter:
    """The router of werkzeug's `DispatcherMiddleware`.

    It uses the router of the app that a path is dispatched to. `router_for` returns the
    router of an app, or None if its framework is not supported.
    """

    def __init__(self, app: Any, router_for: Callable[[Any], Router | None]) -> None:
        self._routers = [
            (prefix.rstrip("/"), router_for(mounted))
            for prefix, mounted in sorted(app.mounts.items(), reverse=True)
        ]
        self._routers.append(("", router_for(app.app)))

    def routes(self) -> list[Route]:
        """Return the routes of all supported apps, each with its mount point."""
        return [
            replace(route, path=prefix + route.path)
            for prefix, router in reversed(self._routers)
            if router is not None
            for route in router.routes()
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        for prefix, router in self._routers:
            path = query.path.removeprefix(prefix)
            if query.path.startswith(prefix) and path[:1] in ("", "/"):
                if router is None:
                    text = f"the routes of the app at {prefix}/ are unknown"
                    raise RouteUnknown(text)
                found = router.find(replace(query, path=path or "/"))
                return found and found._replace(path=prefix + found.path)
        return None


class BottleRouter:
    """The router of a Bottle app, which reads `app.routes` and uses `app.router`."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return all rules; the methods of one rule are one route."""
        methods: dict[str, set[str]] = {}
        for route in self._app.routes:
            methods.setdefault(route.rule, set()).add(route.method)
        return [Route(rule, tuple(sorted(found))) for rule, found in methods.items()]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        try:
            return self._match(query.path, query.method)
        except import_module("bottle").HTTPError as error:
            allowed = (error.headers.get("Allow") or "").split(",")[0]
            if error.status_code != 405 or not allowed:
                return None
            found = self._match(query.path, allowed)
            return found._replace(view="", accepts_method=False)

    def _match(self, path: str, method: str) -> FoundRoute:
        found, _ = self._app.router.match({"PATH_INFO": path, "REQUEST_METHOD": method})
        is_exact = "mountpoint.target" not in found.config
        return FoundRoute(
            str(found.rule), get_view_name(found.callback), is_exact=is_exact
        )


class FalconRouter:
    """The router of a Falcon app, which uses `falcon.inspect` and the app's router."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return all routes with the methods that their resources implement."""
        methods = {
            route.path: {one.method for one in route.methods if not one.internal}
            for route in import_module("falcon.inspect").inspect_app(self._app).routes
        }
        return [Route(path, tuple(sorted(names))) for path, names in methods.items()]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        """Return the template that Falcon's router finds, a sink or a static route."""
        # Falcon has no public function that returns the template of a path.
        found = self._app._router.find(query.path)  # noqa: SLF001 -- see above
        if found is None:
            return self._find_sink_or_static(query.path)
        resource, methods, *_, template = found
        # For methods that a resource does not implement, Falcon has its own responder.
        responder = methods.get(query.method)
        if getattr(responder, "__self__", None) is not resource:
            return FoundRoute(str(template), accepts_method=False)
        return FoundRoute(str(template), get_view_name(responder))

    def _find_sink_or_static(self, path: str) -> FoundRoute | None:
        inspected = import_module("falcon.inspect").inspect_app(self._app)
        for sink in inspected.sinks:
            if re.match(sink.prefix, path):
                return FoundRoute(sink.prefix, sink.name, is_exact=False)
        for files in inspected.static_routes:
            if path.startswith(files.prefix):
                return FoundRoute(f"{files.prefix}...", is_exact=False)
        return None


class PyramidRouter:
    """The router of a Pyramid app; a route has the methods of its views."""

    def __init__(self, app: Any) -> None:
        self._registry = app.registry
        self._mapper = app.registry.queryUtility(
            import_module("pyramid.interfaces").IRoutesMapper
        )

    def routes(self) -> list[Route]:
        if self._mapper is None:
            return []
        methods = self._methods()
        return [
            Route(_get_pattern_path(route), methods.get(route.name, (ANY_METHOD,)))
            for route in self._mapper.get_routes()
            if not _is_static_route(route)
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
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
            return FoundRoute(_get_pattern_path(route), is_exact=False)
        accepted = {query.method, "GET" if query.method == "HEAD" else "", ANY_METHOD}
        methods = self._methods().get(route.name, (ANY_METHOD,))
        return FoundRoute(
            _get_pattern_path(route),
            self._find_view_name(route.name, query.method),
            accepts_method=not accepted.isdisjoint(methods),
        )

    def _refuse_traversal(self) -> None:
        """Raise RouteUnknown if the app has views that are found by traversal."""
        for view in self._registry.introspector.get_category("views") or ():
            introspected = view["introspectable"]
            context = introspected["context"]
            of_exceptions = isinstance(context, type) and issubclass(context, Exception)
            name = get_view_name(introspected["callable"])
            if introspected["route_name"] is None and not (
                of_exceptions or name.startswith("pyramid.")
            ):
                raise RouteUnknown(f"{name} is found by traversal, which has no routes")

    def _find_view_name(self, route_name: str, method: str) -> str:
        views = [
            get_view_name(view)
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


def _get_pattern_path(route: Any) -> str:
    return "/" + str(route.pattern).lstrip("/")


def _is_static_route(route: Any) -> bool:
    return str(route.name).startswith("__")
