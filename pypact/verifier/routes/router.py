"""What is a route, and what does one framework's router tell of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["ANY_METHOD", "Route", "Router"]

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


class Router(Protocol):
    """The routes of one app. Frameworks are asked, never imported."""

    def routes(self) -> list[Route]:
        """All routes, in the framework's order."""
        ...

    def path_of(self, method: str, path: str) -> str | None:
        """The path of the route that a request is for, None where there is none.

        `path` is decoded. A request of a method that the route does not take is for it
        all the same.
        """
        ...
