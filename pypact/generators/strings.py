"""Generate strings that match a regular expression.

Source: docs/internals/specification.md, "7.1 Table" (Regex).
"""

from __future__ import annotations

import random
import string
from typing import Any

import rstr

from pypact.model.rules import MOST_CHARACTERS
from pypact.rules.bounded_match import FullMatch, MatchTimeoutError, compile_full_match
from pypact.rules.regex import compile_regex


def generate_matching_string(pattern: str, source: random.Random) -> str:
    """Generate a string that matches `pattern`; equal sources give equal strings."""
    compiled = compile_regex(pattern)
    writer = _StringBuilder(source, **_ALPHABETS)
    for _ in range(_ATTEMPTS):
        try:
            text = writer.xeger(compiled)
        except (KeyError, IndexError):  # the pattern has a construct unknown to rstr
            break
        if _matches(compile_full_match(pattern), text):
            return text
    raise ValueError(f"no string was found that matches '{pattern}'")


def _matches(full_match: FullMatch, text: str) -> object:
    try:
        return full_match(text)
    except MatchTimeoutError as error:
        raise ValueError(f"'{text}': {error}") from None


class _StringBuilder(rstr.Rstr):
    """rstr with fewer repeats, simple characters, and reproducible choices.

    For `[^a]`, rstr chooses from a set, whose order differs between processes.
    """

    def __init__(self, source: random.Random, **alphabets: str) -> None:
        super().__init__(source, **alphabets)
        self._repeats = 0
        self._cases = {
            **self._cases,
            # An assertion adds no characters; `fullmatch` checks it afterwards. It is
            # built all the same, as later parts may refer to its groups.
            "assert": lambda value: self._build_string(value[1])[:0],
            "not_literal": lambda code: self._choose_except([chr(code)]),
            "possessive_repeat": lambda value: self._handle_repeat(*value),
            "atomic_group": self._build_string,
        }

    def _handle_in(self, value: Any) -> Any:
        first, *others = map(_cut_range, value)
        if first[0].name == "NEGATE":
            # A state is a string or a list of characters.
            excluded = [c for state in others for c in self._handle_state(state)]
            return self._choose_except(excluded)
        # Of a property of Unicode, the first characters are enough.
        return super()._handle_in([first, *others][:_MOST_RANGES])

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> str:
        most = min(end_range, max(start_range, _MOST_REPEATS))
        times = self._random.randint(start_range, most)
        # Counted in all: repeats can be nested, and there are several attempts.
        self._repeats += times
        if self._repeats > MOST_CHARACTERS:
            raise ValueError(
                f"it has {self._repeats} repeats, at most {MOST_CHARACTERS} are made"
            )
        return "".join(self._build_string(value) for _ in range(times))

    def _choose_except(self, excluded: list[str]) -> str:
        left = [c for c in _PLAIN if c not in excluded] or [
            c for c in string.printable if c not in excluded
        ]
        return self._random.choice(left)


def _cut_range(item: Any) -> Any:
    """Return an item of a set; a range is cut to a length that can be listed."""
    name, value = item
    if name.name != "RANGE":
        return item
    return name, (value[0], min(value[1], value[0] + _MOST_CHARACTERS))


_MOST_CHARACTERS = 0x100
_MOST_RANGES = 50
_MOST_REPEATS = 20
_ATTEMPTS = 50
_PLAIN = string.ascii_letters + string.digits
_ALPHABETS = {
    "printable": _PLAIN,
    "word": _PLAIN,
    "nonwhitespace": _PLAIN,
    "nondigits": string.ascii_letters,
    "whitespace": " ",
    "nonword": "-",
}
