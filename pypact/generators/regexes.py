"""Which text fully matches this regular expression?

Source: semantics section 7.1, `Regex`: unbounded repeats are limited to 20.

This module imports `rstr`; so it is imported itself when it is first needed.
"""

from __future__ import annotations

import random
import string
from typing import Any

import rstr

from pypact.rules.patterns import compile_pattern

__all__ = ["text_for"]


def text_for(pattern: str, source: random.Random) -> str:
    """Make a text that fully matches `pattern`; equal sources give equal texts.

    Raises: ValueError, when the pattern is none, or no text was found for it.
    """
    compiled = compile_pattern(pattern)
    writer = _Writer(source, **_ALPHABETS)
    for _ in range(_ATTEMPTS):
        try:
            text = writer.xeger(compiled)
        except (KeyError, IndexError):  # rstr does not know what the pattern asks for
            break
        if compiled.fullmatch(text):
            return text
    raise ValueError(f"no text was found that matches '{pattern}'")


class _Writer(rstr.Rstr):
    """rstr with shorter repeats, plain characters, and the same choice in each process.

    rstr itself repeats up to 100 times, and for `[^a]` it chooses from a set, whose
    order differs between processes.
    """

    def __init__(self, source: random.Random, **alphabets: str) -> None:
        super().__init__(source, **alphabets)
        self._cases = {
            **self._cases,
            # What an assertion asks for stands beside it, and is tried afterwards; its
            # groups may be referred to.
            "assert": lambda value: self._build_string(value[1])[:0],
            "not_literal": lambda code: self._other_than([chr(code)]),
            "possessive_repeat": lambda value: self._handle_repeat(*value),
            "atomic_group": self._build_string,
        }

    def _handle_in(self, value: Any) -> Any:
        first, *others = value
        if first[0].name != "NEGATE":
            return super()._handle_in(value)
        # A state is a text of characters, or a list of them.
        excluded = [c for state in others for c in self._handle_state(state)]
        return self._other_than(excluded)

    def _handle_repeat(self, start_range: int, end_range: int, value: Any) -> str:
        most = min(end_range, max(start_range, _MOST_REPEATS))
        times = self._random.randint(start_range, most)
        return "".join(self._build_string(value) for _ in range(times))

    def _other_than(self, excluded: list[str]) -> str:
        left = [c for c in _PLAIN if c not in excluded] or [
            c for c in string.printable if c not in excluded
        ]
        return self._random.choice(left)


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
