"""Which routes has an app of Flask or Quart?"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, Route, view_name

__all__ = ["WerkzeugRouter"]


class WerkzeugRouter:
    """The router of a Flask or Quart app, which uses its `url_map`.

    Additions by Flask itself are left out: HEAD, OPTIONS and static files. Werkzeug is
    certainly installed, because Flask and Quart need it.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._map = app.url_map
        self._views = app.view_functions

    def routes(self) -> list[Route]:
        """Return all rules except those of static files."""
        return [
            Route(rule.rule, tuple(sorted((rule.methods or set()) - _AUTOMATIC)))
            for rule in self._map.iter_rules()
            if rule.endpoint.rpartition(".")[2] != "static"
        ]

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the rule that werkzeug finds."""
        adapter = self._bind_url_map(query)
        return self._match(adapter, query.path, query.method)

    def _bind_url_map(self, query: Asked) -> Any:
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
            return found and found._replace(view="", takes_method=False)
        except redirect_error as redirect:
            target = redirect.new_url.partition("://")[2].partition("/")[2]
            return self._match(adapter, f"/{target.partition('?')[0]}", method)
        except errors.NotFound:
            return None
        view = self._views.get(rule.endpoint)
        return FoundRoute(str(rule.rule), view_name(view) if view else "")


_AUTOMATIC = {"HEAD", "OPTIONS"}
