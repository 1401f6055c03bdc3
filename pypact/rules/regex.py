"""Translate the regular expressions of contracts to Python.

Contracts contain regular expressions in the dialects of Ruby (Oniguruma, used by the
official core), Java, JavaScript, Rust and Python. What differs from Python's `re` is
translated. They are always matched against the whole value.

Source: docs/internals/regex.md, "What is translated".
"""

from __future__ import annotations

import functools
import re
import sys
import warnings
from collections.abc import Callable

from pypact._dataclasses import dataclass, field
from pypact._lazy import compile_later
from pypact.rules.character_sets import (
    complement,
    find_property,
    unite,
    write_members,
)
from pypact.rules.regex_sets import SetReader, read_character


@functools.lru_cache(maxsize=2048)
def compile_regex(text: str) -> re.Pattern[str]:
    """Compile a regular expression of a contract; use the result with `fullmatch`.

    Raises: ValueError with the reason, if the expression is invalid.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"the expression has more than {_LONGEST:,} characters")
    try:
        translated = _Translator(text).translate()
        if count_members(translated) > _MOST_MEMBERS:
            raise ValueError(
                "the expression is too large: its sets have more than "
                f"{_MOST_MEMBERS:,} characters"
            )
        with warnings.catch_warnings():
            # Python warns that `[[` and `--` in a set may change their meaning.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(translated)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


@dataclass(slots=True)
class _Group:
    """An open group; `start` is its index in the output."""

    start: int = 0
    extended: bool = False
    multiline: bool = False
    opening: str = "("
    # Groups that are opened by inline flags, and close together with this one.
    flag_groups: int = 0
    # Indexes in the output of the bars between the alternatives.
    bars: list[int] = field(default_factory=list)


class _Translator:
    """A translator of one pattern to the syntax of Python, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._out: list[str] = []
        # The index in `_out` of the last atom, for quantifiers.
        self._atom = 0
        self._quantifier = ""
        self._groups = [_Group()]
        self._names: set[str] = set()
        self._captures = 0
        self._has_numbered_references = False
        self._atomic = 0
        self._written = 0

    def translate(self) -> str:
        while self._position < len(self._text):
            self._step()
        if len(self._groups) > 1:
            raise ValueError("missing ), unterminated group")
        self._out.append(")" * self._groups[0].flag_groups)
        if self._atomic and self._has_numbered_references:
            raise ValueError(
                "possessive quantifiers and atomic groups together with numbered "
                "references need Python 3.11"
            )
        return "".join(self._out)

    def _step(self) -> None:
        character = self._text[self._position]
        group = self._groups[-1]
        if group.extended and self._take(BLANK_OR_COMMENT):
            return
        if character == "\\":
            self._read_escape()
        elif character == "[":
            reader = SetReader(self._text, self._position)
            self._begin_atom(reader.read())
            self._position = reader.position
            # Sets that are computed take time even if little is written in the end.
            self._written += reader.ranges_read
        elif character == "(":
            self._open_group()
        elif character == ")":
            self._close_group()
        elif character in "*+?{" and self._out:
            self._read_quantifier()
        else:
            self._position += 1
            if character == "|":
                group.bars.append(len(self._out))
            elif character in "^$" and group.multiline:
                character = f"(?m:{character})"
            elif character == "$":
                character = r"\Z"
            self._begin_atom(character)

    def _begin_atom(self, piece: str) -> None:
        self._atom = len(self._out)
        self._quantifier = ""
        self._out.append(piece)
        self._written += len(piece)
        if self._written > _LONGEST_TRANSLATION:
            # Such as many properties of Unicode, with hundreds of ranges each.
            raise ValueError(
                "the expression is too large: it has more than "
                f"{_LONGEST_TRANSLATION:,} characters with its sets written out"
            )

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found

    def _open_group(self) -> None:
        if self._take(COMMENT_GROUP):
            return
        if found := self._take(_PYTHON_REFERENCE):
            self._begin_atom(found[0])
            return
        outer = self._groups[-1]
        if found := self._take(_INLINE_FLAGS):
            # Ruby: flags inside a group apply from there to the end of the group.
            self._begin_atom(_read_flags(found, outer))
            outer.flag_groups += 1
            return
        group = _Group(len(self._out), outer.extended, outer.multiline)
        if found := self._take(_SCOPED_FLAGS):
            group.opening = _read_flags(found, group)
        elif found := self._take(_NAMED_GROUP):
            group.opening = self._name_group(found[1] or found[2])
        elif self._take(_ATOMIC_GROUP):
            group.opening = self._open_atomic()
        elif found := self._take(_SPECIAL_GROUP):
            group.opening = found[0]
        elif found := self._take(_CONDITION):
            self._has_numbered_references |= found[1].isdigit()
            group.opening = f"(?({found[1].strip(_NAME_QUOTES)})"
        elif self._text.startswith("(?", self._position):
            construct = self._text[self._position : self._position + 4]
            raise ValueError(f"the group '{construct}…' is not supported")
        else:
            self._position += 1
            self._captures += 1
        self._groups.append(group)
        self._begin_atom(group.opening)

    def _name_group(self, name: str) -> str:
        self._captures += 1
        if name not in self._names:
            self._names.add(name)
            return f"(?P<{name}>"
        if re.search(rf"\\k[<']{name}|\(\?P=", self._text):
            raise ValueError(f"references to '{name}', the name of two groups")
        return "("

    def _open_atomic(self) -> str:
        if _NATIVE_ATOMIC:
            return "(?>"
        self._atomic += 1
        return f"(?=(?P<_atomic{self._atomic}>"

    def _close_atomic(self, opening: str) -> str:
        name = opening.partition("<")[2].rstrip(">")
        return f"))(?P={name})" if name else ")"

    def _close_group(self) -> None:
        self._position += 1
        if len(self._groups) == 1:
            raise ValueError("unbalanced parenthesis")
        group = self._groups.pop()
        self._out.append(")" * group.flag_groups)
        if group.opening in _LOOKBEHINDS and group.bars and not group.flag_groups:
            # Python requires that all alternatives have the same length.
            self._out[group.start] = f"(?:{group.opening}"
            for bar in group.bars:
                self._out[bar] = _LOOKBEHINDS[group.opening]
            self._out.append("))")
        elif "_atomic" in group.opening:
            self._out.append(self._close_atomic(group.opening))
        else:
            self._out.append(")")
        self._atom = group.start
        self._quantifier = ""

    def _read_quantifier(self) -> None:
        found = self._take(_QUANTIFIER)
        if found is None:  # a brace without a count is a literal brace
            self._position += 1
            self._begin_atom(r"\{")
            return
        if self._out[self._atom] in _ASSERTIONS and self._atom < len(self._out) - 1:
            raise ValueError("the target of a repeat is an assertion")
        quantifier, mode = found[0], self._read_mode(found[0])
        if self._quantifier in _SIMPLE and quantifier in _SIMPLE and not mode:
            self._out[-1] = "*"
        else:
            if self._quantifier:
                self._out.insert(self._atom, "(?:")
                self._out.append(")")
            self._append_quantifier(quantifier, mode)
        self._quantifier = quantifier + mode

    def _read_mode(self, quantifier: str) -> str:
        # Ruby: an interval is never possessive, and `{n}?` is an optional `{n}`.
        following = self._text[self._position : self._position + 1]
        modes = "+?" if quantifier in _SIMPLE else "?" if "," in quantifier else ""
        if not following or following not in modes:
            return ""
        self._position += 1
        return following

    def _append_quantifier(self, quantifier: str, mode: str) -> None:
        if mode == "+" and not _NATIVE_ATOMIC:
            opening = self._open_atomic()
            self._out.insert(self._atom, opening)
            self._out.append(quantifier + self._close_atomic(opening))
        else:
            self._out.append(quantifier + mode)

    def _read_escape(self) -> None:
        if found := self._take(QUOTED_LITERAL):
            self._begin_atom(re.escape(found[1]))
        elif found := self._take(_NAMED_REFERENCE):
            self._begin_atom(self._refer(found[1] or found[2]))
        elif found := self._take(_NUMBERED_REFERENCE):
            self._read_number(found)
        elif found := self._take(_SPECIAL_ESCAPE):
            self._read_special_escape(found[1])
        else:
            piece, self._position = read_character(self._text, self._position)
            self._begin_atom(piece.write_alone())

    def _read_special_escape(self, letter: str) -> None:
        if letter in _UNSUPPORTED_ESCAPES:
            meaning = _UNSUPPORTED_ESCAPES[letter]
            raise ValueError(rf"'\{letter}' ({meaning}) is not supported")
        if letter in _ATOMIC_ESCAPES:
            opening = self._open_atomic()
            alternatives = _ATOMIC_ESCAPES[letter]()
            self._begin_atom(opening + alternatives + self._close_atomic(opening))
        else:
            self._begin_atom(_ANCHORS[letter])

    def _refer(self, name: str) -> str:
        if not name.lstrip("-").isdigit():
            return f"(?P={name})"
        self._has_numbered_references = True
        number = int(name)
        if number < 0:  # counted back from the last group
            number += self._captures + 1
        if number < 1:
            raise ValueError(f"invalid group reference {name}")
        return rf"(?:\{number})"

    def _read_number(self, found: re.Match[str]) -> None:
        digits = found[1]
        if int(digits) <= max(self._captures, 9):
            self._begin_atom(self._refer(digits))
            return
        # Not a group: up to three octal digits, and the rest are digits.
        octal = _OCTAL.match(digits)
        if octal is None:
            raise ValueError(f"invalid group reference {digits}")
        self._position = found.start(1) + octal.end()
        self._begin_atom(re.escape(chr(int(octal[0], 8))))


