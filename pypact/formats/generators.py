"""Read and write the generators in pact files.

Source: semantics section 1.6, "Matching rules and generators in the file".
"""

from __future__ import annotations

from pypact.errors import InvalidPact
from pypact.formats.checks import described
from pypact.formats.losses import Losses
from pypact.formats.matching_rules import category_of
from pypact.formats.notices import tolerate
from pypact.model.generators import Generator, Generators
from pypact.model.json_text import Json

__all__ = ["lose_generators", "read_generators", "write_generators"]


def read_generators(data: Json, place: str) -> Generators:
    """Read `generators`; an invalid entry is left out with a warning.

    Raises: InvalidPact.
    """
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InvalidPact(place, read=described(data), wanted="an object")
    generators: dict[str, dict[str, Generator]] = {}
    for name, value in data.items():
        entries = _read_generator_category(value, f"{place}.{name}")
        if entries:
            generators.setdefault(category_of(name), {}).update(entries)
    return generators


def write_generators(generators: Generators, _conversion: Losses) -> dict[str, Json]:
    """Return the JSON of generators in v3 and v4."""
    return {
        category: _write_generator(entries[""])
        if entries.keys() == {""}
        else {key: _write_generator(value) for key, value in entries.items()}
        for category, entries in generators.items()
        if entries
    }


def lose_generators(generators: Generators, conversion: Losses) -> dict[str, Json]:
    """Drop the generators, for a version without generators.

    Generators that were read from a file of that version are kept.

    Raises: NotExpressible, unless losses are allowed.
    """
    if conversion.same:
        return write_generators(generators, conversion)
    for category, entries in generators.items():
        for key, value in entries.items():
            conversion.lose(f"the generator {value.type} of {category} {key}".rstrip())
    return {}


def _read_generator_category(data: Json, place: str) -> dict[str, Generator]:
    if not isinstance(data, dict):
        tolerate(place, "expected an object of generators; left out")
        return {}
    if isinstance(data.get("type"), str):
        return {"": _read_generator(data)}
    entries = {}
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            entries[key] = _read_generator(value)
        else:
            tolerate(f"{place}[{key!r}]", "not a valid generator; left out")
    return entries


def _read_generator(data: dict[str, Json]) -> Generator:
    attributes = {name: value for name, value in data.items() if name != "type"}
    return Generator(data["type"], attributes)


def _write_generator(generator: Generator) -> dict[str, Json]:
    return {"type": generator.type, **generator.attributes}
