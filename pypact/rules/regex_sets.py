"""Translate the character sets and escaped characters of regular expressions.

Sets of Ruby and Java can be nested, which is a union, and intersected by `&&`. Python's
`re` has neither, so that such sets are computed.

Source: docs/internals/regex.md, "Character sets".
"""

from __future__ import annotations

import re

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.rules.character_sets import (
    Ranges,
    complement,
    find_escaped_class,
    find_posix_class,
    find_property,
    intersect,
    unite,
    write_character,
    write_members,
)


@dataclass(frozen=True, slots=True)
class Piece:
    r"""A character, or a class of characters such as `\d`."""

    code: int | None = None
    ranges: Ranges = ()
    # The letter of a class that Python's `re` has too; it is written as it is.
    letter: str = ""

    def write_alone(self) -> str:
        """Return the expression outside of a set."""
        if self.code is not None:
            return re.escape(chr(self.code))
        return f"\\{self.letter}" if self.letter else f"[{self.write_member()}]"

    def write_member(self) -> str:
        """Return the expression inside of a set."""
        if self.code is not None:
            return write_character(self.code)
        return f"\\{self.letter}" if self.letter else write_members(self.ranges)

    def list_ranges(self) -> Ranges:
        """Return the characters."""
        if self.code is not None:
            return ((self.code, self.code),)
        if not self.letter:
            return self.ranges
        ranges = find_escaped_class(self.letter.lower())
        return complement(ranges) if self.letter.isupper() else ranges


