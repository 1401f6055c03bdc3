"""Which HTTP client libraries can bring their requests to us?

Design, decisions 5 to 7. `HOOKS` is the table of the family, `Hook` its protocol;
`pypact.hooks.stack` holds who is active. A further client is one file and one row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

__all__ = ["HOOKS", "Hook", "Undo"]

Undo: TypeAlias = Callable[[], None]
"""Takes back what an `install` did, as far as it is still in place."""


class Hook(Protocol):
    """What a module named in `HOOKS` offers; importing it imports its library."""

    def install(self) -> Undo:
        """Divert the library's requests to `pypact.hooks.stack`, once for the process.

        Called under the stack's lock: nothing may be imported here.
        """


# Imported module of the client → our module, in alphabetical order.
HOOKS = {
    "urllib3": "pypact.hooks.urllib3",
}
