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
    """Asks the router of `app`; nothing is known of apps whose routes are not."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._router: Router | None = None

    def find(self, request: Request, status: int | None) -> Routing | None:
        """Find the route of `request`, which was answered with `status`.

        None where nothing can be known for certain; where there is an answer that is no
        404, something was for the request, whatever the router says.
        """
        asked = asked_by(request)
        try:
            if self._router is None:
                self._router = router_for(self._app)
            found = self._router.find(asked)
            if found is None:
                if status not in (None, _NOT_FOUND):
                    return None
                return Routing(near=_nearest(asked.path, self._router.routes()))
        except (InvalidExpectation, NotTold):
            return None  # an app of none of the frameworks, or one that is doubtful
        except Exception:  # noqa: BLE001 -- the verdict stands, whatever a router makes of the path
            return None
        return Routing(
            found.path,
            found.view,
            takes_method=found.takes_method,
            is_whole=found.is_whole,
        )


def asked_by(request: Request) -> Asked:
    """Give what a router is told of a request."""
    return Asked(
        request.method.upper(),
        unquote(request.path),
        tuple(request.headers.lines()),
        request.query.encoded(),
    )


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


_NOT_FOUND = 404
_MOST = 3
_LEAST = 0.4

# Less than the same text, so that `/users/me` is nearer to itself than `/users/<name>`.
_ANY_VALUE = 0.9
