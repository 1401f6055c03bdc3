"""Does this message satisfy the expected one?

Source: semantics section 14.2, "Comparison".
"""

from __future__ import annotations

from collections.abc import Mapping

from pypact.matching.body import BodyCheck
from pypact.matching.categories import rules_by_name
from pypact.matching.headers import same_parameters
from pypact.model.body import Body
from pypact.model.interactions import AsyncMessage, Message
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch, quoted
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledRule
from pypact.rules.values import equal

__all__ = ["MessagePlan", "compile_message"]


def compile_message(expected: AsyncMessage | Message) -> MessagePlan:
    """Compile an expected message.

    Of a `SyncMessage`, give its request or one of its responses.
    """
    return MessagePlan(
        expected.message if isinstance(expected, AsyncMessage) else expected
    )


class MessagePlan:
    """An expected message, compiled with its rules."""

    __slots__ = ("_contents", "_metadata", "_rules")

    def __init__(self, message: Message) -> None:
        self._metadata = message.metadata
        self._rules = rules_by_name(message.rules, "metadata")
        self._contents = BodyCheck(
            message.contents,
            message.content_type,
            message.rules,
            strict=False,
            type_differs="Expected message with content type {expected:text} "
            "but was {actual:text}",
        )

    def check(
        self, contents: bytes | None, metadata: Mapping[str, Json] | None = None
    ) -> list[Mismatch]:
        """Return the mismatches of contents and metadata; empty if they match."""
        return self.check_message(Message(Body.of(contents), metadata or {}))

    def check_message(self, actual: Message) -> list[Mismatch]:
        """Return the mismatches of an actual message; empty if it matches."""
        return [
            *self._contents.check(actual.contents, actual.content_type),
            *self._check_metadata(actual.metadata),
        ]

    def _check_metadata(self, actual: Mapping[str, Json]) -> list[Mismatch]:
        found = []
        for key, expected in self._metadata.items():
            if key in actual:
                found += self._compare_value(key, expected, actual[key])
            else:
                problem = f"Expected message metadata '{quoted(key)}' but was missing"
                found.append(_metadata_mismatch(key, None, expected, None, problem))
        return found

    def _compare_value(self, key: str, expected: Json, actual: Json) -> list[Mismatch]:
        differs = f"Expected metadata key '{quoted(key)}' to have value "
        differs += "{expected} but was {actual}"
        rules = self._rules.get(key)
        if rules is not None:
            failures = rules.failures(
                lambda rule: _check_metadata_rule(rule, expected, actual)
            )
            return [
                _metadata_mismatch(
                    key, rule, expected, actual, f"{differs} - {problem}"
                )
                for rule, problem in failures
            ]
        if _is_same_metadata(key, expected, actual):
            return []
        return [_metadata_mismatch(key, None, expected, actual, differs)]


def _is_same_metadata(key: str, expected: Json, actual: Json) -> bool:
    is_type = key.lower() in ("contenttype", "content-type")
    if is_type and isinstance(expected, str) and isinstance(actual, str):
        return same_parameters(expected, actual)
    return equal(expected, actual)


def _check_metadata_rule(
    rule: CompiledRule, expected: Json, actual: Json
) -> str | None:
    problem = rule.json(expected, actual)
    if problem is None and isinstance(actual, (list, dict)):
        return rule.length_problem(len(actual))
    return problem


def _metadata_mismatch(
    key: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.METADATA, key, rule, expected, actual, problem)
