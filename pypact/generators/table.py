"""Which generators are there, and when does each run?

A generator of a third party joins the table by `register`.

Source: semantics sections 7.1 (table) and 7.2 (modes).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pypact.generators import makers
from pypact.generators.makers import Attributes, Context
from pypact.generators.states import provider_state
from pypact.model.generators import Generator
from pypact.model.json_text import Json

__all__ = ["GENERATORS", "NOTHING", "GeneratorKind", "Mode", "generate", "register"]

Mode: TypeAlias = Literal["consumer", "provider"]
"""The side under test.

In "consumer" mode responses are generated for the consumer, in "provider" mode
requests for the provider.
"""

Maker: TypeAlias = Callable[[Attributes, Json, Context], Json]
"""Return a value for a generator's attributes, the example, and the context.

Raises: ValueError, if no value can be generated.
"""

NOTHING = object()
"""The result of `generate` if no value was generated; the example is kept."""


@dataclass(frozen=True, slots=True)
class GeneratorKind:
    """A row of the table: a generator type, its function, and the modes it runs in."""

    type: str
    make: Maker
    modes: tuple[Mode, ...] = ("consumer", "provider")


def register(kind: GeneratorKind) -> None:
    """Add a generator to the table; it replaces one of the same type."""
    GENERATORS[kind.type] = kind


def generate(
    generator: Generator, example: Json, *, mode: Mode, context: Context
) -> Json:
    """Return a generated value, or NOTHING if the generator does not run in this mode.

    A generator that is unknown or fails gives NOTHING and a warning in the log.
    """
    kind = GENERATORS.get(generator.type)
    if kind is None:
        known = ", ".join(GENERATORS)
        _LOG.warning(
            "unknown generator %r; known generators: %s", generator.type, known
        )
        return NOTHING
    if mode not in kind.modes:
        return NOTHING
    try:
        return kind.make(generator.attributes, example, context)
    except (ValueError, ArithmeticError) as error:
        _LOG.warning(
            "generator %s failed, the example is kept: %s", generator.type, error
        )
        return NOTHING


_LOG = logging.getLogger(__name__)

# In the order of semantics 7.1.
GENERATORS = {
    kind.type: kind
    for kind in (
        GeneratorKind("RandomInt", makers.random_int),
        GeneratorKind("RandomDecimal", makers.random_decimal),
        GeneratorKind("RandomHexadecimal", makers.random_hexadecimal),
        GeneratorKind("RandomString", makers.random_string),
        GeneratorKind("Regex", makers.regex),
        GeneratorKind("Uuid", makers.random_uuid),
        GeneratorKind("Date", makers.date),
        GeneratorKind("Time", makers.time),
        GeneratorKind("DateTime", makers.datetime),
        GeneratorKind("RandomBoolean", makers.random_boolean),
        GeneratorKind("ProviderState", provider_state, ("provider",)),
        GeneratorKind("MockServerURL", makers.mock_server_url, ("consumer",)),
    )
}
