"""Which routes has a Falcon app?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Route

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

    def path_of(self, method: str, path: str) -> str | None:  # noqa: ARG002 -- Falcon finds the path first
        """The template that Falcon's router finds."""
        # Falcon has no public way to ask which template a path fits.
        found = self._app._router.find(path)  # noqa: SLF001 -- see above
        return None if found is None else str(found[-1])
