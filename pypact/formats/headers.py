"""How do headers stand in a file: as texts, or as lists of texts?

Source: semantics sections 1.3, "headers", and 3.4, "Headers".
"""

from __future__ import annotations

from pypact.formats.checks import text_of
from pypact.formats.losses import Losses
from pypact.model.headers import Headers, split_value
from pypact.model.json_text import Json

__all__ = ["read_headers", "write_header_lists", "write_header_texts"]


def read_headers(data: dict[str, Json]) -> Headers:
    """Read headers in either form: a text is split, the texts of a list are not."""
    return Headers((name, _values(name, value)) for name, value in data.items())


def write_header_lists(headers: Headers, _losses: Losses) -> dict[str, Json]:
    """Write the form of v4."""
    return {name: list(values) for name, values in headers.items()}


def write_header_texts(headers: Headers, losses: Losses) -> dict[str, Json]:
    """Write the form of v1 to v3.

    Several values of a header that is no list by its name, such as Set-Cookie, cannot
    be told from one value with a comma.
    """
    return {name: _text(name, values, losses) for name, values in headers.items()}


def _values(name: str, data: Json) -> tuple[str, ...]:
    if isinstance(data, list):
        return tuple(text_of(value) for value in data)
    return split_value(name, text_of(data))


def _text(name: str, values: tuple[str, ...], losses: Losses) -> Json:
    text = ", ".join(values)
    if split_value(name, text) != tuple(value.strip() for value in values):
        if losses.same:
            return list(values)
        losses.lose(f"the list of {len(values)} values of the header '{name}'")
    return text
