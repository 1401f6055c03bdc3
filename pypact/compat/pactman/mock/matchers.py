"""Matchers for parts of requests and responses, and their matching rules."""

from __future__ import annotations

from typing import Any

from pypact.compat.pact.matchers import (
    EachLike,
    Like,
    Matcher,
    SomethingLike,
    Term,
    make_matcher_error,
)
from pypact.model.json import Json
from pypact.model.rules import ROOT, RulePath, Wildcard

__all__ = [
    "EachLike",
    "Equals",
    "Includes",
    "Like",
    "Matcher",
    "RuleCollector",
    "SomethingLike",
    "Term",
]


class Equals(Matcher):
    """Exactly this value, even inside of `Like` (version 3.0.0)."""

    class NotAllowed(TypeError):
        """`Equals` in a pact of a version before 3.0.0."""

    def __init__(self, matcher: Any) -> None:
        self.matcher = matcher


class Includes(Matcher):
    """A string that contains the string `matcher` (version 3.0.0).

    `generate` is the example that the consumer receives.
    """

    class NotAllowed(TypeError):
        """`Includes` in a pact of a version before 3.0.0."""

    def __init__(self, matcher: str, generate: str) -> None:
        assert isinstance(matcher, str), (  # noqa: S101 -- the old library's class of error
            f"Includes() takes a string, got {matcher!r}"
        )
        self.matcher = matcher
        self._example = generate


class RuleCollector:
    """A collector of the matching rules of one part, by path, in the form of v3."""

    def __init__(self, *, is_v3: bool) -> None:
        self._is_v3 = is_v3
        self.rules: dict[str, Json] = {}

    def extract(self, value: Any, path: RulePath = ROOT) -> Json:
        """Return the value with examples in place of its matchers.

        Raises: ValueError for an object that is neither JSON nor a matcher;
        `NotAllowed` for a matcher that the version does not have.
        """
        if isinstance(value, dict):
            return {name: self.extract(one, path / name) for name, one in value.items()}
        if isinstance(value, list):
            return [self.extract(one, path / i) for i, one in enumerate(value)]
        if not isinstance(value, Matcher):
            if value is None or isinstance(value, (str, int, float)):
                return value
            raise make_matcher_error(value)
        if isinstance(value, EachLike):
            self._add(path, {"match": "type", "min": value.minimum})
            return [self.extract(value.matcher, path / Wildcard.INDEX)] * value.minimum
        if isinstance(value, Like):
            self._add(path, {"match": "type"})
            return self.extract(value.matcher, path)
        if isinstance(value, Term):
            self._add(path, {"match": "regex", "regex": value.matcher})
            return value.example
        if not self._is_v3:
            name = type(value).__name__
            raise type(value).NotAllowed(  # type: ignore[attr-defined]  # of Equals and Includes
                f'{name}() needs version 3.0.0: has_pact_with(version="3.0.0")'
            )
        if isinstance(value, Includes):
            self._add(path, {"match": "include", "value": value.matcher})
            return value._example  # noqa: SLF001 -- of this module
        assert isinstance(value, Equals)  # noqa: S101 -- there are no others
        self._add(path, {"match": "equality"})
        return self.extract(value.matcher, path)

    def _add(self, path: RulePath, rule: Json) -> None:
        self.rules[str(path)] = {"matchers": [rule]}
