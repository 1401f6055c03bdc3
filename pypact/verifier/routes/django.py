"""Which routes has a Django project?"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    Asked,
    FoundRoute,
    NotTold,
    Route,
    view_name,
)

__all__ = ["DjangoRouter"]


class DjangoRouter:
    """Asks the resolver of the project's URL configuration.

    A function view takes any method, as far as anybody can tell; class-based views, the
    view sets of Django REST framework and django-ninja say which they take.
    """

    def routes(self) -> list[Route]:
        """All patterns, with what includes them in front."""
        resolver = import_module("django.urls").get_resolver()
        return [
            Route(_shown(path), _methods(callback))
            for path, callback in _walk(resolver.url_patterns, "")
        ]

    def find(self, asked: Asked) -> FoundRoute | None:
        """The pattern that Django resolves."""
        urls = import_module("django.urls")
        try:
            with _in_its_language(asked.path):
                found = urls.resolve(asked.path)
        except urls.Resolver404:
            _refuse_other_configurations()
            return None
        methods = _methods(found.func)
        takes = bool({asked.method, ANY_METHOD}.intersection(methods))
        if asked.method in _AUTOMATIC:
            takes = True
        view = _view_of(found.func, asked.method) if takes else ""
        return FoundRoute(_shown(str(found.route)), view, takes_method=takes)


def _walk(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        own = str(pattern.pattern)
        # As Django joins them: only the first `^` says something.
        path = prefix + own.removeprefix("^") if prefix else own
        below = getattr(pattern, "url_patterns", None)
        if below is None:
            yield path, pattern.callback
        else:
            yield from _walk(below, path)


def _in_its_language(path: str) -> AbstractContextManager[Any]:
    """Let `i18n_patterns` have the language that the path begins with, if it does."""
    translation = import_module("django.utils.translation")
    language = translation.get_language_from_path(path)
    override: AbstractContextManager[Any] = translation.override(language)
    return override if language else nullcontext()


def _shown(route: str) -> str:
    return "/" + route.removeprefix("^").lstrip("/")


def _refuse_other_configurations() -> None:
    """Raise NotTold where a middleware may choose the URL configuration."""
    for path in import_module("django.conf").settings.MIDDLEWARE:
        name = path.rpartition(".")[0]
        if not name.startswith("django."):
            try:
                source = inspect.getsource(import_module(name))
            except (ImportError, OSError, TypeError):
                source = "urlconf"
            if "urlconf" in source:
                raise NotTold(f"the middleware {path} may choose other routes")


def _operations(callback: Any) -> list[Any]:
    """The operations of a path of django-ninja, which are in the view's closure."""
    if not callback.__module__.startswith("ninja."):
        return []
    for cell in getattr(callback, "__closure__", None) or ():
        found = getattr(cell.cell_contents, "operations", None)
        if found:
            return list(found)
    return []


def _view_of(callback: Any, method: str) -> str:
    for operation in _operations(callback):
        if method in operation.methods:
            return view_name(operation.view_func)
    return view_name(callback)


def _methods(callback: Any) -> tuple[str, ...]:
    actions = getattr(callback, "actions", None)  # a view set's: method → its function
    if actions:
        return tuple(sorted({name.upper() for name in actions} - {"HEAD"}))
    operations = _operations(callback)
    if operations:
        return tuple(sorted({name for one in operations for name in one.methods}))
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        return (ANY_METHOD,)
    names = getattr(view, "http_method_names", ())
    found = {name.upper() for name in names if hasattr(view, name)} - _AUTOMATIC
    return tuple(sorted(found)) or (ANY_METHOD,)


_AUTOMATIC = {"HEAD", "OPTIONS"}
