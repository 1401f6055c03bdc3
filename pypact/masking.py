"""Hide secrets in output.

The parts of a secret header that help to diagnose a failed login stay visible: the
scheme of `Authorization`, the names of cookies, the attributes of `Set-Cookie`. Secret
values found there are hidden wherever else they appear.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_plus

from pypact._lazy import compile_later

HIDDEN = "[hidden]"

NameFilter: TypeAlias = Callable[[Iterable[str]], frozenset[str]]
"""A function that returns those of the names in one object that carry secrets."""


class Secret(str):
    """A string that is sent unchanged, but hidden in all output."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"secret({HIDDEN!r})"


def secret(value: str) -> Secret:
    """Mark a string as secret, so that pypact hides it in all output.

    This takes effect for values that a state function returns or that a request filter
    sets. What a consumer expects cannot contain it: that is InvalidExpectation, because
    the contract would contain the secret.

        >>> token = pypact.secret("s3cr3t")
    """
    return Secret(value)


def is_secret_name(name: str) -> bool:
    """Return whether a header with this name carries a secret."""
    return name.lower() in _PARTS or _MARKERS.search(name) is not None


def find_secret_names(names: Iterable[str]) -> frozenset[str]:
    """Return those of the names in one form, query or JSON object that carry secrets.

    `code` does so only beside other parameters of OAuth.
    """
    given = frozenset(names)
    # Most objects of a list have the same names.
    find = _find_secret_names if len(given) <= _MOST_CACHED else _search_secret_names
    return find(given)


def _search_secret_names(given: frozenset[str]) -> frozenset[str]:
    found = {name for name in given if _is_secret_member(name)}
    lower = {name.lower() for name in given}
    if lower & _OAUTH_PARAMETERS or ("state" in lower and lower <= _OAUTH_CALLBACK):
        found |= {name for name in given if name.lower() in _OAUTH_CODES}
    return frozenset(found)


_find_secret_names = functools.lru_cache(maxsize=256)(_search_secret_names)
_MOST_CACHED = 64


def find_secret_parameters(names: Iterable[str]) -> frozenset[str]:
    """Return those of the names in one query that carry secrets.

    A parameter `key` does, as in Google's APIs; in JSON it is mostly the name of an
    entry.
    """
    given = tuple(names)
    keys = frozenset(name for name in given if name.lower() == "key")
    return find_secret_names(given) | keys


@functools.lru_cache(maxsize=1024)
def _is_secret_member(name: str) -> bool:
    words = _WORD_BREAKS.sub("_", name).strip("_").lower()
    return _SECRET_MEMBER.search(words) is not None and not _OPEN_MEMBER.search(words)


def mask_query(text: str, find_secrets: NameFilter = find_secret_parameters) -> str:
    """Hide the secret values of an encoded query or form."""
    pairs = [piece.partition("=") for piece in text.split("&")]
    names = [unquote_plus(name) for name, _, _ in pairs]
    secret = find_secrets(names)
    if not secret:
        return text
    return "&".join(
        f"{pair[0]}={HIDDEN}" if name in secret and pair[2] else "".join(pair)
        for name, pair in zip(names, pairs, strict=True)
    )


def mask_url_query(url: str) -> str:
    """Hide the secret values in the query of a URL or request target."""
    start, mark, query = url.partition("?")
    return start + mark + mask_query(query)


