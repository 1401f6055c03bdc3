"""Represent matching rules and generators, and the paths to which they apply.

These are data only: `pypact.rules` implements the rules, `pypact.generators` the
generators.

Source: docs/internals/specification.md, "1.6 Matching rules and generators", "5.1
Grammar".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeAlias

from pypact._dataclasses import dataclass, field
from pypact._lazy import compile_later
from pypact.model.json import Json


class Wildcard(Enum):
    """A wildcard in a path: any field, or any index."""

    ANY = ".*"
    INDEX = "[*]"


PathToken: TypeAlias = str | int | Wildcard
"""One step of a path below the root: a field name, an index, or a wildcard."""


@dataclass(frozen=True, slots=True)
class RulePath:
    """A parsed rule path; `tokens` are the steps below the root `$`."""

    tokens: tuple[PathToken, ...] = ()

    def __str__(self) -> str:
        return render_path(self.tokens)

    @property
    def length(self) -> int:
        """The number of tokens, including the root."""
        return len(self.tokens) + 1

    def __truediv__(self, token: PathToken) -> RulePath:
        return RulePath((*self.tokens, token))


ROOT = RulePath()


@functools.lru_cache(maxsize=4096)
def parse_path(text: str) -> RulePath:
    """Parse a rule path; a path without a leading `$` also starts at the root.

    Raises: ValueError with the path and the position of the error.
    """
    tokens: list[PathToken] = []
    position = 1 if text.startswith("$") else 0
    if position == 0 and text and not text.startswith("["):
        found = _IDENTIFIER.match(text)
        if found is None:
            raise ValueError(f"path {text!r}: expected a name at position 0")
        tokens.append(found[0])
        position = found.end()
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ValueError(
                f"path {text!r}: expected .name, .*, ['name'], [0] or [*] "
                f"at position {position}"
            )
        tokens.append(_parse_token(found))
        position = found.end()
    return RulePath(tuple(tokens))


def render_path(tokens: Iterable[PathToken]) -> str:
    """Return the rule path with these steps below the root."""
    return "$" + "".join(_render_token(token) for token in tokens)


def extend_path(path: str, token: PathToken) -> str:
    """Return a rendered path with another step; a long one is cut before it."""
    if len(path) > _LONGEST_PATH:
        path = f"{path[:_LONGEST_PATH]}…"
    return path + _render_token(token)


_LONGEST_PATH = 1_000


def _parse_token(found: re.Match[str]) -> PathToken:
    if found["star"]:
        return Wildcard.ANY
    if found["index_star"]:
        return Wildcard.INDEX
    if found["index"]:
        return int(found["index"])
    if found["name"]:
        return found["name"]
    return _ESCAPE.sub(r"\1", found["quoted"])


def _render_token(token: PathToken) -> str:
    if isinstance(token, Wildcard):
        return token.value
    if isinstance(token, int):
        return f"[{token}]"
    if _PLAIN_NAME.fullmatch(token):
        return f".{token}"
    return "['" + token.replace("\\", "\\\\").replace("'", "\\'") + "']"


_IDENTIFIER = compile_later(r"[\w:#@-]+")
_PLAIN_NAME = compile_later(r"[_A-Za-z][_A-Za-z0-9]*")
_ESCAPE = compile_later(r"\\(.)", re.DOTALL)
_STEP = compile_later(
    r"""
      \. (?: (?P<star>\*) | (?P<name>[\w:\#@-]+) )
    | \[ (?: (?P<index_star>\*)
           | (?P<index>[0-9]+)
           | ' (?P<quoted> (?: \\. | [^'\\] )+ ) '
         ) \]
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A matching rule: its `name`, as in `match` of a v4 file, and its attributes.

    `type` with a minimum length is `Rule("type", {"min": 1})`. Unknown names are kept.
    """

    name: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules for one place, combined by `combine`: "AND" or "OR"."""

    rules: tuple[Rule, ...]
    combine: str = "AND"


MatchingRules: TypeAlias = Mapping[str, Mapping[str, RuleList]]
"""Category → key → rules, in the order of the file.

The categories are method, path and status (key ""), header, query and metadata (key:
the literal name), and body (key: a rule path as a string, starting with `$`).
"""

NO_RULES: MatchingRules = {}


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator: its `type` as in a pact file, and its attributes."""

    type: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


def parse_generator(data: dict[str, Json]) -> Generator:
    """Read a generator object such as `{"type": "RandomInt", "min": 1}`."""
    attributes = {name: value for name, value in data.items() if name != "type"}
    return Generator(str(data.get("type")), attributes)


def write_generator(generator: Generator) -> dict[str, Json]:
    """Write a generator as a generator object."""
    return {"type": generator.type, **generator.attributes}


MOST_CHARACTERS = 100_000
"""The length of the longest string that a generator makes, and its most repeats."""

Generators: TypeAlias = Mapping[str, Mapping[str, Generator]]
"""Category → key → generator; categories and keys are those of `MatchingRules`."""

NO_GENERATORS: Generators = {}
