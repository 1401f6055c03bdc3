r"""Write regular expressions so that other tools read them.

What only Python has is written in the form that Oniguruma and Java share. Flags whose
meaning differs between the dialects are written out: `.` becomes `[\s\S]` below `(?s)`.

Source: docs/internals/regex.md, "Writing".
"""

from __future__ import annotations

import re

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later
from pypact.rules.regex import BLANK_OR_COMMENT, COMMENT_GROUP, QUOTED_LITERAL
from pypact.rules.regex_sets import SetReader, read_character


def write_portable_regex(text: str) -> str:
    """Return a regular expression without syntax that only Python has.

    An expression that is not valid is returned as far as it is understood.

    Raises: ValueError, if other tools have nothing of the same meaning.
    """
    return _Writer(text).write()


def escape_portably(text: str) -> str:
    """Return an expression that matches exactly this text.

    It escapes less than `re.escape`: other dialects do not accept a backslash before a
    hyphen, a quote or a blank.
    """
    return _SPECIAL.sub(r"\\\g<0>", text)


@dataclass(frozen=True, slots=True)
class _Flags:
    ascii: bool = False
    dot_all: bool = False
    multiline: bool = False
    extended: bool = False


class _Writer:
    """A writer of one expression, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        # The flags of each open group.
        self._flags = [_Flags()]
        self._has_names = _NAMED_GROUP.search(text) is not None

    def write(self) -> str:
        out = []
        while self._position < len(self._text):
            out.append(self._write_next())
        return "".join(out)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found

    def _write_next(self) -> str:
        flags = self._flags[-1]
        character = self._text[self._position]
        if self._take(COMMENT_GROUP) or (
            flags.extended and self._take(BLANK_OR_COMMENT)
        ):
            return ""
        if character == "\\":
            return self._write_escape(in_set=False)
        if character == "[":
            return self._write_set()
        if character == "(":
            return self._write_group()
        if found := self._take(_OPEN_INTERVAL):
            return f"{{0,{found[1]}}}"
        self._position += 1
        if character == ")" and len(self._flags) > 1:
            self._flags.pop()
        if flags.dot_all and character == ".":
            return r"[\s\S]"
        return _LINE_ANCHORS.get(character, character) if flags.multiline else character

    def _write_group(self) -> str:
        if found := self._take(_NAMED_REFERENCE):
            return rf"\k<{found[1]}>"
        if found := self._take(_FLAGS):
            if found[2] == ":":
                self._flags.append(self._flags[-1])
            added, _, removed = found[1].partition("-")
            changes = {name: True for flag, name in _NAMES.items() if flag in added}
            changes |= {name: False for flag, name in _NAMES.items() if flag in removed}
            self._flags[-1] = replace(self._flags[-1], **changes)
            kept = ("i" if "i" in added else "") + ("-i" if "i" in removed else "")
            return f"(?{kept}{found[2]}" if kept or found[2] == ":" else ""
        self._flags.append(self._flags[-1])
        if found := self._take(_NAMED_GROUP):
            return f"(?<{found[1]}>"
        self._position += 1
        return "("

    def _write_escape(self, *, in_set: bool) -> str:
        if found := self._take(_CHARACTER_NAME):
            import unicodedata  # noqa: PLC0415 -- only names need it

            try:
                return _write_character(ord(unicodedata.lookup(found[1])))
            except KeyError:
                raise ValueError(f"unknown character name '{found[1]}'") from None
        if found := self._take(_CODE_POINT):
            return _write_character(int(found[1] or found[2], 16))
        if self._take(_SURROGATES):
            start = self._position - len(r"\uD83D\uDE00")
            code = read_character(self._text, start)[0].code
            return _write_character(code or 0)
        if found := self._take(QUOTED_LITERAL):
            return escape_portably(found[1])
        if found := self._take(_PROPERTY):
            return rf"\{found[1]}{{{found[2] or ''}{found[3] or found[4]}}}"
        found = self._take(_ESCAPE)
        if found is None:  # a backslash at the end
            self._position += 1
            return "\\"
        letter = found[1]
        if letter.isdigit() and letter != "0" and self._has_names and not in_set:
            raise ValueError(
                f"'{found[0]}' together with named groups: other tools do not number "
                "groups then; give the group a name, too"
            )
        return self._write_class(letter, in_set=in_set)

    def _write_class(self, letter: str, *, in_set: bool) -> str:
        members = _ASCII_CLASSES.get(letter.lower())
        if not self._flags[-1].ascii or not (members or letter in "bB"):
            return f"\\{letter}"
        if members and not in_set:
            return f"[{'^' if letter.isupper() else ''}{members}]"
        if members and letter.islower():
            return members
        if in_set and letter == "b":
            return r"\b"
        raise ValueError(rf"'\{letter}' with the flag 'a' has no equal in other tools")

    def _write_set(self) -> str:
        reader = SetReader(self._text, self._position)
        try:
            reader.read()
            end = reader.position
        except ValueError:  # shown by the check of the expression
            end = len(self._text)
        out = ["["]
        self._position += 1
        while self._position < end:
            character = self._text[self._position]
            if character == "\\":
                out.append(self._write_escape(in_set=True))
            else:
                self._position += 1
                is_literal_bracket = character == "[" and not reader.nests
                out.append(r"\[" if is_literal_bracket else character)
        return "".join(out)


def _write_character(code: int) -> str:
    text = chr(code)
    if code > 0xFFFF or (text.isascii() and text.isalnum()):
        return text
    return f"\\u{code:04x}"


_NAMED_GROUP = compile_later(r"\(\?P?<([^\W\d]\w*)>")
_NAMED_REFERENCE = compile_later(r"\(\?P=(\w+)\)")
_FLAGS = compile_later(r"\(\?([aimsuxU]*(?:-[imsx]*)?)([:)])")
_OPEN_INTERVAL = compile_later(r"\{,(\d+)\}")
_CHARACTER_NAME = compile_later(r"\\N\{([^{}]+)\}")
_CODE_POINT = compile_later(r"\\U([0-9A-Fa-f]{8})|\\x([89A-Fa-f][0-9A-Fa-f])")
_SURROGATES = compile_later(
    r"\\u[dD][89aAbB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
)
_PROPERTY = compile_later(r"\\([pP])(?:\{(\^?)(?:Is)?(\w+)\}|([A-Z]))")
_ESCAPE = compile_later(r"\\(.)", re.DOTALL)
_SPECIAL = compile_later(r"[\\.^$|?*+()\[\]{}]")
_NAMES = {"a": "ascii", "s": "dot_all", "m": "multiline", "x": "extended"}
_LINE_ANCHORS = {"^": r"(?<![^\n])", "$": r"(?![^\n])"}
_ASCII_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
