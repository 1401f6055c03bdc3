"""Compare text and binary bodies.

Source: docs/internals/specification.md, "4.8 Binary", "4.9 Text".
"""

from __future__ import annotations

from pypact.matching.body import body_mismatch
from pypact.model.body import BodyPlan, ContentType, ExpectedBody, find_content_kind
from pypact.model.mismatches import Mismatch
from pypact.rules.compiled import CompiledList, compile_tree
from pypact.rules.table import find_kind


def compile_plain(expected: ExpectedBody) -> BodyPlan:
    """Compile a body without structure, as text or as bytes."""
    is_binary = is_compared_as_bytes(expected)
    return BinaryPlan(expected) if is_binary else TextPlan(expected)


def is_compared_as_bytes(expected: ExpectedBody) -> bool:
    """Return whether a body without structure is compared as bytes."""
    is_binary = find_content_kind(expected.content_type).notation == "base64"
    at_root = expected.rules.get("$")
    if at_root is not None:
        is_binary |= any(find_kind(rule.name).needs_bytes for rule in at_root.rules)
    return _IS_BINARY.get(expected.hint or "", is_binary)


# Values of v4's `contentTypeHint`.
_IS_BINARY = {"BINARY": True, "TEXT": False}


class TextPlan:
    """An expected text body; its rules apply to the whole text."""

    __slots__ = ("_content", "_expected", "_rules")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._expected = decode_by_type(expected.content, expected.content_type)
        self._rules = _compile_root_rules(expected)

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual text body."""
        if self._rules is None and actual == self._content:
            return []
        text = decode_by_type(actual, content_type)
        if self._rules is not None:
            failures = self._rules.find_text_failures(self._expected, text)
            return [
                body_mismatch("$", rule, self._expected, text, problem)
                for rule, problem in failures
            ]
        if text == self._expected:
            return []
        return [body_mismatch("$", None, self._expected, text, _TEXT_DIFFERS)]


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
                body_mismatch("$", rule, self._content, actual, problem)
                for rule, problem in self._rules.find_failures(
                    lambda rule: rule.check_bytes(self._content, actual)
                )
            ]
        if actual == self._content:
            return []
        problem = (
            f"Actual body {_describe_bytes(actual, content_type)} is not equal to "
            f"the expected body {_describe_bytes(self._content, self._content_type)}"
        )
        return [body_mismatch("$", None, self._content, actual, problem)]


def _compile_root_rules(expected: ExpectedBody) -> CompiledList | None:
    # Text and bytes have no structure: only rules at the root apply.
    return compile_tree(expected.rules).root.best


def decode_by_type(content: bytes, content_type: ContentType) -> str:
    """Return the string of a text body, decoded by its charset, else as UTF-8."""
    charset = content_type.get_parameter("charset") or "utf-8"
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return content.decode(errors="replace")


def _describe_bytes(content: bytes, content_type: ContentType) -> str:
    return f"[{content_type}, {len(content)} bytes, starting with {content[:32].hex()}]"


_TEXT_DIFFERS = (
    "Expected body {expected} to match {actual} using equality but did not match"
)
