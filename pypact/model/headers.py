"""Represent the headers of a request or response.

Source: semantics section 3.4, "Headers" (splitting of values).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

__all__ = ["Headers", "split_value"]

_ByName: TypeAlias = "dict[str, tuple[str, tuple[str, ...]]]"
"""Lower-case name → name as first written, and values."""


class Headers:
    """An ordered mapping of case-insensitive names to tuples of values.

    Names keep the case of their first occurrence. An empty tuple is an empty list in
    the pact file, which differs from a single empty value.
    """

    __slots__ = ("_lines", "_parsed")

    def __init__(self, items: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        self._lines: tuple[tuple[str, str], ...] = ()
        self._parsed: _ByName | None = {}
        for name, values in items:
            _add_values(self._parsed, name, tuple(values))

    @classmethod
    def from_lines(cls, lines: Iterable[tuple[str, str]]) -> Headers:
        """Create headers from lines as sent; the values of list headers are split."""
        headers = cls()
        # Parsed on first access: most requests are answered without reading them.
        headers._lines, headers._parsed = tuple(lines), None
        return headers

    @property
    def _by_name(self) -> _ByName:
        if self._parsed is None:
            parsed: _ByName = {}
            for name, value in self._lines:
                _add_values(parsed, name, split_value(name, value))
            # Two threads may both get here; their results are equal.
            self._parsed = parsed
        return self._parsed

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._by_name[name.lower()][1]

    def get(self, name: str) -> tuple[str, ...] | None:
        """Return the values of a header, or None without such a header."""
        found = self._by_name.get(name.lower())
        return None if found is None else found[1]

    def first(self, name: str) -> str | None:
        """Return the first value of a header, or None if it has no value."""
        values = self.get(name)
        return values[0] if values else None

    def items(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Iterate over the name and values of each header, in order."""
        return iter(self._by_name.values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """Iterate over (name, value) pairs, one for each value, as they are sent."""
        for name, values in self._by_name.values():
            for value in values:
                yield name, value

    def replacing(self, name: str, *values: str) -> Headers:
        """Return a copy with the header `name` set to `values`."""
        by_name = dict(self._by_name)
        first_name = by_name.get(name.lower(), (name, ()))[0]
        by_name[name.lower()] = first_name, values
        return Headers(by_name.values())

    def without(self, name: str) -> Headers:
        """Return a copy without the header `name`."""
        return Headers(item for item in self.items() if item[0].lower() != name.lower())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._values().items())))

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"

    def _values(self) -> Mapping[str, tuple[str, ...]]:
        return {key: values for key, (_, values) in self._by_name.items()}


def _add_values(by_name: _ByName, name: str, values: tuple[str, ...]) -> None:
    key = name.lower()
    first_name, before = by_name.get(key, (name, ()))
    by_name[key] = first_name, before + values


def split_value(name: str, value: str) -> tuple[str, ...]:
    """Split a header string into its values, if the header `name` is a list.

    Commas inside double quotes do not separate. An empty string is one empty value.
    """
    if "," not in value or name.lower() not in _SPLIT_AT_COMMAS:
        return (value.strip(),)
    return tuple(part.strip() for part in _COMMA.split(value))


# A comma followed by an even number of double quotes is outside of quotes.
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')

_SPLIT_AT_COMMAS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-expose-headers",
        "access-control-request-headers",
        "allow",
        "cache-control",
        "if-match",
        "if-none-match",
        "vary",
    }
)
