"""Does this response satisfy the expected one?

Source: semantics sections 3.5 (status) and 3.6 (lenient).
"""

from __future__ import annotations

from pypact.matching.body import BodyCheck
from pypact.matching.categories import rules_of
from pypact.matching.headers import HeadersCheck
from pypact.model.http import Response
from pypact.model.interactions import HttpInteraction
from pypact.model.mismatches import Kind, Mismatch
from pypact.rules.compiled import CompiledRule
from pypact.rules.scalars import status_code

__all__ = ["ResponsePlan", "compile_response"]


def compile_response(interaction: HttpInteraction) -> ResponsePlan:
    """Compile the expected response of an interaction."""
    return ResponsePlan(interaction.response)


class ResponsePlan:
    """An expected response, compiled with its rules."""

    __slots__ = ("_body", "_headers", "_status", "_status_rules")

    def __init__(self, response: Response) -> None:
        self._status = response.status
        self._status_rules = rules_of(response.rules, "status")
        self._headers = HeadersCheck(response.headers, response.rules)
        self._body = BodyCheck(
            response.body,
            response.content_type,
            response.rules,
            strict=False,
            type_rules=self._headers.rules_at("content-type"),
        )

    def check(self, actual: Response) -> list[Mismatch]:
        """Return the mismatches of an actual response; empty if it matches."""
        return [
            *self._check_status(actual.status),
            *self._headers.check(actual.headers),
            *(
                ()
                if self._body.accepts_all
                else self._body.check(actual.body, actual.content_type)
            ),
        ]

    def _check_status(self, actual: int) -> list[Mismatch]:
        if self._status_rules is None:
            if self._status == actual:
                return []
            problem = "expected {expected} but was {actual}"
            return [Mismatch(Kind.STATUS, "", None, self._status, actual, problem)]

        def check_rule(rule: CompiledRule) -> str | None:
            if rule.name == "statusCode":
                return status_code(rule.rule.attributes)(self._status, actual)
            return rule.json(self._status, actual)

        return [
            Mismatch(Kind.STATUS, "", rule, self._status, actual, problem)
            for rule, problem in self._status_rules.failures(check_rule)
        ]
