"""Compare text and binary bodies, and define the interface of body comparisons.

Source: docs/internals/specification.md, "4.8 Binary", "4.9 Text".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pypact.model.body import ContentType
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import CompiledList, RuleTree


class BodyPlan(Protocol):
    """An expected body, compiled with its rules."""

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body; `content_type` is its own type."""
        ...


@dataclass(frozen=True, slots=True)
class ExpectedBody:
    """An expected body with its content type and rules, ready to be compiled.

    `rules` maps rule paths to rule lists. `strict` is true for requests: further keys
    or child elements are mismatches (docs/internals/specification.md, "3.6 Strict and
    lenient"). `hint` is v4's `contentTypeHint`: BINARY, TEXT or DEFAULT.
    """

    content: bytes
    content_type: ContentType
    rules: Mapping[str, RuleList]
    strict: bool
    hint: str | None = None


BodyCompiler: TypeAlias = Callable[[ExpectedBody], BodyPlan]
"""Compile an expected body; never raises: an invalid body is a mismatch."""


class TextPlan:
    """An expected text body; its rules apply to the whole text."""

    __slots__ = ("_content", "_expected", "_rules")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._expected = _decode_text(expected.content, expected.content_type)
        self._rules = _compile_root_rules(expected)

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual text body."""
        if self._rules is None and actual == self._content:
            return []
        text = _decode_text(actual, content_type)
        if self._rules is not None:
            return [
                _root_mismatch(rule, self._expected, text, problem)
                for rule, problem in self._rules.find_text_failures(
                    self._expected, text
                )
            ]
        if text == self._expected:
            return []
        return [_root_mismatch(None, self._expected, text, _TEXT_DIFFERS)]


class BinaryPlan:
    """An expected binary body; most kinds of rules cannot be applied to it."""

    __slots__ = ("_content", "_content_type", "_rules")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._content_type = expected.content_type
        self._rules = _compile_root_rules(expected)

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual binary body."""
        if self._rules is not None:
            return [
                _root_mismatch(rule, self._content, actual, problem)
                for rule, problem in self._rules.failures(
                    lambda rule: rule.check_bytes(self._content, actual)
                )
            ]
        if actual == self._content:
            return []
        problem = (
            f"Actual body {_describe_bytes(actual, content_type)} is not equal to "
            f"the expected body {_describe_bytes(self._content, self._content_type)}"
        )
        return [_root_mismatch(None, self._content, actual, problem)]


def _compile_root_rules(expected: ExpectedBody) -> CompiledList | None:
    # Text and bytes have no structure: only rules at the root apply.
    return RuleTree(expected.rules).root.best


def _decode_text(content: bytes, content_type: ContentType) -> str:
    charset = content_type.parameter("charset") or "utf-8"
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return content.decode("utf-8", "replace")


def _describe_bytes(content: bytes, content_type: ContentType) -> str:
    return f"[{content_type}, {len(content)} bytes, starting with {content[:32].hex()}]"


def _root_mismatch(
    rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(MismatchKind.BODY, "$", rule, expected, actual, problem)


_TEXT_DIFFERS = (
    "Expected body {expected} to match {actual} using equality but did not match"
)
