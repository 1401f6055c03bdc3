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
from pypact.verifier.routes import Asked, NotTold, Route, Router, router_for

__all__ = ["RouteFinder", "asked_by"]


class RouteFinder:
    """The lookup of routes for failed requests, if `app` has a known framework."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._router: Router | None = None

    def find(self, request: Request, status: int | None) -> Routing | None:
        """Return the route of `request`, or the nearest routes if there is none.

        `status` is that of the response. Returns None if nothing is certain: a response
        other than a 404 shows that something handled the request, even if the router
        finds no route.
        """
        query = asked_by(request)
        try:
            if self._router is None:
                self._router = router_for(self._app)
            found = self._router.find(query)
            if found is None:
                if status not in (None, _NOT_FOUND):
                    return None
                return Routing(near=_find_nearest(query.path, self._router.routes()))
        except (InvalidExpectation, NotTold):
            return None  # unsupported framework, or an uncertain route
        except Exception:  # noqa: BLE001 -- a failing router must not change the result
            return None
        return Routing(
            found.path,
            found.view,
            takes_method=found.takes_method,
            is_whole=found.is_whole,
        )


def asked_by(request: Request) -> Asked:
    """Convert a request to the query that routers take."""
    return Asked(
        request.method.upper(),
        unquote(request.path),
        tuple(request.headers.lines()),
        request.query.encoded(),
    )


def _find_nearest(path: str, routes: Iterable[Route]) -> tuple[str, ...]:
    """Return the routes whose paths are most similar to `path`, with their methods."""
    methods: dict[str, list[str]] = {}
    for one in routes:
        methods.setdefault(one.path, []).extend(one.methods)
    ratios = {route: _similarity(path, route) for route in methods}
    best = sorted(ratios, key=lambda route: (-ratios[route], route))
    return tuple(
        f"{'/'.join(methods[route])} {route}"
        for route in best[:_MAX_NEAREST]
        if ratios[route] >= _MIN_SIMILARITY
    )


def _similarity(path: str, route: str) -> float:
    """Compare paths segment by segment, because a path parameter matches any value."""
    given, declared = path.strip("/").split("/"), route.strip("/").split("/")
    pairs = zip(given, declared, strict=False)
    return sum(_segment_similarity(*pair) for pair in pairs) / max(
        len(given), len(declared)
    )


def _segment_similarity(given: str, declared: str) -> float:
    if any(sign in declared for sign in "<{(:"):
        return _PARAMETER_SIMILARITY
    return difflib.SequenceMatcher(None, given, declared).ratio()


_NOT_FOUND = 404
_MAX_NEAREST = 3
_MIN_SIMILARITY = 0.4

# Less than 1, so that `/users/me` is nearer to itself than to `/users/<name>`.
_PARAMETER_SIMILARITY = 0.9
