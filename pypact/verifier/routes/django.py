"""Which routes has a Django project?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import ANY_METHOD, FoundRoute, Route, view_name

__all__ = ["DjangoRouter"]


class DjangoRouter:
    """Asks the resolver of the project's URL configuration.

    A function view takes any method, as far as anybody can tell; class-based views and
    the view sets of Django REST framework say which they take.
    """

    def routes(self) -> list[Route]:
        """All patterns, with what includes them in front."""
        resolver = import_module("django.urls").get_resolver()
        return [
            Route(path, _methods(callback))
            for path, callback in _walk(resolver.url_patterns, "/")
        ]

    def find(self, method: str, path: str) -> FoundRoute | None:  # noqa: ARG002 -- Django's routes know no methods
        """The pattern that Django resolves."""
        urls = import_module("django.urls")
        try:
            found = urls.resolve(path)
        except urls.Resolver404:
            return None
        return FoundRoute("/" + str(found.route).lstrip("/"), view_name(found.func))


def _walk(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        below = getattr(pattern, "url_patterns", None)
        if below is None:
            yield path, pattern.callback
        else:
            yield from _walk(below, path)


def _methods(callback: Any) -> tuple[str, ...]:
    actions = getattr(callback, "actions", None)  # a view set's: method → its function
    if actions:
        return tuple(sorted({name.upper() for name in actions} - {"HEAD"}))
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        return (ANY_METHOD,)
    names = getattr(view, "http_method_names", ())
    found = {name.upper() for name in names if hasattr(view, name)} - _AUTOMATIC
    return tuple(sorted(found)) or (ANY_METHOD,)


_AUTOMATIC = {"HEAD", "OPTIONS"}
