"""Which route of the app was a request for, and which are near where none is?

Asked only for what failed, so that a run without failures never looks at routes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.verifier.results import Routing
from pypact.verifier.routes import Route, Router, router_for

__all__ = ["RouteFinder"]


class RouteFinder:
    """Asks the router of `app`; nothing is known of apps whose routes are not."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._router: Router | None = None

    def find(self, request: Request) -> Routing | None:
        """Find the route of `request`; None where nothing can be known."""
        path = unquote(request.path)
        try:
            if self._router is None:
                self._router = router_for(self._app)
            found = self._router.find(request.method, path)
            routes = self._router.routes() if found is None else []
        except InvalidExpectation:
            return None  # an app of a framework that is not in the table
        except Exception:  # noqa: BLE001 -- the verdict stands, whatever a router makes of the path
            return None
        if found is None:
            return Routing(near=_nearest(path, routes))
        return Routing(found.path, found.view)


def _nearest(path: str, routes: Iterable[Route]) -> tuple[str, ...]:
    """The routes whose paths are most like `path`, with their methods."""
    methods: dict[str, list[str]] = {}
    for route in routes:
        methods.setdefault(route.path, []).extend(route.methods)
    ratios = {there: _likeness(path, there) for there in methods}
    best = sorted(ratios, key=lambda there: (-ratios[there], there))
    return tuple(
        f"{'/'.join(methods[there])} {there}"
        for there in best[:_MOST]
        if ratios[there] >= _LEAST
    )


def _likeness(path: str, route: str) -> float:
    """Compare segment by segment, since a place for a value is like any value."""
    wanted, there = path.strip("/").split("/"), route.strip("/").split("/")
    pairs = zip(wanted, there, strict=False)
    return sum(_segment(*pair) for pair in pairs) / max(len(wanted), len(there))


def _segment(wanted: str, there: str) -> float:
    if any(sign in there for sign in "<{(:"):
        return _ANY_VALUE
    return difflib.SequenceMatcher(None, wanted, there).ratio()


_MOST = 3
_LEAST = 0.4

# Less than the same text, so that `/users/me` is nearer to itself than `/users/<name>`.
_ANY_VALUE = 0.9