def mask_json(value: Any, find_secrets: NameFilter = find_secret_names) -> Any:
    """Hide the strings and numbers in members of objects that carry secrets."""
    if isinstance(value, Mapping):
        secret = find_secrets(name for name in value if isinstance(name, str))
        return {
            name: hide_value(item) if name in secret else mask_json(item, find_secrets)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [mask_json(item, find_secrets) for item in value]
    return value


def hide_value(value: Any) -> Any:
    """Hide a JSON value: its strings and numbers, also inside lists and objects."""
    if isinstance(value, Mapping):
        return {name: hide_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [hide_value(item) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else HIDDEN


def mask_members(text: str, find_secrets: NameFilter = find_secret_names) -> str:
    """Hide secret values in text with JSON members or form parameters."""
    for pattern in _MEMBERS:
        secret = find_secrets(found["name"] for found in pattern.finditer(text))
        if secret:
            text = pattern.sub(functools.partial(_hide_member, secret), text)
    return text


def _hide_member(secret: frozenset[str], found: re.Match[str]) -> str:
    if found["name"] not in secret:
        return found[0]
    return found[0][: found.start("value") - found.start()] + HIDDEN


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
    if isinstance(secrets, frozenset) and len(secrets) > _FEW_SECRETS:
        secrets = _find_candidates(text, secrets)
    longest_first = sorted(secrets, key=len, reverse=True)
    for secret in longest_first:
        if len(secret) >= (1 if isinstance(secret, Secret) else _SHORTEST):
            for form in _list_escaped_forms(str(secret)):
                text = text.replace(form, HIDDEN)
            if _CUT in text:
                text = _hide_truncated(text, secret)
    return text


class _Identity:
    """A set as the key of a cache; equal sets may differ in the marks of secrets."""

    __slots__ = ("secrets",)

    def __init__(self, secrets: frozenset[str]) -> None:
        self.secrets = secrets

    def __hash__(self) -> int:
        return id(self.secrets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.secrets is other.secrets


def _find_candidates(text: str, secrets: frozenset[str]) -> set[str]:
    """Return the secrets of which the beginning, in any form, is in a text."""
    found: set[str] = set()
    for length, by_start in _index_secrets(_Identity(secrets)).items():
        starts = {text[i : i + length] for i in range(len(text) - length + 1)}
        found.update(*(by_start[start] for start in by_start.keys() & starts))
    return found


@functools.lru_cache(maxsize=8)
def _index_secrets(key: _Identity) -> dict[int, dict[str, list[str]]]:
    """Return the secrets by the beginnings of their forms, and these by their length.

    The beginning of a short form is the whole form.
    """
    index: dict[int, dict[str, list[str]]] = {}
    for secret in key.secrets:
        for form in _write_escaped_forms(str(secret)):
            start = form[:_SHORTEST]
            if start:
                by_start = index.setdefault(len(start), {})
                by_start.setdefault(start, []).append(secret)
    return index


@functools.lru_cache(maxsize=256)
def _list_escaped_forms(secret: str) -> tuple[str, ...]:
    # Cached, because it is called for every line of a report.
    return _write_escaped_forms(secret)


def _write_escaped_forms(secret: str) -> tuple[str, ...]:
    if secret.isascii() and secret.isalnum():
        return (secret,)
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
    """Escape control characters, except line breaks and tabs.

    Line separators of Unicode, and characters that change the direction of text, are
    escaped too.
    """
    return escape_unencodable(_CONTROL.sub(_escape_character, text))


def escape_line(text: str) -> str:
    """Escape control characters, including line breaks and tabs."""
    return escape_control_characters(text).replace("\n", "\\n").replace("\t", "\\t")


def _escape_character(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


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


# With the line and paragraph separators, and the marks, embeddings, overrides and
# isolates of the bidirectional algorithm.
_CONTROL = compile_later(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_SHORTEST = 6  # characters
_FEW_SECRETS = 16

# Marks where a long text was truncated.
_CUT = "…"

# Headers that reports need: hiding `application/json` would hide the problem itself.
_SHOWN = compile_later(
    r"(?i)(accept(-charset|-encoding|-language)?|content-(encoding|language|type)|host"
    r"|user-agent)"
)
_MARKERS = compile_later(
    r"(?i)(api-?key|passw(or)?d|passphrase|secret|session|subscription-key|access-key"
    r"|functions-key|credential|x-auth|token|signature|hmac|dpop|jwt"
    r"|(^|-)(sig|otp|pin)(-|$))"
)

# Names of parameters, fields and JSON members, in lower case, with `_` between words.
_WORD_BREAKS = compile_later(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_SECRET_MEMBER = compile_later(
    r"(passw(or)?ds?\d?|passphrase|passcode|secrets?|tokens?|signature|credentials?"
    r"|(api|access|private|signing|secret|subscription|account|shared)_?key"
    r"|(^|_)(pwd|pass|pin|t?otp|sig|hmac|jwt|auth|authorization|bearer|assertion"
    r"|session(_?(id|key))?|code_verifier|dpop))(_|$)"
)
# A page or its number, and what describes a secret, such as `token_type`.
_OPEN_MEMBER = compile_later(
    r"((page|next|continuation|sync|cursor|delta|resume|scroll)_?token"
    r"|(max|min|total|num|prompt|completion|input|output)(_\w+)?_tokens"
    r"|_(type|types|count|name|url|uri|endpoint|expir\w+|ttl|length|limit|policy|method"
    r"|algorithm|version|hint|required|enabled))$"
)
_OAUTH_CODES = frozenset(("code", "device_code"))
_OAUTH_PARAMETERS = frozenset(
    (
        "client_id",
        "client_secret",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "response_type",
        "session_state",
    )
)
# All parameters of the redirect that brings the code to the client.
_OAUTH_CALLBACK = frozenset(
    ("authuser", "code", "hd", "iss", "prompt", "scope", "session_state", "state")
)
# JSON members and form parameters in text that cannot be parsed, as it was cut.
_MEMBERS = (
    compile_later(
        r"""["'](?P<name>[^"'\\]{1,64})["']\s*:\s*["'](?P<value>(?:[^"'\\]|\\.)+)"""
    ),
    compile_later(
        r"""["'](?P<name>[^"'\\]{1,64})["']\s*:\s*(?P<value>-?\d[\d.eE+-]*)"""
    ),
    compile_later(
        r"""(?<![\w.%\[\]-])(?P<name>[\w.%\[\]-]{1,64})=(?P<value>[^&\s"'<>]+)"""
    ),
)

# Group 1 is shown, group 2 is secret.
_WHOLE = compile_later(r"()(.+)", re.DOTALL)
_AFTER_SCHEME = compile_later(r"^(\s*[A-Za-z][\w-]*\s+)?(.+)$", re.DOTALL)
_PARTS = {
    "authorization": _AFTER_SCHEME,
    "cookie": compile_later(r"([^=;]+=)([^;]+)"),
    "proxy-authorization": _AFTER_SCHEME,
    "set-cookie": compile_later(r"^([^=;]*=)([^;]+)"),
}
