"""Compare the routes of a provider with the interactions that were verified.

The coverage lists the routes, methods and statuses that interactions use, the routes
that no consumer uses, and the interactions whose 404 came from no route at all and so
passed for the wrong reason. For failed requests, the route or the nearest routes are
looked up; a run without failures never reads the routes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json
from pypact.targets import ProviderResponse
from pypact.verifier.results import Routing, VerificationResult
from pypact.verifier.routes import find_router
from pypact.verifier.routes.router import (
    ANY_METHOD,
    FoundRoute,
    Route,
    RouteQuery,
    Router,
    RouteUnknown,
)


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
        query = to_route_query(request)
        try:
            if self._router is None:
                self._router = find_router(self._app)
            found = self._router.find(query)
            if found is None:
                if status not in (None, _NOT_FOUND):
                    return None
                return Routing(near=_find_nearest(query.path, self._router.routes()))
        except (InvalidExpectation, RouteUnknown):
            return None  # unsupported framework, or an uncertain route
        except Exception:  # noqa: BLE001 -- a failing router must not change the result
            return None
        path, view, accepts_method, is_exact = found
        return Routing(path, view, (), accepts_method, is_exact)


def to_route_query(request: Request) -> RouteQuery:
    """Convert a request to the query that routers take."""
    return RouteQuery(
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
    best = sorted((-_score_similarity(path, route), route) for route in methods)
    return tuple(
        f"{'/'.join(methods[route])} {route}"
        for negated, route in best[:_MAX_NEAREST]
        if negated <= -_MIN_SIMILARITY
    )


def _score_similarity(path: str, route: str) -> float:
    """Compare paths segment by segment, because a path parameter matches any value."""
    given, declared = path.strip("/").split("/"), route.strip("/").split("/")
    pairs = zip(given, declared, strict=False)
    return sum(_score_segment(*pair) for pair in pairs) / max(len(given), len(declared))


def _score_segment(given: str, declared: str) -> float:
    if any(sign in declared for sign in "<{(:"):
        return _PARAMETER_SIMILARITY
    return difflib.SequenceMatcher(None, given, declared).ratio()


_NOT_FOUND = 404
_MAX_NEAREST = 3
_MIN_SIMILARITY = 0.4

# Less than 1, so that `/users/me` is nearer to itself than to `/users/<name>`.
_PARAMETER_SIMILARITY = 0.9


@dataclass(frozen=True, slots=True)
class InteractionUse:
    """One interaction that uses a route; `status` is the status it expects."""

    consumer: str
    description: str
    method: str
    status: int


@dataclass(frozen=True, slots=True)
class RouteUse:
    """One method of one route, with the interactions that use it.

    `missing_statuses` are the statuses that the app declares and no interaction
    expects. Only frameworks that describe their responses, such as FastAPI, declare
    statuses.
    """

    method: str
    path: str
    uses: tuple[InteractionUse, ...] = ()
    missing_statuses: tuple[int, ...] = ()

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that interactions expect, sorted."""
        return tuple(sorted({use.status for use in self.uses}))

    @property
    def consumers(self) -> tuple[str, ...]:
        """The names of the consumers that use the route, sorted."""
        return tuple(sorted({use.consumer for use in self.uses}))


@dataclass(frozen=True, slots=True)
class ContractCoverage:
    """The part of a provider's routes that contracts cover.

    `without_route` are the interactions that match no route. `not_told` are those whose
    route could not be determined, each with the reason. `left_out` is the number of
    interactions that the selection excluded; they are not counted.
    """

    provider: str
    routes: tuple[RouteUse, ...]
    without_route: tuple[InteractionUse, ...] = ()
    not_told: tuple[tuple[InteractionUse, str], ...] = ()
    left_out: int = 0

    @property
    def used(self) -> tuple[RouteUse, ...]:
        """The methods of routes that some consumer uses."""
        return tuple(one for one in self.routes if one.uses)

    @property
    def unused(self) -> tuple[RouteUse, ...]:
        """The methods of routes that no consumer uses."""
        return tuple(one for one in self.routes if not one.uses)

    def to_json(self) -> dict[str, Json]:
        """Return the coverage as plain JSON values."""
        return {
            "provider": self.provider,
            "counts": {
                "routes": len(self.routes),
                "used": len(self.used),
                "unused": len(self.unused),
                "withoutRoute": len(self.without_route),
                "notTold": len(self.not_told),
                "leftOut": self.left_out,
            },
            "routes": [
                {
                    "method": one.method,
                    "path": one.path,
                    "statuses": list(one.statuses),
                    "missingStatuses": list(one.missing_statuses),
                    "consumers": list(one.consumers),
                    "interactions": [asdict(use) for use in one.uses],
                }
                for one in self.routes
            ],
            "withoutRoute": [asdict(use) for use in self.without_route],
            "notTold": [
                {**asdict(use), "reason": reason} for use, reason in self.not_told
            ],
        }

    def to_text(self) -> str:
        """Return the coverage as human-readable text."""
        return "\n".join(_coverage_lines(self))

    __str__ = to_text


