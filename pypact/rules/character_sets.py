"""Compute sets of characters for regular expressions.

A set is a tuple of ranges of code points, in ascending order and without overlaps.
Properties have the meaning that Oniguruma gives them: the properties of Unicode, also
for `Alpha`, `Digit` and the like.

Source: docs/internals/regex.md, "Character sets".
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from pypact._lazy import compile_later
from pypact.rules import unicode_ranges

Ranges: TypeAlias = "tuple[tuple[int, int], ...]"

LAST = 0x10FFFF


def unite(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return the union of ranges in any order."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    """Return all characters that are not in `ranges`."""
    starts = [0, *(last + 1 for _, last in ranges)]
    ends = [*(first - 1 for first, _ in ranges), LAST]
    return tuple(pair for pair in zip(starts, ends, strict=True) if pair[0] <= pair[1])


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """Return the characters that are in both sets."""
    return complement(unite(complement(one) + complement(other)))


def write_members(ranges: Ranges) -> str:
    """Write a set as Python's `re` has it between the brackets."""
    return "".join(
        write_character(first)
        if first == last
        else f"{write_character(first)}-{write_character(last)}"
        for first, last in ranges
    )


def write_character(code: int) -> str:
    """Write a character so that it has no special meaning in Python's `re`."""
    text = chr(code)
    if text.isascii() and text.isalnum():
        return text
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@functools.cache
def find_property(name: str) -> Ranges:
    r"""Return the characters of a property, as written in `\p{…}`.

    Raises: ValueError, if the property is unknown.
    """
    key = _IGNORED.sub("", name.lower())
    key = _PREFIX.sub("", key)
    if key in unicode_ranges.SCRIPTS:
        return _read_ranges(unicode_ranges.SCRIPTS[key])
    if key in _PROPERTIES:
        return _PROPERTIES[key]()
    key = _LONG_NAMES.get(key, key)
    categories = _list_categories()
    found = [one for one in categories if one.lower().startswith(key)]
    if key == "lc":
        found = ["Lu", "Ll", "Lt"]
    if not found or not 1 <= len(key) <= 2:
        raise ValueError(f"the character class {name!r} is not supported")
    return unite(itertools.chain(*(categories[one] for one in found)))


def find_posix_class(name: str) -> Ranges:
    """Return the characters of a POSIX class, as written in `[[:name:]]`."""
    if name == "punct":  # Oniguruma: symbols only here, not in \p{Punct}
        return unite(find_property("P") + find_property("S"))
    if name not in _POSIX_NAMES:
        raise ValueError(f"the character class '[:{name}:]' is not supported")
    return find_property(name)


@functools.cache
def find_escaped_class(letter: str) -> Ranges:
    r"""Return the characters of `\d`, `\s` or `\w`, as Python's `re` has them."""
    if letter == "d":
        return find_property("Nd")
    matches: Callable[[str], object] = _PYTHON_CLASSES[letter]
    return _list_where(lambda code: bool(matches(chr(code))))


def _read_ranges(text: str) -> Ranges:
    pairs = (one.partition("-") for one in text.split())
    return tuple((int(first, 16), int(last or first, 16)) for first, _, last in pairs)


def _list_where(accepts: Callable[[int], bool]) -> Ranges:
    grouped = itertools.groupby(_USED_PLANES, accepts)
    runs = (list(codes) for accepted, codes in grouped if accepted)
    return tuple((run[0], run[-1]) for run in runs)


@functools.cache
def _list_categories() -> dict[str, Ranges]:
    import unicodedata  # noqa: PLC0415 -- only patterns with properties need it

    out: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for category, codes in itertools.groupby(
        map(unicodedata.category, map(chr, _USED_PLANES))
    ):
        end = start + sum(1 for _ in codes)
        out.setdefault(category, []).append((start, end - 1))
        start = end
    # The planes above: unassigned, tags and selectors, unassigned, private use.
    for first, last, category in _PLANES_ABOVE:
        out.setdefault(category, []).append((first, last))
    return {category: unite(ranges) for category, ranges in out.items()}


