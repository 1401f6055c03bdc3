"""Which place does a path expression name?

Source: semantics section 5.1, "Grammar". How paths are weighed against each other is in
`pypact.rules.tree`.
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
    """A wildcard step of a path."""

    ANY = ".*"
    INDEX = "[*]"


Token: TypeAlias = str | int | Star
"""One step below the root: a field's name, an index, or a star."""


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path expression; `tokens` are the steps below the root `$`."""

    tokens: tuple[Token, ...] = ()

    def __str__(self) -> str:
        return render(self.tokens)

    @property
    def length(self) -> int:
        """Number of tokens, the root included."""
        return len(self.tokens) + 1

    def __truediv__(self, token: Token) -> Path:
        return Path((*self.tokens, token))


ROOT = Path()


@functools.lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Read a path expression; a path that does not start with `$` starts at the root.

    Raises: ValueError naming the text and the position.
    """
    tokens: list[Token] = []
    position = 1 if text.startswith("$") else 0
    if position == 0 and text:
        found = _IDENTIFIER.match(text)
        if found is None:
            raise ValueError(f"path {text!r}: wanted a name at position 0")
        tokens.append(found[0])
        position = found.end()
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ValueError(
                f"path {text!r}: wanted .name, .*, ['name'], [0] or [*] "
                f"at position {position}"
            )
        tokens.append(_token(found))
        position = found.end()
    return Path(tuple(tokens))


def render(tokens: Iterable[Token]) -> str:
    """Write steps below the root as a path expression."""
    return "$" + "".join(_step(token) for token in tokens)


def _token(found: re.Match[str]) -> Token:
    if found["star"]:
        return Star.ANY
    if found["index_star"]:
        return Star.INDEX
    if found["index"]:
        return int(found["index"])
    if found["name"]:
        return found["name"]
    return _ESCAPE.sub(r"\1", found["quoted"])


def _step(token: Token) -> str:
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
