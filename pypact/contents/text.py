"""Do these two bodies match, as text or as bytes?

Source: semantics sections 4.8 (binary) and 4.9 (text).
"""

from __future__ import annotations

from pypact.contents.expected import ExpectedBody
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledList, CompiledRule
from pypact.rules.tree import RuleTree

__all__ = ["BinaryPlan", "TextPlan"]


class TextPlan:
    """An expected text; rules are applied to the whole of it."""

    __slots__ = ("_content", "_expected", "_rules")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._expected = _text(expected.content, expected.content_type)
        self._rules = _rules_at_root(expected)

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Compare an actual text."""
        if self._rules is None and actual == self._content:
            return []
        text = _text(actual, content_type)
        if self._rules is not None:
            return [
                _mismatch(rule, self._expected, text, problem)
                for rule, problem in self._rules.text_failures(self._expected, text)
            ]
        if text == self._expected:
            return []
        return [_mismatch(None, self._expected, text, _TEXT_DIFFERS)]


class BinaryPlan:
    """Expected bytes; most rules have no meaning for them."""

    __slots__ = ("_content", "_content_type", "_rules")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._content_type = expected.content_type
        self._rules = _rules_at_root(expected)

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Compare actual bytes."""
        if self._rules is not None:
            return [
                _mismatch(rule, self._content, actual, problem)
                for rule, problem in self._rules.failures(
                    lambda rule: _binary_problem(rule, self._content, actual)
                )
            ]
        if actual == self._content:
            return []
        problem = (
            f"Actual body {_described(actual, content_type)} is not equal to "
            f"the expected body {_described(self._content, self._content_type)}"
        )
        return [_mismatch(None, self._content, actual, problem)]


def _binary_problem(rule: CompiledRule, expected: bytes, actual: bytes) -> str | None:
    if rule.name == "type":
        return None
    if rule.name in ("contentType", "equality") or not rule.is_known:
        problem = rule.json(expected, actual)
        return (
            "Expected {actual} to be equal to {expected}"
            if (problem is not None and rule.name == "equality")
            else problem
        )
    if rule.name == "notEmpty":
        return None if actual else "Expected [] (0 bytes) to not be empty"
    if rule.name in ("regex", "include"):
        try:
            return rule.text("", actual.decode("utf-8"))
        except UnicodeDecodeError:
            return "Expected {actual} to be text in UTF-8"
    return f"Unable to apply the matching rule '{rule.name}' to binary contents"


def _rules_at_root(expected: ExpectedBody) -> CompiledList | None:
    # A text has no inside: only a rule at the root speaks of it.
    return RuleTree(expected.rules).root.best


def _text(content: bytes, content_type: ContentType) -> str:
    charset = content_type.parameter("charset") or "utf-8"
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return content.decode("utf-8", "replace")


def _described(content: bytes, content_type: ContentType) -> str:
    return f"[{content_type}, {len(content)} bytes, starting with {content[:32].hex()}]"


def _mismatch(
    rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, "$", rule, expected, actual, problem)


_TEXT_DIFFERS = (
    "Expected body {expected} to match {actual} using equality but did not match"
)
