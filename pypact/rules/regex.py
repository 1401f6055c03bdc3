"""Translate the regular expressions of contracts to Python.

Contracts contain regular expressions in the dialects of Java, Oniguruma and Rust; what
differs from Python's `re` is translated. They are always matched against the whole
value.

Source: docs/internals/specification.md, "6.3 Scalars" (regular expressions).
"""

from __future__ import annotations

import functools
import re
import sys
import warnings


@functools.lru_cache(maxsize=2048)
def compile_regex(text: str) -> re.Pattern[str]:
    """Compile a regular expression of a contract; use the result with `fullmatch`.

    Raises: ValueError with the reason, if the expression is invalid.
    """
    translated = _Translator(text).translate()
    try:
        with warnings.catch_warnings():
            # Python warns that `[[` and `--` in a set may change their meaning.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(translated)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


class _Translator:
    """A translator of one pattern to the syntax of Python, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._out: list[str] = []
        # The index in `_out` of the last atom, for a possessive quantifier.
        self._atom = 0
        self._groups: list[int] = []
        self._scoped_flags: list[int] = [0]
        self._atomic = 0

    def translate(self) -> str:
        while self._position < len(self._text):
            self._step()
        self._out.append(")" * self._scoped_flags[0])
        if self._atomic and _NUMBERED_REFERENCE.search(self._text):
            raise ValueError(
                "possessive quantifiers and atomic groups together with numbered "
                "references need Python 3.11"
            )
        return "".join(self._out)

    def _step(self) -> None:
        character = self._text[self._position]
        if character == "\\":
            self._begin_atom(self._read_escape(in_set=False))
        elif character == "[":
            self._begin_atom(self._read_set())
        elif character == "(":
            self._open_group()
        elif character == ")":
            self._close_group()
        elif character in "*+?{" and self._out:
            self._read_quantifier()
        else:
            self._position += 1
            self._begin_atom(r"\Z" if character == "$" else character)

    def _begin_atom(self, piece: str) -> None:
        self._atom = len(self._out)
        self._out.append(piece)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found

    def _open_group(self) -> None:
        if found := self._take(_INLINE_FLAGS):
            # Java: flags inside a group apply from there to the end of the group.
            self._out.append(f"(?{found[1]}:")
            self._scoped_flags[-1] += 1
            return
        self._groups.append(len(self._out))
        self._scoped_flags.append(0)
        if found := self._take(_NAMED_GROUP):
            self._out.append(f"(?P<{found[1]}>")
        elif self._take(_ATOMIC_GROUP):
            self._out.append(self._open_atomic())
        elif found := self._take(_SPECIAL_GROUP):
            self._out.append(found[0])
        else:
            self._position += 1
            self._out.append("(")

    def _open_atomic(self) -> str:
        if _NATIVE_ATOMIC:
            return "(?>"
        self._atomic += 1
        return f"(?=(?P<_atomic{self._atomic}>"

    def _close_group(self) -> None:
        self._position += 1
        flags = self._scoped_flags.pop() if self._groups else 0
        self._out.append(")" * flags)
        start = self._groups.pop() if self._groups else len(self._out)
        self._out.append(")")
        if start < len(self._out) and self._out[start].startswith("(?=(?P<_atomic"):
            name = self._out[start].partition("<")[2].rstrip(">")
            self._out.append(f")(?P={name})")
        self._atom = start

    def _read_quantifier(self) -> None:
        found = self._take(_QUANTIFIER)
        if found is None:  # a brace without a count is a literal brace
            self._position += 1
            self._begin_atom(r"\{")
            return
        quantifier, mode = found[1], found[2]
        if mode == "+" and not _NATIVE_ATOMIC:
            self._atomic += 1
            name = f"_atomic{self._atomic}"
            self._out.insert(self._atom, f"(?=(?P<{name}>")
            self._out.append(f"{quantifier}))(?P={name})")
        else:
            self._out.append(quantifier + mode)

    def _read_escape(self, *, in_set: bool) -> str:
        if found := self._take(_QUOTED_LITERAL):
            return re.escape(found[1])
        if found := self._take(_PROPERTY):
            name = (found["braced"] or found["letter"]).removeprefix("Is")
            return _translate_property(
                name, negated=found["kind"] == "P", in_set=in_set
            )
        if found := self._take(_CODE_POINT):
            return re.escape(chr(int(found[1] or found[2], 16)))
        if found := self._take(_NAMED_REFERENCE):
            return f"(?P={found[1]})"
        found = self._take(_ANY_ESCAPE)
        if found is None:
            raise ValueError("bad escape (end of pattern)")
        letter = found[1]
        if not in_set and letter in _ANCHORS:
            return _ANCHORS[letter]
        if letter in _ESCAPED_CLASSES:
            return (
                _ESCAPED_CLASSES[letter] if in_set else f"[{_ESCAPED_CLASSES[letter]}]"
            )
        if letter == "e":
            return r"\x1b"
        return found[0] if letter.isalnum() else re.escape(letter)

    def _read_set(self) -> str:
        self._position += 1
        out = ["["]
        if self._text[self._position : self._position + 1] == "^":
            self._position += 1
            out.append("^")
        first = True
        while self._position < len(self._text):
            character = self._text[self._position]
            if character == "]" and not first:
                self._position += 1
                return "".join([*out, "]"])
            out.append(self._read_set_item(character))
            first = False
        raise ValueError("unterminated character set")

    def _read_set_item(self, character: str) -> str:
        if character == "\\":
            return self._read_escape(in_set=True)
        if found := self._take(_POSIX):
            name = found["name"].capitalize()
            return _translate_property(name, negated=bool(found["not"]), in_set=True)
        if character == "[":
            return self._read_nested_set()
        if self._text.startswith("&&", self._position):
            raise ValueError("the intersection of character sets (&&) is not supported")
        self._position += 1
        return r"\]" if character == "]" else character

    def _read_nested_set(self) -> str:
        # Java: a set in a set is a union; a single bracket is a literal bracket.
        found = self._take(_UNION)
        if found is None:
            self._position += 1
            return r"\["
        return _Translator(found[0]).translate()[1:-1]


def _translate_property(name: str, *, negated: bool, in_set: bool) -> str:
    members = _PROPERTIES.get(name)
    if members is None:
        members = _list_unicode_members(name)
    if not in_set:
        return f"[^{members}]" if negated else f"[{members}]"
    if not negated:
        return members
    if name in _COMPLEMENTS:
        return _COMPLEMENTS[name]
    raise ValueError(f"the complement of {name!r} inside a set is not supported")


@functools.cache
def _list_unicode_members(name: str) -> str:
    """Return set members: the characters of a category, of the basic plane only."""
    import unicodedata  # noqa: PLC0415 -- only patterns with \p need it

    prefix = _CATEGORIES.get(name)
    if prefix is None:
        raise ValueError(f"unknown character class {name!r}")
    out: list[str] = []
    start = None
    for code in range(0x10000):
        if unicodedata.category(chr(code)).startswith(prefix):
            start = code if start is None else start
        elif start is not None:
            out.append(f"\\u{start:04x}-\\u{code - 1:04x}")
            start = None
    return "".join(out)


_NATIVE_ATOMIC: bool = sys.version_info[:2] >= (3, 11)
_INLINE_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_NAMED_GROUP = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_ATOMIC_GROUP = re.compile(r"\(\?>")
_SPECIAL_GROUP = re.compile(r"\(\?(?:<[=!]|[:=!]|[imsx]*(?:-[imsx]+)?:|#|P=)")
_QUANTIFIER = re.compile(r"([*+?]|\{\d*,?\d*\})([+?]?)")
_QUOTED_LITERAL = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_PROPERTY = re.compile(r"\\(?P<kind>[pP])(?:\{\^?(?P<braced>\w+)\}|(?P<letter>[A-Z]))")
_CODE_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})")
_NAMED_REFERENCE = re.compile(r"\\k<(\w+)>")
_ANY_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBERED_REFERENCE = re.compile(r"\\[1-9]")
_POSIX = re.compile(r"\[:(?P<not>\^?)(?P<name>[a-z]+):\]")
_UNION = re.compile(r"\[[^\[\]^\\][^\[\]\\]*\]")

# Outside of sets. Oniguruma and Java: \z is the end, \Z also matches before a final
# newline.
_ANCHORS = {"z": r"\Z", "Z": r"(?=\n?\Z)", "A": r"\A", "G": ""}

# Peers: \h is a hexadecimal digit in Oniguruma (Ruby) and a blank in Java; the dialect
# of a pattern is not known, so both are accepted.
_ESCAPED_CLASSES = {"h": r"0-9A-Fa-f \t", "R": r"\n\r\x0b\x0c\x85\u2028\u2029"}
_PROPERTIES = {
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Alnum": "A-Za-z0-9",
    "Upper": "A-Z",
    "Lower": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "Xdigit": "0-9A-Fa-f",
    "XDigit": "0-9A-Fa-f",
    "Space": r" \t\n\r\x0b\x0c",
    "Word": r"\w",
    "ASCII": r"\x00-\x7f",
    "Ascii": r"\x00-\x7f",
}
_COMPLEMENTS = {"Space": r"\S", "Digit": r"\D", "Word": r"\W"}

# The categories of Unicode by their other names, and by their own.
_CATEGORIES = {
    "Letter": "L",
    "Alphabetic": "L",
    "Number": "N",
    "Punctuation": "P",
    "Symbol": "S",
    "Uppercase": "Lu",
    "Lowercase": "Ll",
    **{
        name: name
        for name in re.findall(
            r"\w+",
            "L Lu Ll Lt Lm Lo N Nd Nl No M Mn Mc P Pd Ps Pe Pi Pf Po Pc "
            "S Sm Sc Sk So Z Zs Zl Zp C Cc Cf",
        )
    },
}