def _read_flags(found: re.Match[str], group: _Group) -> str:
    """Return the opening of a group with flags; those not of Python are set in it."""
    added, _, removed = found[1].partition("-")
    group.extended = ("x" in added or group.extended) and "x" not in removed
    group.multiline = ("m" in added or group.multiline) and "m" not in removed
    kept = [re.sub("[^ais]", "", flags) for flags in (added, removed)]
    return f"(?{'-'.join(kept) if kept[1] else kept[0]}:"


@functools.lru_cache(maxsize=16)
def count_members(translated: str) -> int:
    """Return how many characters the large ranges of sets have.

    Python's `re` visits each of them when it compiles an expression.
    """
    if "-\\u" not in translated and "-\\U" not in translated:
        return 0
    return sum(
        max(0, min(_read_code(last), 0xFFFF) - _read_code(first))
        for first, last in _LARGE_RANGE.findall(translated)
    )


def _read_code(written: str) -> int:
    return ord(written) if len(written) == 1 else int(written[2:], base=16)  # noqa: FURB166 -- it has no prefix `0x`


def _write_cluster() -> str:
    """Return the alternatives of an extended grapheme cluster, slightly simplified."""
    marks = write_members(unite(find_property("M") + _JOINERS_AND_MODIFIERS))
    symbols = write_members(unite(find_property("So") + _OTHER_PICTURES))
    controls = unite(find_property("Cc") + find_property("Zl") + find_property("Zp"))
    others = write_members(complement(controls))
    return (
        rf"\r\n|(?:[\U0001f1e6-\U0001f1ff]{{2}}|{_HANGUL}|"
        rf"[{symbols}](?:[{marks}]*\u200d[{symbols}])*|[{others}])[{marks}]*|[\s\S]"
    )


