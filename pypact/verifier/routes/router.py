"""Define routes, route queries, and the interface of routers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from pypact._dataclasses import dataclass, field

ANY_METHOD = "ANY"
"""The only entry in the methods of a route that accepts all methods."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route; `path` is written as in its framework.

    `methods` are in upper case and sorted; ("ANY",) means all. `statuses` maps methods
    to the response statuses that the app declares; empty if the framework has none.
    """

    path: str
    methods: tuple[str, ...]
    statuses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def accepts(self, method: str) -> bool:
        """Return whether the route accepts requests with this method."""
        return self.methods == (ANY_METHOD,) or method in self.methods


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """The parts of a request that determine its route; `path` is percent-decoded."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    query_string: str = ""

    @property
    def host(self) -> str:
        """The value of the `Host` header, or "localhost"."""
        hosts = (value for name, value in self.headers if name.lower() == "host")
        return next(hosts, "localhost")


class FoundRoute(NamedTuple):
    """The route of one request: its path, and the name of the view if it is known.

    If `accepts_method` is False, the route matches the path but does not accept the
    method. If `is_exact` is False, the route leads to something with routes of its own
    that are not known, such as a mounted app.
    """

    path: str
    view: str = ""
    accepts_method: bool = True
    is_exact: bool = True


class RouteUnknown(Exception):
    """A route that cannot be determined; the message is the reason."""


class Router(Protocol):
    """The routes of one app; needs only modules that the app has imported."""

    def routes(self) -> list[Route]:
        """Return all routes, in the order of the framework."""

    def find(self, query: RouteQuery) -> FoundRoute | None:
        """Return the route of a request, or None if there certainly is none.

        A route that matches the path but does not accept the method is returned too.

        Raises: RouteUnknown if that cannot be determined.
        """


def read_declared_statuses(path_item: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Read the response statuses of each method from an OpenAPI path item."""
    return {
        method.upper(): tuple(sorted(int(one) for one in statuses if one.isdigit()))
        for method, operation in path_item.items()
        if isinstance(operation, dict)
        for statuses in [map(str, operation.get("responses", {}))]
    }


def get_view_name(view: Any) -> str:
    """Return the module and qualified name of a view."""
    while isinstance(view, functools.partial):
        view = view.func
    # Attributes that class-based views of Django and Flask set on their function.
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    name = getattr(view, "__qualname__", None)
    if name is None:  # an instance, as Falcon's resources are
        view, name = type(view), type(view).__qualname__
    return f"{view.__module__}.{name}"