def read_character(
    text: str, position: int, *, in_set: bool = False
) -> tuple[Piece, int]:
    """Read a character or an escape; return it and the position after it.

    Raises: ValueError, if the escape is incomplete or not supported.
    """
    if text[position] != "\\":
        return Piece(ord(text[position])), position + 1
    if found := _SURROGATES.match(text, position):
        high, low = (int(digits, 16) for digits in found.groups())
        code = 0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00
        return Piece(code), found.end()
    if found := _CODE_POINT.match(text, position):
        code = int(next(filter(None, found.groups())), 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise ValueError(f"'{found[0]}' is not a character")
        return Piece(code), found.end()
    if found := _PROPERTY.match(text, position):
        ranges = find_property(found["name"] or found["letter"])
        negated = (found["kind"] == "P") != bool(found["not"])
        return Piece(ranges=complement(ranges) if negated else ranges), found.end()
    if found := _CONTROL.match(text, position):
        code = 0x7F if found[1] == "?" else ord(found[1]) & 0x1F
        return Piece(code), found.end()
    if found := (_OCTAL_IN_SET if in_set else _OCTAL).match(text, position):
        return Piece(int(found[1], 8)), found.end()
    letter = text[position + 1 : position + 2]
    if not letter:
        raise ValueError("bad escape (end of pattern)")
    if letter in _INCOMPLETE:
        raise ValueError(rf"incomplete escape '\{letter}'")
    return _read_letter(letter, in_set=in_set), position + 2


def _read_letter(letter: str, *, in_set: bool) -> Piece:
    if letter in _CLASSES:
        return Piece(letter=letter)
    if letter == "h":
        # Peers: \h is a hexadecimal digit in Oniguruma (Ruby) and a blank in Java; the
        # dialect of a pattern is not known, so both are accepted.
        return Piece(ranges=_HEXADECIMAL_OR_BLANK)
    if letter == "H":
        raise ValueError(r"'\H' is not supported")
    if letter == "b" and in_set:
        return Piece(0x08)
    return Piece(_CHARACTERS.get(letter, ord(letter)))


@dataclass(slots=True)
class _Set:
    """A set: the intersection of `operands`, each of which is a union."""

    negated: bool
    operands: list[list[Piece | _Set]]
    # Members in the syntax of Python, if the set needs no computation.
    members: list[str] | None

    def write(self) -> str:
        """Return the set in the syntax of Python."""
        if self.members:
            return f"[{'^' if self.negated else ''}{''.join(self.members)}]"
        ranges = self.list_ranges()
        # An empty pair of brackets is not a valid set: no character at all.
        return f"[{write_members(ranges)}]" if ranges else r"[^\s\S]"

    def list_ranges(self) -> Ranges:
        """Return the characters."""
        found: Ranges | None = None
        for operand in self.operands:
            union = unite(pair for part in operand for pair in part.list_ranges())
            found = union if found is None else intersect(found, union)
        return complement(found or ()) if self.negated else found or ()


class SetReader:
    """A reader of one set; after `read`, `position` is that after the set.

    `ranges_read` is the number of ranges in the classes of the set.
    """

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.ranges_read = 0
        self._start = self.position = position
        self.nests = True

    def read(self) -> str:
        """Return the set in the syntax of Python.

        Raises: ValueError, if the set is not valid.
        """
        try:
            return self._read_set().write()
        except _UnterminatedSetError:
            # JavaScript and Python: a bracket inside of a set is a literal bracket.
            self.position, self.nests = self._start, False
            return self._read_set().write()

    def _read_set(self) -> _Set:
        self.position += 1
        found = _Set(self._skip("^"), [[]], [])
        start = self.position
        while self.position < len(self._text):
            # A closing bracket at the start is a literal bracket.
            if self.position > start and self._skip("]"):
                return found
            if self._skip("&&"):
                found.operands.append([])
                found.members = None
            else:
                self._read_item(found)
        raise _UnterminatedSetError("unterminated character set")

    def _read_item(self, found: _Set) -> None:
        if posix := _POSIX.match(self._text, self.position):
            self.position = posix.end()
            ranges = find_posix_class(posix["name"])
            self.ranges_read += len(ranges)
            _add(found, Piece(ranges=complement(ranges) if posix["not"] else ranges))
        elif quoted := _QUOTED_LITERAL.match(self._text, self.position):
            self.position = quoted.end()
            for character in quoted[1]:
                _add(found, Piece(ord(character)))
        elif self.nests and self._text[self.position] == "[":
            inner = self._read_set()
            found.operands[-1].append(inner)
            if found.members is None or inner.negated or inner.members is None:
                found.members = None
            else:
                found.members += inner.members
        else:
            self._read_range(found)

    def _read_range(self, found: _Set) -> None:
        low = self._read_piece()
        after = self._text[self.position : self.position + 2]
        if not after.startswith("-") or after in ("-]", "-[", "-"):
            _add(found, low)
            return
        self.position += 1
        high = self._read_piece()
        if low.code is None or high.code is None or low.code > high.code:
            raise ValueError(
                f"bad character range {low.write_member()}-{high.write_member()}"
            )
        _add(found, Piece(ranges=((low.code, high.code),)))

    def _read_piece(self) -> Piece:
        piece, self.position = read_character(self._text, self.position, in_set=True)
        # The letters are those of `\w` and the like.
        self.ranges_read += _RANGES_OF_LETTER if piece.letter else len(piece.ranges)
        return piece

    def _skip(self, token: str) -> bool:
        if not self._text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True


class _UnterminatedSetError(ValueError):
    """A set that is not closed."""


def _add(found: _Set, piece: Piece) -> None:
    found.operands[-1].append(piece)
    if found.members is not None:
        found.members.append(piece.write_member())


_SURROGATES = compile_later(
    r"\\u([dD][89aAbB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"
)
_CODE_POINT = compile_later(
    r"\\x\{([0-9A-Fa-f]{1,8})\}|\\x([0-9A-Fa-f]{1,2})|\\u([0-9A-Fa-f]{4})"
)
_PROPERTY = compile_later(
    r"\\(?P<kind>[pP])(?:\{(?P<not>\^?)(?P<name>[^{}]+)\}|(?P<letter>[A-Z]))"
)
_CONTROL = compile_later(r"\\(?:c|C-)([@-_a-z?])")
_OCTAL = compile_later(r"\\(0[0-7]{0,2})")
_OCTAL_IN_SET = compile_later(r"\\([0-3]?[0-7]{1,2})")
_POSIX = compile_later(r"\[:(?P<not>\^?)(?P<name>[a-z]+):\]")
_QUOTED_LITERAL = compile_later(r"\\Q(.*?)\\E", re.DOTALL)
_CLASSES = frozenset("dDsSwW")
_RANGES_OF_LETTER = 400
_CHARACTERS = {"a": 7, "e": 0x1B, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_INCOMPLETE = frozenset("xupPcC")
_HEXADECIMAL_OR_BLANK = unite(
    [
        *((48, 57), (65, 70), (97, 102)),
        *((9, 9), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E)),
        *((0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)),
    ]
)
