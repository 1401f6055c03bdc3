"""Which routes has a Falcon app?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import FoundRoute, Route, view_name

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

    def find(self, method: str, path: str) -> FoundRoute | None:
        """The template that Falcon's router finds."""
        # Falcon has no public way to ask which template a path fits.
        found = self._app._router.find(path)  # noqa: SLF001 -- see above
        if found is None:
            return None
        resource, methods, *_, template = found
        # Where the method is not taken, Falcon has a responder of its own for it.
        responder = methods.get(method)
        is_own = getattr(responder, "__self__", None) is resource
        return FoundRoute(str(template), view_name(responder if is_own else resource))
