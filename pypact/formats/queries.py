"""Read and write the queries in pact files: as a string, or as a map of lists.

Source: semantics sections 1.3, "query", 2.4, "Parsing a query string", and 3.3.
"""

from __future__ import annotations

from pypact.errors import InvalidPact
from pypact.formats.checks import described, text_of
from pypact.formats.losses import Losses
from pypact.model.json_text import Json
from pypact.model.query import Query

__all__ = [
    "read_ordered_query",
    "read_query",
    "write_ordered_query",
    "write_query_map",
    "write_query_text",
]


def read_query(data: Json, place: str) -> Query:
    """Read a query in either form; null and an empty string are an empty query.

    Raises: InvalidPact.
    """
    if data is None or data == "":
        return Query()
    if isinstance(data, str):
        return Query.from_text(data)
    if isinstance(data, dict):
        return Query((name, _read_query_values(value)) for name, value in data.items())
    raise InvalidPact(place, read=described(data), wanted="a string or an object")


def read_ordered_query(data: Json, place: str) -> Query:
    """Read a query of v1, whose parameters are compared in order.

    Peers: the reference compares v1 like v1.1; the official cases of v1 require the
    order.
    """
    query = read_query(data, place)
    text = query.encoded()
    return Query.from_text(text, ordered=True) if text else query


def write_query_map(query: Query, _conversion: Losses) -> Json:
    """Return the JSON of a query in v3 and v4: a map of lists."""
    return {name: list(values) for name, values in query.items()}


def write_query_text(query: Query, conversion: Losses) -> Json:
    """Return the query string of v1.1 and v2: as read, else sorted by name."""
    if query.text is None:
        query = Query(sorted(query.items()))
    return _encode_query(query, conversion)


def write_ordered_query(query: Query, conversion: Losses) -> Json:
    """Return the query string of v1: as read, else in order of definition."""
    return _encode_query(query, conversion)


def _encode_query(query: Query, conversion: Losses) -> Json:
    if not all(values for _, values in query.items()):
        if conversion.same:
            return write_query_map(query, conversion)
        names = ", ".join(name for name, values in query.items() if not values)
        conversion.lose(f"a query parameter with an empty list of values ({names})")
    return query.encoded()


def _read_query_values(data: Json) -> tuple[str | None, ...]:
    values = data if isinstance(data, list) else [data]
    return tuple(None if value is None else text_of(value) for value in values)
