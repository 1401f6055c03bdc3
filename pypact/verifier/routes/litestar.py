"""Which routes has a Litestar app?"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import (
    Asked,
    FoundRoute,
    NotTold,
    Route,
    declared_statuses,
    view_name,
)

__all__ = ["LitestarRouter"]


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
            Route(route.path_format, methods, declared_statuses(operations))
            for route in self._app.routes
            if (methods := _litestar_methods(route))
            for operations in [self._openapi_paths.get(route.path_format, {})]
        ]

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the route that Litestar's router finds."""
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
                raise NotTold(
                    "this version of Litestar does not return the route it found"
                )
            _, handler, _, _, template = found
            takes = one == query.method
            return FoundRoute(
                str(template),
                view_name(handler.fn) if takes else "",
                takes_method=takes,
                is_whole=not getattr(handler, "is_mount", False),
            )
        return None

    @cached_property
    def _openapi_paths(self) -> dict[str, Any]:
        if self._app.openapi_config is None:
            return {}
        paths: dict[str, Any] = self._app.openapi_schema.to_schema().get("paths", {})
        return paths


def _litestar_methods(route: Any) -> tuple[str, ...]:
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
