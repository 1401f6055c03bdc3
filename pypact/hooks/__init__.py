"""Which HTTP client libraries can bring their requests to us?

Design, decisions 5 to 7. `HOOKS` is the table of the family, `Hook` its protocol;
`pypact.hooks.stack` holds who is active. A further client is one file and one row.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Protocol, TypeAlias

__all__ = ["HOOKS", "Hook", "Undo"]

Undo: TypeAlias = Callable[[], None]
"""Takes back what an `install` did, as far as it is still in place."""


class Hook(Protocol):
    """What a module named in `HOOKS` offers; it is imported after its library."""

    def install(self, library: ModuleType) -> Undo:
        """Divert the requests of `library` to `pypact.hooks.stack`, once a process.

        Called under the stack's lock: nothing may be imported here.
        """


# Imported module of the client → our module, in alphabetical order.
HOOKS = {
    "aiohttp": "pypact.hooks.aiohttp",
    "http.client": "pypact.hooks.http_client",
    "httpx": "pypact.hooks.httpx",
    "httpx2": "pypact.hooks.httpx",
    "responses": "pypact.hooks.responses",
    "urllib3": "pypact.hooks.urllib3",
}