def _join(*names: str) -> Callable[[], Ranges]:
    return lambda: unite(itertools.chain(*map(find_property, names)))


def _except(*names: str) -> Callable[[], Ranges]:
    return lambda: complement(unite(itertools.chain(*map(find_property, names))))


def _find_alphabetic() -> Ranges:
    marks = _read_ranges(unicode_ranges.ALPHABETIC_MARKS)
    return unite(find_property("L") + find_property("Nl") + marks)


_USED_PLANES = range(0x40000)
_PLANES_ABOVE = (
    (0x40000, 0xE0000, "Cn"),
    (0xE0001, 0xE0001, "Cf"),
    (0xE0002, 0xE001F, "Cn"),
    (0xE0020, 0xE007F, "Cf"),
    (0xE0080, 0xE00FF, "Cn"),
    (0xE0100, 0xE01EF, "Mn"),
    (0xE01F0, 0xEFFFF, "Cn"),
    (0xF0000, 0xFFFFD, "Co"),
    (0xFFFFE, 0xFFFFF, "Cn"),
    (0x100000, 0x10FFFD, "Co"),
    (0x10FFFE, LAST, "Cn"),
)
_IGNORED = compile_later(r"[\s_-]")
_PREFIX = compile_later(r"(script|sc|generalcategory|gc)=|is")
_POSIX_NAMES = frozenset(
    re.findall(
        r"\w+",
        "alnum alpha ascii blank cntrl digit graph lower print space upper word xdigit",
    )
)
_PYTHON_CLASSES: dict[str, Callable[[str], object]] = {
    "s": str.isspace,
    "w": lambda text: text.isalnum() or text == "_",
}
_PROPERTIES: dict[str, Callable[[], Ranges]] = {
    "alnum": _join("Alpha", "Nd"),
    "alpha": _find_alphabetic,
    "alphabetic": _find_alphabetic,
    "any": lambda: ((0, LAST),),
    "ascii": lambda: ((0, 0x7F),),
    "assigned": _except("Cn"),
    "blank": lambda: unite(((9, 9), *find_property("Zs"))),
    "cntrl": _join("Cc"),
    "digit": _join("Nd"),
    "graph": _except("Space", "Cc", "Cn", "Cs"),
    "lower": lambda: _list_where(lambda code: chr(code).islower()),
    "lowercase": lambda: find_property("lower"),
    "print": _join("Graph", "Zs"),
    "punct": _join("P"),
    "space": lambda: unite(((9, 13), (0x85, 0x85), *find_property("Z"))),
    "upper": lambda: _list_where(lambda code: chr(code).isupper()),
    "uppercase": lambda: find_property("upper"),
    "whitespace": lambda: find_property("space"),
    "word": _join("Alpha", "M", "N", "Pc"),
    "xdigit": lambda: ((48, 57), (65, 70), (97, 102)),
}

# The long names of the categories of Unicode.
_LONG_NAMES = dict(
    re.findall(
        r"(\w+)=(\w+)",
        """
        letter=l casedletter=lc uppercaseletter=lu lowercaseletter=ll titlecaseletter=lt
        modifierletter=lm otherletter=lo mark=m nonspacingmark=mn spacingmark=mc
        enclosingmark=me number=n decimalnumber=nd letternumber=nl othernumber=no
        punctuation=p connectorpunctuation=pc dashpunctuation=pd openpunctuation=ps
        closepunctuation=pe initialpunctuation=pi finalpunctuation=pf
        otherpunctuation=po symbol=s mathsymbol=sm currencysymbol=sc modifiersymbol=sk
        othersymbol=so separator=z spaceseparator=zs lineseparator=zl
        paragraphseparator=zp other=c control=cc format=cf surrogate=cs privateuse=co
        unassigned=cn
        """,
    )
)
