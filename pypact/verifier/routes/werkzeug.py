"""Which routes has an app of Flask or Quart?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, Route, view_name

__all__ = ["WerkzeugRouter"]


class WerkzeugRouter:
    """Asks the `url_map`; what Flask adds by itself is left out (HEAD, static files).

    Werkzeug is there when this is used, because Flask or Quart are.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._map = app.url_map
        self._views = app.view_functions

    def routes(self) -> list[Route]:
        """All rules but those of static files."""
        return [
            Route(rule.rule, tuple(sorted((rule.methods or set()) - _AUTOMATIC)))
            for rule in self._map.iter_rules()
            if rule.endpoint.rpartition(".")[2] != "static"
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The rule that werkzeug finds."""
        adapter = self._adapter(asked)
        return self._found(adapter, asked.path, asked.method)

    def _adapter(self, asked: Asked) -> Any:
        """Bind the rules to what is asked, as Flask itself does."""
        name, subdomain = None, None
        if not self._map.host_matching:
            name = self._app.config.get("SERVER_NAME")
            if not getattr(self._app, "subdomain_matching", False):
                subdomain = self._map.default_subdomain or ""
        builder = import_module("werkzeug.test").EnvironBuilder(
            asked.path, base_url=f"http://{asked.host}/", query_string=asked.query
        )
        return self._map.bind_to_environ(
            builder.get_environ(), server_name=name, subdomain=subdomain
        )

    def _found(self, adapter: Any, path: str, method: str) -> FoundRoute | None:
        errors = import_module("werkzeug.exceptions")
        redirected = import_module("werkzeug.routing").RequestRedirect
        try:
            rule, _ = adapter.match(path, method=method, return_rule=True)
        except errors.MethodNotAllowed as error:
            allowed = next(iter(error.valid_methods or ()), None)
            found = self._found(adapter, path, allowed) if allowed else None
            return found and found._replace(view="", takes_method=False)
        except redirected as redirect:
            target = redirect.new_url.partition("://")[2].partition("/")[2]
            return self._found(adapter, f"/{target.partition('?')[0]}", method)
        except errors.NotFound:
            return None
        view = self._views.get(rule.endpoint)
        return FoundRoute(str(rule.rule), view_name(view) if view else "")


_AUTOMATIC = {"HEAD", "OPTIONS"}
