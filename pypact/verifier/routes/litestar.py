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
    """Asks `app.routes`, and the app's router for one; its own pages are left out.

    The statuses are those of the app's OpenAPI description.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """All routes for HTTP with the methods that have a handler of the app's."""
        return [
            Route(route.path_format, methods, declared_statuses(described))
            for route in self._app.routes
            if (methods := _methods(route))
            for described in [self._described.get(route.path_format, {})]
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The route that Litestar's router finds."""
        exceptions = import_module("litestar.exceptions")
        path = asked.path.rstrip("/") or "/"
        for one in (asked.method, *_METHODS):
            try:
                found = self._app.asgi_router.handle_routing(path=path, method=one)
            except exceptions.MethodNotAllowedException:
                continue
            except exceptions.NotFoundException:
                return None
            if len(found) != _PARTS:
                raise NotTold("this Litestar does not tell which route it found")
            _, handler, _, _, template = found
            takes = one == asked.method
            return FoundRoute(
                str(template),
                view_name(handler.fn) if takes else "",
                takes_method=takes,
                is_whole=not getattr(handler, "is_mount", False),
            )
        return None

    @cached_property
    def _described(self) -> dict[str, Any]:
        if self._app.openapi_config is None:
            return {}
        paths: dict[str, Any] = self._app.openapi_schema.to_schema().get("paths", {})
        return paths


def _methods(route: Any) -> tuple[str, ...]:
    handlers = getattr(route, "route_handler_map", {})  # a websocket's has none
    return tuple(
        sorted(
            method
            for method, (handler, *_) in handlers.items()
            if handler.include_in_schema is not False
            and not handler.fn.__module__.startswith("litestar.")
        )
    )


# Asked one after the other where a path does not take the request's own.
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What newer routers find: app, handler, path, parameters, and the route's own path.
_PARTS = 5
