"""Which routes has an app of Flask or Quart?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import FoundRoute, Route, view_name

__all__ = ["WerkzeugRouter"]


class WerkzeugRouter:
    """Asks the `url_map`; what Flask adds by itself is left out (HEAD, static files).

    Werkzeug is there when this is used, because Flask or Quart are.
    """

    def __init__(self, app: Any) -> None:
        self._map = app.url_map
        self._views = app.view_functions

    def routes(self) -> list[Route]:
        """All rules but that of the static files."""
        return [
            Route(rule.rule, tuple(sorted((rule.methods or set()) - _AUTOMATIC)))
            for rule in self._map.iter_rules()
            if rule.endpoint != "static"
        ]

    def find(self, method: str, path: str) -> FoundRoute | None:
        """The rule that werkzeug finds."""
        errors = import_module("werkzeug.exceptions")
        redirected = import_module("werkzeug.routing").RequestRedirect
        adapter = self._map.bind("localhost")
        try:
            rule, _ = adapter.match(path, method=method, return_rule=True)
        except errors.MethodNotAllowed as error:
            allowed = next(iter(error.valid_methods or ()), None)
            return self.find(allowed, path) if allowed else None
        except redirected as redirect:
            target = redirect.new_url.partition("://")[2].partition("/")[2]
            return self.find(method, f"/{target.partition('?')[0]}")
        except errors.NotFound:
            return None
        view = self._views.get(rule.endpoint)
        return FoundRoute(str(rule.rule), view_name(view) if view else "")


_AUTOMATIC = {"HEAD", "OPTIONS"}
