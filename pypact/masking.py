"""Which values are secret, and what is shown in their place?

A secret header keeps what a failed login is diagnosed by: the scheme of an
`Authorization`, the names of cookies, the attributes of a `Set-Cookie`. What was found
secret there is hidden wherever else it appears.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

__all__ = [
    "HIDDEN",
    "Secret",
    "is_secret",
    "mask_header",
    "mask_text",
    "printable",
    "readable",
    "secret",
    "secret_values",
    "secrets_in",
    "secrets_of",
]

HIDDEN = "[hidden]"


class Secret(str):
    """A text that no output shows, though it is sent as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"secret({HIDDEN!r})"


def secret(value: str) -> Secret:
    """Mark a text, so that no output of pypact shows it.

    It counts where pypact gets it: given back by a state function, or set by a request
    filter.
    """
    return Secret(value)


def is_secret(name: str) -> bool:
    """Tell whether the header `name` carries a secret."""
    lower = name.lower()
    return lower in _PARTS or any(marker in lower for marker in _MARKERS)


def mask_header(name: str, value: str) -> str:
    """Hide the secret parts of one header value; other headers stay as they are."""
    if not is_secret(name):
        return value
    return _parts(name).sub(rf"\g<1>{HIDDEN}", value)


def secrets_of(lines: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Collect the secret parts of header lines, given as (name, value)."""
    return frozenset(
        found[2]
        for name, value in lines
        if is_secret(name)
        for found in _parts(name).finditer(value)
    )


def secret_values(value: object) -> frozenset[str]:
    """Collect what is marked as secret, also inside of mappings and lists."""
    if isinstance(value, Secret):
        return frozenset({value})
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return frozenset().union(*map(secret_values, value))
    return frozenset()


def secrets_in(name: str, value: str) -> frozenset[str]:
    """What to hide of a header that was set on purpose, whatever its name is."""
    if name.lower() in _SHOWN:
        return secret_values(value)
    if is_secret(name):
        return secrets_of([(name, value)])
    found = _AFTER_SCHEME.match(value)
    return frozenset({value, found[2]} if found else {value})


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """Hide every secret in `text`, also where it is escaped for a URL, JSON or Python.

    The beginning of one that is cut off by a `…` is hidden too. What is not marked by
    `secret` and has fewer than six characters is left: hiding each `1` would hide the
    text.
    """
    longest_first = sorted(secrets, key=len, reverse=True)
    for secret in longest_first:
        if len(secret) >= (1 if isinstance(secret, Secret) else _SHORTEST):
            for written in _spellings(str(secret)):
                text = text.replace(written, HIDDEN)
            if _CUT in text:
                text = _without_beginning(text, secret)
    return text


@functools.lru_cache(maxsize=256)
def _spellings(secret: str) -> tuple[str, ...]:
    """The ways to write it, asked for with every line of a report."""
    written = (
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    )
    return tuple(dict.fromkeys(written))


def printable(text: str, encoding: str | None = None) -> str:
    """Escape what cannot be written in `encoding` (UTF-8), such as half a character."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def readable(text: str) -> str:
    """Escape what a terminal would obey rather than show, but line breaks and tabs."""
    return printable(_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text))


def _without_beginning(text: str, secret: str) -> str:
    """Hide the beginning of `secret` before each cut."""
    parts = text.split(_CUT)
    for index, part in enumerate(parts[:-1]):
        for length in range(min(len(secret), len(part)), _SHORTEST - 1, -1):
            if part.endswith(secret[:length]):
                parts[index] = part[:-length] + HIDDEN
                break
    return _CUT.join(parts)


def _parts(name: str) -> re.Pattern[str]:
    return _PARTS.get(name.lower(), _WHOLE)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORTEST = 6

# What stands where a text was cut because of its length.
_CUT = "…"

# What a report is about: hiding `application/json` would hide what went wrong.
_SHOWN = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "content-encoding",
        "content-language",
        "content-type",
        "host",
        "user-agent",
    }
)

_MARKERS = (
    "api-key",
    "apikey",
    "password",
    "secret",
    "session",
    "subscription-key",
    "access-key",
    "credential",
    "x-auth",
    "token",
)

# Group 1 is shown, group 2 is secret.
_WHOLE = re.compile(r"()(.+)", re.DOTALL)
_AFTER_SCHEME = re.compile(r"^(\s*[A-Za-z][\w-]*\s+)?(.+)$", re.DOTALL)
_PARTS = {
    "authorization": _AFTER_SCHEME,
    "cookie": re.compile(r"([^=;]+=)([^;]+)"),
    "proxy-authorization": _AFTER_SCHEME,
    "set-cookie": re.compile(r"^([^=;]*=)([^;]+)"),
}
