"""List and find the routes of a Django project."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from pypact.verifier.routes.router import (
    ANY_METHOD,
    FoundRoute,
    Route,
    RouteQuery,
    RouteUnknown,
    get_view_name,
)


class DjangoRouter:
    """The router of a Django project, which uses its URL resolver.

    Function views are assumed to accept any method. The methods of class-based views,
    of view sets of Django REST framework and of django-ninja are read from the view.
    """

    def __init__(self, app: object) -> None:
        """Ignore the app: the routes are those of the settings."""

    def routes(self) -> list[Route]:
        """Return all patterns, each with the prefix of its `include`."""
        resolver = import_module("django.urls").get_resolver()
        return [
            Route(_to_path(path), _accepted_methods(callback))
            for path, callback in _walk_patterns(resolver.url_patterns, "")
        ]

    def find(self, query: RouteQuery) -> FoundRoute | None:
        urls = import_module("django.urls")
        try:
            with _activate_path_language(query.path):
                found = urls.resolve(query.path)
        except urls.Resolver404:
            _refuse_other_configurations()
            return None
        methods = _accepted_methods(found.func)
        accepts = not {query.method, ANY_METHOD}.isdisjoint({*methods, *_AUTOMATIC})
        view = _find_view_name(found.func, query.method) if accepts else ""
        return FoundRoute(_to_path(str(found.route)), view, accepts_method=accepts)


def _walk_patterns(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        own = str(pattern.pattern)
        # As Django joins them: only the first `^` has an effect.
        path = prefix + own.removeprefix("^") if prefix else own
        below = getattr(pattern, "url_patterns", None)
        if below is None:
            yield path, pattern.callback
        else:
            yield from _walk_patterns(below, path)


def _activate_path_language(path: str) -> AbstractContextManager[Any]:
    """Activate the language that the path begins with, for `i18n_patterns`."""
    translation = import_module("django.utils.translation")
    language = translation.get_language_from_path(path)
    override: AbstractContextManager[Any] = translation.override(language)
    return override if language else nullcontext()


def _to_path(route: str) -> str:
    return "/" + route.removeprefix("^").lstrip("/")


def _refuse_other_configurations() -> None:
    """Raise RouteUnknown if a middleware may choose another URL configuration."""
    for path in import_module("django.conf").settings.MIDDLEWARE:
        name = path.rpartition(".")[0]
        if not name.startswith("django."):
            try:
                source = inspect.getsource(import_module(name))
            except (ImportError, OSError, TypeError):
                source = "urlconf"
            if "urlconf" in source:
                raise RouteUnknown(f"the middleware {path} may choose other routes")


def _find_ninja_operations(callback: Any) -> list[Any]:
    """Return the operations of a django-ninja path, read from the view's closure."""
    if not callback.__module__.startswith("ninja."):
        return []
    for cell in getattr(callback, "__closure__", None) or ():
        if found := getattr(cell.cell_contents, "operations", None):
            return list(found)
    return []


def _find_view_name(callback: Any, method: str) -> str:
    for operation in _find_ninja_operations(callback):
        if method in operation.methods:
            return get_view_name(operation.view_func)
    return get_view_name(callback)


def _accepted_methods(callback: Any) -> tuple[str, ...]:
    # The actions of a view set: method → function name.
    if actions := getattr(callback, "actions", None):
        return tuple(sorted({name.upper() for name in actions} - {"HEAD"}))
    if operations := _find_ninja_operations(callback):
        return tuple(sorted({name for one in operations for name in one.methods}))
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        return (ANY_METHOD,)
    names = getattr(view, "http_method_names", ())
    found = {name.upper() for name in names if hasattr(view, name)} - _AUTOMATIC
    return tuple(sorted(found)) or (ANY_METHOD,)


_AUTOMATIC = {"HEAD", "OPTIONS"}
