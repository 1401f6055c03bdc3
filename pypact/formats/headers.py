"""Read and write the headers in pact files: as strings, or as lists of strings.

Source: semantics sections 1.3, "headers", and 3.4, "Headers".
"""

from __future__ import annotations

from pypact.formats.checks import text_of
from pypact.formats.losses import Losses
from pypact.model.headers import Headers, split_value
from pypact.model.json_text import Json

__all__ = ["read_headers", "write_header_lists", "write_header_texts"]


def read_headers(data: dict[str, Json]) -> Headers:
    """Read headers in either form; a string is split into values, a list is not."""
    return Headers(
        (name, _read_header_values(name, value)) for name, value in data.items()
    )


def write_header_lists(headers: Headers, _conversion: Losses) -> dict[str, Json]:
    """Return the JSON of headers in v4: a list of values each."""
    return {name: list(values) for name, values in headers.items()}


def write_header_texts(headers: Headers, conversion: Losses) -> dict[str, Json]:
    """Return the JSON of headers in v1 to v3: a string each.

    Several values of a header that is not a list header, such as Set-Cookie, cannot be
    distinguished from one value with a comma.

    Raises: NotExpressible for such a header, unless losses are allowed.
    """
    return {
        name: _join_header_values(name, values, conversion)
        for name, values in headers.items()
    }


def _read_header_values(name: str, data: Json) -> tuple[str, ...]:
    if isinstance(data, list):
        return tuple(text_of(value) for value in data)
    return split_value(name, text_of(data))


def _join_header_values(name: str, values: tuple[str, ...], conversion: Losses) -> Json:
    text = ", ".join(values)
    if split_value(name, text) != tuple(value.strip() for value in values):
        if conversion.same:
            return list(values)
        number = f"the {len(values)} separate" if values else "an empty list of"
        conversion.lose(f"{number} values of the header '{name}'")
    return text
