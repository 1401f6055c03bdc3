"""Which routes has a Falcon app?"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, Route, view_name

__all__ = ["FalconRouter"]


class FalconRouter:
    """Asks `falcon.inspect` for all routes, and the app's router for one."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """All routes with the methods that a resource answers itself."""
        inspect_app = import_module("falcon.inspect").inspect_app
        return [
            Route(
                route.path,
                tuple(
                    sorted({one.method for one in route.methods if not one.internal})
                ),
            )
            for route in inspect_app(self._app).routes
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The template that Falcon's router finds, else the sink or static files."""
        # Falcon has no public way to ask which template a path fits.
        found = self._app._router.find(asked.path)  # noqa: SLF001 -- see above
        if found is None:
            return self._other(asked.path)
        resource, methods, *_, template = found
        # Where the method is not taken, Falcon has a responder of its own for it.
        responder = methods.get(asked.method)
        if getattr(responder, "__self__", None) is not resource:
            return FoundRoute(str(template), takes_method=False)
        return FoundRoute(str(template), view_name(responder))

    def _other(self, path: str) -> FoundRoute | None:
        told = import_module("falcon.inspect").inspect_app(self._app)
        for sink in told.sinks:
            if re.match(sink.prefix, path):
                return FoundRoute(sink.prefix, sink.name, is_whole=False)
        for files in told.static_routes:
            if path.startswith(files.prefix):
                return FoundRoute(f"{files.prefix}...", is_whole=False)
        return None
