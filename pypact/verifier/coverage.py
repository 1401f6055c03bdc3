"""How much of the provider is under contract?

Routes, methods and statuses that interactions ask for; routes that no consumer uses;
interactions whose 404 came from no route at all, and so pass for the wrong reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json
from pypact.verifier.results import VerificationResult
from pypact.verifier.routes import ANY_METHOD, Route, Router, router_for

__all__ = ["ContractCoverage", "RouteUse", "Use", "contract_coverage"]


@dataclass(frozen=True, slots=True)
class Use:
    """One interaction that asks for a route; `status` is the one it expects."""

    consumer: str
    description: str
    method: str
    status: int


@dataclass(frozen=True, slots=True)
class RouteUse:
    """One method of one route, and who uses it.

    `missing_statuses` are those that the app declares and no interaction expects; only
    frameworks with a description of their answers (FastAPI) declare any.
    """

    method: str
    path: str
    uses: tuple[Use, ...] = ()
    missing_statuses: tuple[int, ...] = ()

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses under contract."""
        return tuple(sorted({use.status for use in self.uses}))

    @property
    def consumers(self) -> tuple[str, ...]:
        """Who uses it."""
        return tuple(sorted({use.consumer for use in self.uses}))


@dataclass(frozen=True, slots=True)
class ContractCoverage:
    """What is under contract; no route answers the interactions `without_route`."""

    provider: str
    routes: tuple[RouteUse, ...]
    without_route: tuple[Use, ...] = ()

    @property
    def used(self) -> tuple[RouteUse, ...]:
        """Methods of routes that a consumer asks for."""
        return tuple(one for one in self.routes if one.uses)

    @property
    def unused(self) -> tuple[RouteUse, ...]:
        """Methods of routes that no consumer asks for."""
        return tuple(one for one in self.routes if not one.uses)

    def to_json(self) -> dict[str, Json]:
        """The same as values that any JSON writer takes."""
        return {
            "provider": self.provider,
            "counts": {
                "routes": len(self.routes),
                "used": len(self.used),
                "unused": len(self.unused),
                "withoutRoute": len(self.without_route),
            },
            "routes": [
                {
                    "method": one.method,
                    "path": one.path,
                    "statuses": list(one.statuses),
                    "missingStatuses": list(one.missing_statuses),
                    "consumers": list(one.consumers),
                    "interactions": [_use_json(use) for use in one.uses],
                }
                for one in self.routes
            ],
            "withoutRoute": [_use_json(use) for use in self.without_route],
        }

    def to_text(self) -> str:
        """The same as text for people."""
        return "\n".join(_lines(self))

    def __str__(self) -> str:
        return self.to_text()


def contract_coverage(app: Any, result: VerificationResult) -> ContractCoverage:
    """Hold the routes of `app` against what was verified.

    Raises: InvalidExpectation for an app whose routes cannot be listed.
    """
    router = router_for(app)
    by_path: dict[str, list[Use]] = {}
    without: list[Use] = []
    for one in result.interactions:
        interaction = one.case.interaction
        if not isinstance(interaction, HttpInteraction):
            continue
        request = one.request or interaction.request
        use = Use(
            one.case.consumer,
            interaction.description,
            request.method.upper(),
            interaction.response.status,
        )
        path = _path_of(router, request)
        if path is None:
            without.append(use)
        else:
            by_path.setdefault(path, []).append(use)
    routes = tuple(
        _use_of(route, method, by_path.get(route.path, []))
        for route in router.routes()
        for method in route.methods
    )
    return ContractCoverage(result.provider, routes, tuple(without))


def _path_of(router: Router, request: Request) -> str | None:
    found = router.find(request.method.upper(), unquote(request.path))
    return None if found is None else found.path


def _use_of(route: Route, method: str, uses: list[Use]) -> RouteUse:
    of_method = tuple(
        use
        for use in uses
        if method in (ANY_METHOD, use.method) or _is_head(use, method, route)
    )
    expected = {use.status for use in of_method}
    declared = route.statuses.get(method, ())
    missing = tuple(status for status in declared if status not in expected)
    return RouteUse(method, route.path, of_method, missing if of_method else ())


def _is_head(use: Use, method: str, route: Route) -> bool:
    return use.method == "HEAD" and method == "GET" and not route.takes("HEAD")


def _use_json(use: Use) -> dict[str, Json]:
    return {
        "consumer": use.consumer,
        "description": use.description,
        "method": use.method,
        "status": use.status,
    }


def _lines(coverage: ContractCoverage) -> Iterator[str]:
    count = f"{len(coverage.used)} of {len(coverage.routes)}"
    yield f"{coverage.provider}: {count} routes are under contract"
    width = max((len(one.path) for one in coverage.routes), default=0)
    for one in coverage.used:
        statuses = ", ".join(map(str, one.statuses))
        consumers = ", ".join(one.consumers)
        yield f"  {one.method:<7} {one.path:<{width}}  {statuses}  {consumers}"
        if one.missing_statuses:
            missing = ", ".join(map(str, one.missing_statuses))
            yield f"  {'':<7} {'':<{width}}  declared, under no contract: {missing}"
    if coverage.unused:
        yield "no consumer uses"
        for one in coverage.unused:
            yield f"  {one.method:<7} {one.path}"
    if coverage.without_route:
        yield "no route is there for"
        for use in coverage.without_route:
            found = f"{use.consumer}: {use.description}"
            yield f"  {use.method:<7} {found} (expects {use.status})"
