"""Which routes has a Falcon app?"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, Route, view_name

__all__ = ["FalconRouter"]


class FalconRouter:
    """The router of a Falcon app, which uses `falcon.inspect` and the app's router."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        """Return all routes with the methods that their resources implement."""
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

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the template that Falcon's router finds, a sink or a static route."""
        # Falcon has no public function that returns the template of a path.
        found = self._app._router.find(query.path)  # noqa: SLF001 -- see above
        if found is None:
            return self._find_sink_or_static(query.path)
        resource, methods, *_, template = found
        # For methods that a resource does not implement, Falcon has its own responder.
        responder = methods.get(query.method)
        if getattr(responder, "__self__", None) is not resource:
            return FoundRoute(str(template), takes_method=False)
        return FoundRoute(str(template), view_name(responder))

    def _find_sink_or_static(self, path: str) -> FoundRoute | None:
        inspected = import_module("falcon.inspect").inspect_app(self._app)
        for sink in inspected.sinks:
            if re.match(sink.prefix, path):
                return FoundRoute(sink.prefix, sink.name, is_whole=False)
        for files in inspected.static_routes:
            if path.startswith(files.prefix):
                return FoundRoute(f"{files.prefix}...", is_whole=False)
        return None