def contract_coverage(app: Any, result: VerificationResult) -> ContractCoverage:
    """Compare the routes of `app` with the interactions that were verified.

        >>> verifier = pypact.Verifier("Users", app=app, pacts="pacts/")
        >>> result = verifier.verify(reports=[])
        >>> coverage = pypact.contract_coverage(app, result)

    Raises: InvalidExpectation if the routes of the app cannot be listed.
    """
    router = find_router(app)
    routes = _list_routes(router, app)
    listed = {(method, route.path) for route in routes for method in route.methods}
    by_path: dict[str, list[InteractionUse]] = {}
    without: list[InteractionUse] = []
    not_told: list[tuple[InteractionUse, str]] = []
    for one in result.interactions:
        interaction = one.case.interaction
        if not isinstance(interaction, HttpInteraction):
            continue
        request = one.request or interaction.request
        use = InteractionUse(
            one.case.consumer,
            interaction.description,
            request.method.upper(),
            interaction.response.status,
        )
        try:
            found = _find_route(router, request, one.answer)
        except RouteUnknown as error:
            not_told.append((use, str(error)))
            continue
        if found is None or not found.accepts_method:
            without.append(use)
            continue
        by_path.setdefault(found.path, []).append(use)
        methods = (use.method, ANY_METHOD, "GET" if use.method == "HEAD" else "")
        if not any((method, found.path) in listed for method in methods):
            # Routes that frameworks do not list: mounted apps, their own pages.
            routes.append(Route(found.path, (use.method,)))
            listed.add((use.method, found.path))
    uses = tuple(
        _build_route_use(route, method, by_path.get(route.path, []))
        for route in routes
        for method in route.methods
    )
    return ContractCoverage(
        result.provider, uses, tuple(without), tuple(not_told), result.left_out
    )


def _list_routes(router: Router, app: Any) -> list[Route]:
    try:
        return router.routes()
    except Exception as error:
        raise InvalidExpectation(
            f"the routes of {app!r} cannot be listed: its framework raised "
            f"{type(error).__name__}: {error}"
        ) from error


def _find_route(
    router: Router, request: Request, response: ProviderResponse | None
) -> FoundRoute | None:
    try:
        found = router.find(to_route_query(request))
    except RouteUnknown:
        raise
    except Exception as error:
        reason = f"the router raised {type(error).__name__}: {error}"
        raise RouteUnknown(reason) from error
    status = response.status if response is not None else None
    if found is None and status not in (None, _NOT_FOUND):
        raise RouteUnknown(
            f"no route matches, and yet the response had the status {status}"
        )
    return found


def _build_route_use(route: Route, method: str, uses: list[InteractionUse]) -> RouteUse:
    is_for_head = method == "GET" and not route.accepts("HEAD")
    methods = {method, "HEAD"} if is_for_head else {method}
    of_method = tuple(use for use in uses if {use.method, ANY_METHOD} & methods)
    expected = {use.status for use in of_method}
    declared = route.statuses.get(method, ())
    missing = tuple(status for status in declared if status not in expected)
    return RouteUse(method, route.path, of_method, missing if of_method else ())


def _coverage_lines(coverage: ContractCoverage) -> Iterator[str]:
    count = f"{len(coverage.used)} of {len(coverage.routes)}"
    yield f"{coverage.provider}: {count} routes are under contract"
    if coverage.left_out:
        yield f"  (interactions left out, not counted: {coverage.left_out})"
    width = max((len(one.path) for one in coverage.routes), default=0)
    for one in coverage.used:
        statuses = ", ".join(map(str, one.statuses))
        consumers = ", ".join(one.consumers)
        yield f"  {one.method:<7} {one.path:<{width}}  {statuses}  {consumers}"
        if one.missing_statuses:
            missing = ", ".join(map(str, one.missing_statuses))
            yield f"  {'':<7} {'':<{width}}  declared, not under contract: {missing}"
    if coverage.unused:
        scope = " in the verified interactions" if coverage.left_out else ""
        yield f"routes that no consumer uses{scope}"
        for one in coverage.unused:
            yield f"  {one.method:<7} {one.path}"
    if coverage.without_route:
        yield "interactions without a route"
        for use in coverage.without_route:
            yield _format_use(use)
    if coverage.not_told:
        yield "interactions whose route is unknown"
        for use, reason in coverage.not_told:
            yield f"{_format_use(use)}: {reason}"


def _format_use(use: InteractionUse) -> str:
    who = f"{use.consumer}: {use.description}"
    return f"  {use.method:<7} {who} (expects {use.status})"
