"""Hide secrets in output.

The parts of a secret header that help to diagnose a failed login stay visible: the
scheme of `Authorization`, the names of cookies, the attributes of `Set-Cookie`. Secret
values found there are hidden wherever else they appear.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

HIDDEN = "[hidden]"


class Secret(str):
    """A string that is sent unchanged, but hidden in all output."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"secret({HIDDEN!r})"


def secret(value: str) -> Secret:
    """Mark a string as secret, so that pypact hides it in all output.

    This takes effect for values that a state function returns or that a request filter
    sets.
    """
    return Secret(value)


def is_secret_name(name: str) -> bool:
    """Return whether a header with this name carries a secret."""
    return name.lower() in _PARTS or _MARKERS.search(name) is not None


def mask_header(name: str, value: str) -> str:
    """Hide the secret parts of a header value, if the header carries a secret."""
    if not is_secret_name(name):
        return value
    return _get_secret_parts(name).sub(rf"\g<1>{HIDDEN}", value)


def find_header_secrets(lines: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Collect the secret parts of header lines, given as (name, value) pairs."""
    return frozenset(
        found[2]
        for name, value in lines
        if is_secret_name(name)
        for found in _get_secret_parts(name).finditer(value)
    )


def find_marked_secrets(value: object) -> frozenset[str]:
    """Collect the strings marked by `secret`, also inside mappings and lists."""
    if isinstance(value, Secret):
        return frozenset({value})
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return frozenset().union(*map(find_marked_secrets, value))
    return frozenset()


def find_set_header_secrets(name: str, value: str) -> frozenset[str]:
    """Collect the secrets in a header that the user set explicitly.

    Its value counts as secret, except in well-known harmless headers such as Accept.
    """
    if _SHOWN.fullmatch(name):
        return find_marked_secrets(value)
    if is_secret_name(name):
        return find_header_secrets([(name, value)])
    found = _AFTER_SCHEME.match(value)
    return frozenset({value, found[2]} if found else {value})


def mask_text(text: str, secrets: Iterable[str]) -> str:
    """Hide every secret in `text`, also in its forms escaped for a URL, JSON or Python.

    The beginning of a secret that is truncated by `…` is hidden too. Secrets of fewer
    than six characters stay visible, unless they were marked by `secret`: hiding every
    `1` would make the text useless.
    """
    longest_first = sorted(secrets, key=len, reverse=True)
    for secret in longest_first:
        if len(secret) >= (1 if isinstance(secret, Secret) else _SHORTEST):
            for form in _list_escaped_forms(str(secret)):
                text = text.replace(form, HIDDEN)
            if _CUT in text:
                text = _hide_truncated(text, secret)
    return text


@functools.lru_cache(maxsize=256)
def _list_escaped_forms(secret: str) -> tuple[str, ...]:
    # Cached, because it is called for every line of a report.
    forms = (
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    )
    return tuple(dict.fromkeys(forms))


def escape_unencodable(text: str, encoding: str | None = None) -> str:
    """Escape characters that `encoding` (default: UTF-8) lacks, such as surrogates."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def escape_control_characters(text: str) -> str:
    """Escape control characters, except line breaks and tabs."""
    return escape_unencodable(
        _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    )


def _hide_truncated(text: str, secret: str) -> str:
    """Hide the beginning of `secret` before each `…`."""
    parts = text.split(_CUT)
    for index, part in enumerate(parts[:-1]):
        for length in range(min(len(secret), len(part)), _SHORTEST - 1, -1):
            if part.endswith(secret[:length]):
                parts[index] = part[:-length] + HIDDEN
                break
    return _CUT.join(parts)


def _get_secret_parts(name: str) -> re.Pattern[str]:
    return _PARTS.get(name.lower(), _WHOLE)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORTEST = 6  # characters

# Marks where a long text was truncated.
_CUT = "…"

# Headers that reports need: hiding `application/json` would hide the problem itself.
_SHOWN = re.compile(
    r"(?i)(accept(-charset|-encoding|-language)?|content-(encoding|language|type)|host"
    r"|user-agent)"
)
_MARKERS = re.compile(
    r"(?i)(api-?key|password|secret|session|subscription-key|access-key|credential"
    r"|x-auth|token)"
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
