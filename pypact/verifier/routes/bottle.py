"""Which routes has a Bottle app?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, Route, view_name

__all__ = ["BottleRouter"]


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

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the rule that Bottle's router finds."""
        try:
            return self._match(query.path, query.method)
        except import_module("bottle").HTTPError as error:
            allowed = (error.headers.get("Allow") or "").split(",")[0]
            if error.status_code != 405 or not allowed:
                return None
            found = self._match(query.path, allowed)
            return found._replace(view="", takes_method=False)

    def _match(self, path: str, method: str) -> FoundRoute:
        found, _ = self._app.router.match({"PATH_INFO": path, "REQUEST_METHOD": method})
        is_whole = "mountpoint.target" not in found.config
        return FoundRoute(str(found.rule), view_name(found.callback), is_whole=is_whole)
