"""Name the pact file of a contract.

Source: semantics section 12, "Name". The names of consumer and provider are kept as far
as file systems allow; no name can refer to a file outside of its directory.
"""

from __future__ import annotations

import hashlib
import re

__all__ = ["file_name"]


def file_name(consumer: str, provider: str) -> str:
    """Return the name of the pact file of a consumer and a provider.

    Two pairs may share a name ("a-b" with "c", and "a" with "b-c"): the store checks
    the names inside the file.

    >>> file_name("Web", "Users")
    'Web-Users.json'
    >>> file_name("../web", "users/v2")
    '_._web-users_v2.json'
    """
    name = _UNSAFE_CHARACTERS.sub("_", f"{consumer}-{provider}")
    if name.startswith("."):
        name = f"_{name[1:]}"
    if name.partition(".")[0].upper() in _RESERVED_NAMES:
        name = f"_{name}"
    if len(name.encode()) > _LONGEST_NAME:
        name = _shorten_name(name)
    return f"{name}.json"


def _shorten_name(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    kept = name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
    return f"{kept}~{digest}"


# Separators, characters that Windows forbids, control characters, lone surrogates.
_UNSAFE_CHARACTERS = re.compile('[/\\\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED_NAMES = {
    *("CON", "PRN", "AUX", "NUL"),
    *(f"COM{digit}" for digit in range(10)),
    *(f"LPT{digit}" for digit in range(10)),
}
_LONGEST_NAME = (
    200  # bytes; most file systems end at 255, and the temporary file needs some
)
