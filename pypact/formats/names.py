"""What is the file of a contract called?

Source: semantics section 12, "Name". The names of consumer and provider stay as they
are as far as any file system allows; no name leads out of its directory.
"""

from __future__ import annotations

import hashlib
import re

__all__ = ["file_name"]


def file_name(consumer: str, provider: str) -> str:
    """The name of the pact file of two participants.

    Two pairs may get one name ("a-b" with "c", "a" with "b-c"): the store looks at the
    names inside.

    >>> file_name("Web", "Users")
    'Web-Users.json'
    >>> file_name("../web", "users/v2")
    '_._web-users_v2.json'
    """
    name = _UNSAFE.sub("_", f"{consumer}-{provider}")
    if name.startswith("."):
        name = f"_{name[1:]}"
    if name.partition(".")[0].upper() in _RESERVED:
        name = f"_{name}"
    if len(name.encode()) > _LONGEST:
        name = _shortened(name)
    return f"{name}.json"


def _shortened(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    kept = name.encode()[: _LONGEST - len(digest) - 1].decode(errors="ignore")
    return f"{kept}~{digest}"


# Separators, what Windows forbids, control characters and lone surrogates.
_UNSAFE = re.compile('[/\\\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = {
    *("CON", "PRN", "AUX", "NUL"),
    *(f"COM{digit}" for digit in range(10)),
    *(f"LPT{digit}" for digit in range(10)),
}
_LONGEST = 200  # bytes; most file systems end at 255, and the temporary file needs some
