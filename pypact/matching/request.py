"""Does this request satisfy the expected one?

Source: semantics sections 3.1 (method), 3.2 (path) and 3.6 (strict).
"""

from __future__ import annotations

from pypact.matching.body import BodyCheck
from pypact.matching.categories import rules_of
from pypact.matching.headers import HeadersCheck
from pypact.matching.query import QueryCheck
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.mismatches import Kind, Mismatch

__all__ = ["RequestPlan", "compile_request"]


def compile_request(interaction: HttpInteraction) -> RequestPlan:
    """Compile the expected request of an interaction."""
    return RequestPlan(interaction.request)


class RequestPlan:
    """An expected request, compiled with its rules.

    `specificity` orders plans that match the same request; the most specific one is the
    greatest. It compares, in this order: whether the path has no rules; the number of
    parts (path, query parameters, headers, body) without rules; the number of declared
    parts; and fewer rule paths of the body.
    """

    __slots__ = (
        "_body",
        "_headers",
        "_method",
        "_path",
        "_path_rules",
        "_query",
        "specificity",
    )

    def __init__(self, request: Request) -> None:
        self._method = request.method
        self._path = request.path
        self._path_rules = rules_of(request.rules, "path")
        self._query = QueryCheck(request.query, request.rules)
        self._headers = HeadersCheck(request.headers, request.rules)
        self._body = BodyCheck(
            request.body,
            request.content_type,
            request.rules,
            strict=True,
            type_rules=self._headers.rules_at("content-type"),
        )
        self.specificity = self._compute_specificity()

    def check(self, actual: Request) -> list[Mismatch]:
        """Return the mismatches of an actual request; empty if it matches."""
        return [
            *self._check_method(actual.method),
            *self._check_path(actual.path),
            *self._query.check(actual.query),
            *self._headers.check(actual.headers),
            *(
                ()
                if self._body.accepts_all
                else self._body.check(actual.body, actual.content_type)
            ),
        ]

    def _check_method(self, actual: str) -> list[Mismatch]:
        # Peers: a rule for the method is read but not applied, as in the JVM and Rust.
        if self._method.upper() == actual.upper():
            return []
        return [Mismatch(Kind.METHOD, "", None, self._method, actual, _METHOD_DIFFERS)]

    def _check_path(self, actual: str) -> list[Mismatch]:
        if self._path_rules is not None:
            return [
                Mismatch(Kind.PATH, "", rule, self._path, actual, problem)
                for rule, problem in self._path_rules.text_failures(self._path, actual)
            ]
        if self._path == actual:
            return []
        return [Mismatch(Kind.PATH, "", None, self._path, actual, _PATH_DIFFERS)]

    def _compute_specificity(self) -> tuple[int, ...]:
        path = int(self._path_rules is None)
        parts = [(path, 1), self._query.parts, self._headers.parts, self._body.parts]
        exact = sum(part[0] for part in parts)
        return path, exact, sum(part[1] for part in parts), -self._body.rule_count


_METHOD_DIFFERS = "expected {expected:text} but was {actual:text}"
_PATH_DIFFERS = "Expected path {actual} to be equal to {expected}"
