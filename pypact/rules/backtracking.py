"""Estimate how much a regular expression can backtrack.

Python's `re` tries every way to split a string between repeats that can take the same
characters. The time then grows with a power of the length of the string, or
exponentially if one such repeat is within another. An expression is linear if the next
character always decides how to go on; this is what is checked, on sets of ASCII
characters and of three kinds of others.

Source: docs/internals/regex.md, "Time limit".
"""

from __future__ import annotations

import functools
import importlib
import itertools
import math
import re
import sys
from collections.abc import Sequence
from typing import Any, cast

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later


def find_safe_length(pattern: re.Pattern[str]) -> int | None:
    """Return up to which length of a string a full match is surely quick.

    None means that strings of any length are.
    """
    choices = len(_CHOICE.findall(pattern.pattern))
    if choices < 2:
        return None
    estimate = _Estimate()
    try:
        _Walker(estimate).check(_parse(pattern.pattern), 0, _Place())
    except RecursionError:
        return 0
    if estimate.is_exponential or estimate.small_choices > _MOST_SMALL_CHOICES:
        return _limit_exponential(max(choices, estimate.choices))
    if not estimate.loose_repeats or estimate.long_repeats < 2:
        return None
    steps = _MOST_STEPS >> estimate.small_choices
    return int(steps ** (1 / (estimate.loose_repeats + 1)))


def _limit_exponential(choices: int) -> int:
    """Return the safe length if each character can be reached by every choice."""
    if choices > _MOST_CHOICES:
        # Each optional part can match nothing in two ways, even in an empty string.
        return 0
    return int(math.log(_MOST_EXPONENTIAL_STEPS, choices + 1))


