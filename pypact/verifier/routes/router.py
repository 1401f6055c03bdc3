"""What is a route, and what does one framework's router tell of them?"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

__all__ = [
    "ANY_METHOD",
    "Asked",
    "FoundRoute",
    "NotTold",
    "Route",
    "Router",
    "declared_statuses",
    "view_name",
]

# What stands for the methods of a route that takes them all.
ANY_METHOD = "ANY"


@dataclass(frozen=True, slots=True)
class Route:
    """One route, as the framework writes its path.

    `methods` are in upper case and sorted; ("ANY",) takes all. `statuses` are those
    that the app declares, method → statuses, where the framework knows them.
    """

    path: str
    methods: tuple[str, ...]
    statuses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def takes(self, method: str) -> bool:
        """Tell whether a request of this method is for this route."""
        return self.methods == (ANY_METHOD,) or method in self.methods


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that a router is asked about; `path` is decoded."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""

    @property
    def host(self) -> str:
        """The host that is asked, with its port if there is one."""
        hosts = (value for name, value in self.headers if name.lower() == "host")
        return next(hosts, "localhost")


class FoundRoute(NamedTuple):
    """The route of one request: its path, and the view that answers, if it is known.

    Without `takes_method` it is a route of the path only; where it is not `is_whole`,
    what answers below it has routes of its own that are not known.
    """

    path: str
    view: str = ""
    takes_method: bool = True
    is_whole: bool = True


class NotTold(Exception):
    """It cannot be told whether there is a route for a request; says why."""


class Router(Protocol):
    """The routes of one app. Frameworks are asked, never imported."""

    def routes(self) -> list[Route]:
        """All routes, in the framework's order."""
        ...

    def find(self, asked: Asked) -> FoundRoute | None:
        """The route that a request is for, None where there is none for certain.

        A request of a method that the route does not take is for it all the same.

        Raises: NotTold.
        """
        ...


def declared_statuses(described: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Read the statuses of each method out of a path's description in OpenAPI."""
    return {
        method.upper(): tuple(
            sorted(
                int(status)
                for status in operation.get("responses", {})
                if str(status).isdigit()
            )
        )
        for method, operation in described.items()
        if isinstance(operation, dict)
    }


def view_name(view: Any) -> str:
    """Name a view by its module and its name in there."""
    while isinstance(view, functools.partial):
        view = view.func
    # What class-based views of Django and of Flask leave on their function.
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    name = getattr(view, "__qualname__", None)
    if name is None:  # an instance, as Falcon's resources are
        view, name = type(view), type(view).__qualname__
    return f"{view.__module__}.{name}"
