"""Which parameters does a query have?

Source: semantics sections 2.4, "Parsing a query string", and 3.3, "Query".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_to_bytes

__all__ = ["Query", "decode_component", "split_pairs"]


class Query:
    """An ordered mapping name → tuple of values; a value None is a name without `=`.

    `text` is the query as it was written (v1, v2) or sent, undecoded, where there is
    one; it does not count in comparing two queries, unless both are `ordered`.
    `ordered` is true of an expected query of specification v1, whose pieces are
    compared in their order.
    """

    __slots__ = ("_by_name", "ordered", "text")

    def __init__(
        self,
        items: Iterable[tuple[str, Iterable[str | None]]] = (),
        *,
        text: str | None = None,
        ordered: bool = False,
    ) -> None:
        by_name: dict[str, tuple[str | None, ...]] = {}
        for name, values in items:
            by_name[name] = by_name.get(name, ()) + tuple(values)
        self._by_name = by_name
        self.text = text
        self.ordered = ordered

    @classmethod
    def from_text(cls, text: str, *, ordered: bool = False) -> Query:
        """Read an undecoded query, as it stands behind the `?`."""
        pairs = ((name, (value,)) for name, value in split_pairs(text))
        return cls(pairs, text=text, ordered=ordered)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> tuple[str | None, ...]:
        return self._by_name[name]

    def get(self, name: str) -> tuple[str | None, ...] | None:
        """The values of a parameter, or None where there is no such parameter."""
        return self._by_name.get(name)

    def items(self) -> Iterable[tuple[str, tuple[str | None, ...]]]:
        """Name and values of each parameter, in order."""
        return self._by_name.items()

    def replacing(self, name: str, *values: str | None) -> Query:
        """The same parameters with `name` set to `values`; the text is given up."""
        return Query({**self._by_name, name: values}.items(), ordered=self.ordered)

    def encoded(self) -> str:
        """The query as it is sent: `text` as it is, else the parameters in order."""
        if self.text is not None:
            return self.text
        return "&".join(
            quote(name, safe="")
            if value is None
            else f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, values in self._by_name.items()
            for value in values
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        if self.ordered != other.ordered:
            return False
        if self.ordered and self.text != other.text:
            return False
        return self._by_name == other._by_name

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._by_name)))

    def __repr__(self) -> str:
        return f"Query({list(self._by_name.items())!r})"


def split_pairs(text: str) -> list[tuple[str, str | None]]:
    """Split an encoded query or form into decoded pairs, leaving out empty pieces."""
    pairs = []
    for piece in text.split("&"):
        if piece:
            name, equals, value = piece.partition("=")
            pairs.append(
                (decode_component(name), decode_component(value) if equals else None)
            )
    return pairs


def decode_component(text: str) -> str:
    """Decode `+` and `%hh`; invalid escapes and bytes that are not UTF-8 stay raw."""
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    try:
        return unquote_to_bytes(spaced).decode("utf-8")
    except UnicodeDecodeError:
        return text