_LONGEST = 10_000
_LONGEST_TRANSLATION = 100_000
_MOST_MEMBERS = 1_000_000
_LARGE_RANGE = compile_later(
    r"(\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|[0-9A-Za-z])-(\\u[0-9a-f]{4}|\\U[0-9a-f]{8})"
)
_NATIVE_ATOMIC: bool = sys.version_info[:2] >= (3, 11)
_NAME_QUOTES = "<>'"
BLANK_OR_COMMENT = compile_later(r"\s+|#[^\n]*")
COMMENT_GROUP = compile_later(r"\(\?#(?:\\.|[^)\\])*\)", re.DOTALL)
# a and u are Python's, U and u Java's; characters are Unicode's in any case.
_INLINE_FLAGS = compile_later(r"\(\?([aimsuxU]*(?:-[imsx]*)?)\)")
_SCOPED_FLAGS = compile_later(r"\(\?([aimsuxU]*(?:-[imsx]*)?):")
_NAMED_GROUP = compile_later(r"\(\?(?:P?<([^\W\d]\w*)>|'([^\W\d]\w*)')")
_ATOMIC_GROUP = compile_later(r"\(\?>")
_CONDITION = compile_later(r"\(\?\((\d+|<\w+>|'\w+'|\w+)\)")
_SPECIAL_GROUP = compile_later(r"\(\?(?:<[=!]|[=!])")
_QUANTIFIER = compile_later(r"[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\}")
QUOTED_LITERAL = compile_later(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_NAMED_REFERENCE = compile_later(r"\\k(?:<(-?\w+)>|'(-?\w+)')")
_PYTHON_REFERENCE = compile_later(r"\(\?P=\w+\)")
_NUMBERED_REFERENCE = compile_later(r"\\([1-9]\d*)")
_OCTAL = compile_later(r"[0-3]?[0-7]{1,2}")
_SPECIAL_ESCAPE = compile_later(r"\\([AzZGKbBNORXyYgkHM])")
_SIMPLE = frozenset("*+?")
_ASSERTIONS = frozenset(["(?=", "(?!", "(?<=", "(?<!"])
_LOOKBEHINDS = {"(?<=": ")|(?<=", "(?<!": ")(?<!"}

# Oniguruma and Java: \z is the end, \Z also matches before a final newline.
_ANCHORS = {
    "A": r"\A",
    "b": r"\b",
    "B": r"(?!\b)",  # Python's \B before 3.14 does not match an empty string
    "G": "",
    "K": "",
    "N": r"[^\n]",
    "O": r"[\s\S]",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
}
_ATOMIC_ESCAPES: dict[str, Callable[[], str]] = {
    "R": lambda: r"\r\n|[\n\x0b\x0c\r\x85\u2028\u2029]",
    "X": functools.cache(_write_cluster),
}
_UNSUPPORTED_ESCAPES = {
    "g": "calls of groups",
    "k": "a reference without a name",
    "H": "not hexadecimal in Ruby, not blank in Java",
    "M": "meta characters",
    "y": "text boundaries",
    "Y": "text boundaries",
}
_JOINERS_AND_MODIFIERS = ((0x200C, 0x200D), (0x1F3FB, 0x1F3FF))
_OTHER_PICTURES = ((0x203C, 0x203C), (0x2049, 0x2049), (0x2194, 0x2199))
_HANGUL = r"[\u1100-\u115f]*[\u1160-\u11a7\uac00-\ud7a3][\u1160-\u11ff]*"
