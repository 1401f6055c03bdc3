"""Represent the query of a request.

Source: semantics sections 2.4, "Parsing a query string", and 3.3, "Query".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_to_bytes

__all__ = ["Query", "decode_component", "split_pairs"]


class Query:
    """An ordered mapping of names to tuples of values; None is a name without `=`.

    `text` is the encoded query string as written (v1, v2) or sent, or None. It is
    ignored when two queries are compared, unless both are `ordered`. `ordered` is true
    for an expected query of specification version 1, whose parameters must appear in
    the given order.
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
        """Parse an encoded query string, without the leading `?`."""
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
        """Return the values of a parameter, or None without such a parameter."""
        return self._by_name.get(name)

    def items(self) -> Iterable[tuple[str, tuple[str | None, ...]]]:
        """Return the name and values of each parameter, in order."""
        return self._by_name.items()

    def replacing(self, name: str, *values: str | None) -> Query:
        """Return a copy with `name` set to `values`, and without `text`."""
        return Query({**self._by_name, name: values}.items(), ordered=self.ordered)

    def encoded(self) -> str:
        """Return the query string: `text`, else the encoded parameters in order."""
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
    """Split an encoded query or form into its decoded, non-empty pairs."""
    pairs = []
    for piece in text.split("&"):
        if piece:
            name, equals, value = piece.partition("=")
            pairs.append(
                (decode_component(name), decode_component(value) if equals else None)
            )
    return pairs


def decode_component(text: str) -> str:
    """Decode `+` and `%hh`; leave invalid escapes and non-UTF-8 bytes encoded."""
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    try:
        return unquote_to_bytes(spaced).decode("utf-8")
    except UnicodeDecodeError:
        return text
