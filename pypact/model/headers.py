"""Which headers does a message have, and which values has each?

Source: semantics section 3.4, "Headers" (splitting of values).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

__all__ = ["Headers", "split_value"]

_ByName: TypeAlias = "dict[str, tuple[str, tuple[str, ...]]]"
"""Name in lower case → name as it was first spelled, and values."""


class Headers:
    """An ordered mapping name → tuple of values; names ignore case.

    The spelling of a name's first occurrence is kept. A value that is an empty tuple is
    an empty list in the file, which is not the same as one empty value.
    """

    __slots__ = ("_lines", "_read")

    def __init__(self, items: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        self._lines: tuple[tuple[str, str], ...] = ()
        self._read: _ByName | None = {}
        for name, values in items:
            _put(self._read, name, tuple(values))

    @classmethod
    def from_lines(cls, lines: Iterable[tuple[str, str]]) -> Headers:
        """Take header lines as they were sent, splitting where the name allows."""
        made = cls()
        # Read when first asked for: most requests are answered without a look at them.
        made._lines, made._read = tuple(lines), None
        return made

    @property
    def _by_name(self) -> _ByName:
        if self._read is None:
            read: _ByName = {}
            for name, value in self._lines:
                _put(read, name, split_value(name, value))
            # Two threads may both do it: what they read is alike.
            self._read = read
        return self._read

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._by_name[name.lower()][1]

    def get(self, name: str) -> tuple[str, ...] | None:
        """The values of a header, or None where there is no such header."""
        found = self._by_name.get(name.lower())
        return None if found is None else found[1]

    def first(self, name: str) -> str | None:
        """The first value of a header, or None where there is none."""
        values = self.get(name)
        return values[0] if values else None

    def items(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Name and values of each header, in order."""
        return iter(self._by_name.values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """One (name, value) for each value, as they are sent."""
        for name, values in self._by_name.values():
            for value in values:
                yield name, value

    def replacing(self, name: str, *values: str) -> Headers:
        """The same headers with `name` set to `values`."""
        by_name = dict(self._by_name)
        spelled = by_name.get(name.lower(), (name, ()))[0]
        by_name[name.lower()] = spelled, values
        return Headers(by_name.values())

    def without(self, name: str) -> Headers:
        """The same headers without `name`."""
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


def _put(by_name: _ByName, name: str, values: tuple[str, ...]) -> None:
    key = name.lower()
    spelled, before = by_name.get(key, (name, ()))
    by_name[key] = spelled, before + values


def split_value(name: str, value: str) -> tuple[str, ...]:
    """Split one header text into its values where the header `name` is a list.

    Commas inside double quotes do not split. An empty text is one empty value.
    """
    if "," not in value or name.lower() not in _SPLIT_AT_COMMAS:
        return (value.strip(),)
    return tuple(part.strip() for part in _COMMA.split(value))


# A comma that an even number of double quotes follows is outside of quotes.
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
