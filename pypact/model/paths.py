"""Parse the paths of matching rules and generators.

Source: semantics section 5.1, "Grammar".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

__all__ = ["ROOT", "Path", "Star", "Token", "parse_path", "render"]


class Star(Enum):
    """A wildcard in a path: any field, or any index."""

    ANY = ".*"
    INDEX = "[*]"


Token: TypeAlias = str | int | Star
"""One step of a path below the root: a field name, an index, or a wildcard."""


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed rule path; `tokens` are the steps below the root `$`."""

    tokens: tuple[Token, ...] = ()

    def __str__(self) -> str:
        return render(self.tokens)

    @property
    def length(self) -> int:
        """The number of tokens, including the root."""
        return len(self.tokens) + 1

    def __truediv__(self, token: Token) -> Path:
        return Path((*self.tokens, token))


ROOT = Path()


@functools.lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Parse a rule path; a path without a leading `$` also starts at the root.

    Raises: ValueError with the path and the position of the error.
    """
    tokens: list[Token] = []
    position = 1 if text.startswith("$") else 0
    if position == 0 and text:
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
    return Path(tuple(tokens))


def render(tokens: Iterable[Token]) -> str:
    """Return the rule path with these steps below the root."""
    return "$" + "".join(_render_token(token) for token in tokens)


def _parse_token(found: re.Match[str]) -> Token:
    if found["star"]:
        return Star.ANY
    if found["index_star"]:
        return Star.INDEX
    if found["index"]:
        return int(found["index"])
    if found["name"]:
        return found["name"]
    return _ESCAPE.sub(r"\1", found["quoted"])


def _render_token(token: Token) -> str:
    if isinstance(token, Star):
        return token.value
    if isinstance(token, int):
        return f"[{token}]"
    if _PLAIN_NAME.fullmatch(token):
        return f".{token}"
    return "['" + token.replace("\\", "\\\\").replace("'", "\\'") + "']"


_IDENTIFIER = re.compile(r"[\w:#@-]+")
_PLAIN_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_STEP = re.compile(
    r"""
      \. (?: (?P<star>\*) | (?P<name>[\w:\#@-]+) )
    | \[ (?: (?P<index_star>\*)
           | (?P<index>[0-9]+)
           | ' (?P<quoted> (?: \\. | [^'\\] )+ ) '
         ) \]
    """,
    re.VERBOSE | re.DOTALL,
)