@dataclass(slots=True)
class _Estimate:
    """What was found in an expression."""

    is_exponential: bool = False
    # Repeats of any length, and those of them that can end at several places.
    long_repeats: int = 0
    loose_repeats: int = 0
    # The binary logarithm of the ways through short repeats and alternatives.
    small_choices: int = 0
    # The number of choices, those in a repeat of limited length once for each round.
    choices: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is: in a long repeat, or in short ones of so many rounds."""

    in_long_repeat: bool = False
    rounds: int = 1
    # The rounds of all repeats of limited length, the long ones included.
    copies: int = 1


class _Walker:
    """A walk through a parsed expression, from its end to its start."""

    def __init__(self, estimate: _Estimate) -> None:
        self._estimate = estimate
        self._firsts: dict[int, int] = {}

    def check(self, nodes: Any, follow: int, place: _Place) -> None:
        """Check nodes, after which the characters `follow` can come."""
        for operation, value in reversed(list(nodes)):
            name = str(operation)
            if name.endswith("REPEAT"):
                self._check_repeat(name, value, follow, place)
            elif name == "BRANCH":
                self._check_branch(value[1], follow, place)
            else:
                # What is in a look-around or an atomic group is not tried again.
                inner_follow = 0 if name.startswith(("ASSERT", "ATOMIC")) else follow
                for part in _list_parts(name, value):
                    self.check(part, inner_follow, place)
            follow = _chain(self._find_first_of_node(name, value), follow)

    def _find_first(self, nodes: Any) -> int:
        """Return the characters that come first, with `_EMPTY` if there may be none."""
        if id(nodes) not in self._firsts:
            first = _EMPTY
            for operation, value in reversed(list(nodes)):
                first = _chain(self._find_first_of_node(str(operation), value), first)
            self._firsts[id(nodes)] = first
        return self._firsts[id(nodes)]

    def _find_first_of_node(self, name: str, value: Any) -> int:
        if name in _CHARACTERS:
            return _list_characters(name, value)
        if name.endswith("REPEAT"):
            first = self._find_first(value[2])
            return first | _EMPTY if value[0] == 0 else first
        if name == "GROUPREF":
            return _ALL | _EMPTY
        parts = () if name.startswith("ASSERT") else _list_parts(name, value)
        first = 0 if name in _CONTAINERS else _EMPTY
        for part in parts:
            first |= self._find_first(part)
        return first

    def _check_repeat(self, name: str, value: Any, follow: int, place: _Place) -> None:
        least, most, body = value
        first = self._find_first(body)
        is_long = most > _MOST_ROUNDS
        inner = replace(
            place,
            in_long_repeat=place.in_long_repeat or is_long,
            rounds=place.rounds if is_long else place.rounds * max(1, most),
            copies=place.copies * (max(1, most) if most < _UNLIMITED else 1),
        )
        self.check(body, follow | first if most > 1 else follow, inner)
        if is_long:
            self._estimate.long_repeats += place.rounds
        overlaps = first & follow & ~_EMPTY or (most > 1 and first & _EMPTY)
        if least != most and overlaps and not name.startswith("POSSESSIVE"):
            choices = int(most - least).bit_length()
            self._add_choice(place, choices, is_long=is_long)

    def _check_branch(self, branches: Any, follow: int, place: _Place) -> None:
        for branch in branches:
            self.check(branch, follow, place)
        if _are_distinct_words(branches):
            return
        seen = 0
        for branch in branches:
            first = _chain(self._find_first(branch), follow)
            if first & seen:
                self._add_choice(place, len(branches).bit_length(), is_long=False)
                return
            seen |= first

    def _add_choice(self, place: _Place, choices: int, *, is_long: bool) -> None:
        self._estimate.choices += place.copies
        if place.in_long_repeat:
            self._estimate.is_exponential = True
        elif is_long:
            self._estimate.loose_repeats += place.rounds
        else:
            self._estimate.small_choices += choices * place.rounds


def _chain(first: int, follow: int) -> int:
    return (first & ~_EMPTY) | follow if first & _EMPTY else first


def _list_parts(name: str, value: Any) -> Sequence[Any]:
    """Return the sequences of nodes within a node, repeats and branches aside."""
    if name == "SUBPATTERN":
        return (value[3],)
    if name == "ATOMIC_GROUP":
        return (value,)
    if name == "BRANCH":
        return cast("Sequence[Any]", value[1])
    if name.startswith("ASSERT"):
        return (value[1],)
    if name == "GROUPREF_EXISTS":
        return tuple(one for one in value[1:] if one is not None)
    return ()


def _are_distinct_words(branches: Sequence[Any]) -> bool:
    """Return whether all are plain words, of which none begins with another."""
    words = []
    for branch in branches:
        if any(str(operation) != "LITERAL" for operation, _ in branch):
            return False
        words.append(tuple(value for _, value in branch))
    pairs = itertools.pairwise(sorted(words))
    return all(later[: len(word)] != word for word, later in pairs)


def _list_characters(name: str, value: Any) -> int:
    if name == "ANY":
        return _ALL & ~(1 << 10)
    if name in ("LITERAL", "RANGE"):
        return _cover(value, value) if name == "LITERAL" else _cover(*value)
    if name == "CATEGORY":
        return _CATEGORIES[str(value).rpartition("CATEGORY_")[2]]
    if name == "NOT_LITERAL":
        return _exclude([("LITERAL", value)])
    items = [(str(item), detail) for item, detail in value]
    if items[0][0] == "NEGATE":
        return _exclude(items[1:])
    return functools.reduce(int.__or__, (_list_characters(*one) for one in items))


def _exclude(items: list[tuple[str, Any]]) -> int:
    excluded = 0
    for name, value in items:
        found = _list_characters(name, value)
        # Letters beyond ASCII, for instance, are excluded only if all of them are.
        is_whole = name == "CATEGORY" and not str(value).endswith("DIGIT")
        excluded |= found if is_whole else found & _ASCII
    return _ALL & ~excluded


def _cover(first: int, last: int) -> int:
    """Return the characters of a range, in both cases: flags are not looked at."""
    found = _OTHERS if last > 127 else 0
    for code in range(first, min(last, 127) + 1):
        found |= 1 << code | 1 << ord(chr(code).swapcase())
    return found


def _collect(expression: str, others: int) -> int:
    matches = re.compile(expression).match
    return sum(1 << code for code in range(128) if matches(chr(code))) | others


def _parse(pattern: str) -> Any:
    # Python has no public parser; rstr uses this one as well.
    name = "re._parser" if sys.version_info[:2] >= (3, 11) else "sre_parse"
    return importlib.import_module(name).parse(pattern)


_CHOICE = compile_later(r"[*+{|]|(?<!\()\?")
_ASCII = (1 << 128) - 1
_OTHER_WORD, _OTHER_SPACE, _OTHER_REST = 1 << 128, 1 << 129, 1 << 130
_OTHERS = _OTHER_WORD | _OTHER_SPACE | _OTHER_REST
_ALL = _ASCII | _OTHERS
_EMPTY = 1 << 131
# These can be empty only if a part of them can. `(?(1)a)` has an empty part, too.
_CONTAINERS = frozenset(["ATOMIC_GROUP", "BRANCH", "SUBPATTERN"])
_CHARACTERS = frozenset(["ANY", "CATEGORY", "IN", "LITERAL", "NOT_LITERAL", "RANGE"])
_CATEGORIES = {
    "DIGIT": _collect(r"\d", _OTHER_WORD),
    "NOT_DIGIT": _collect(r"\D", _OTHERS),
    "SPACE": _collect(r"\s", _OTHER_SPACE),
    "NOT_SPACE": _collect(r"\S", _OTHER_WORD | _OTHER_REST),
    "WORD": _collect(r"\w", _OTHER_WORD),
    "NOT_WORD": _collect(r"\W", _OTHER_SPACE | _OTHER_REST),
}
_MOST_ROUNDS = 8
_UNLIMITED = 1_000_000_000  # Python's own number for `*` depends on the machine
_MOST_SMALL_CHOICES = 16
_MOST_STEPS = 10_000_000
_MOST_CHOICES = 10
_MOST_EXPONENTIAL_STEPS = 1_000_000
