"""List the HTTP client libraries whose requests pypact can intercept.

`HOOKS` is the table of the hooks, `Hook` their interface; `pypact.hooks.claims` holds
the active claims. To support another client, add one file and one row.

Source: docs/internals/design.md, "Decision 5: Where to hook".
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Protocol, TypeAlias

__all__ = ["HOOKS", "Hook", "Undo"]

Undo: TypeAlias = Callable[[], None]
"""A function that undoes an `install`, except where another tool patched since."""


class Hook(Protocol):
    """The interface of the modules in `HOOKS`, imported after their libraries."""

    def install(self, library: ModuleType) -> Undo:
        """Patch `library` so that its requests are offered to the active claims.

        Called while `pypact.hooks.claims` holds its lock: import nothing here.
        """


# Module name of the client library → module of its hook, in alphabetical order. The
# rows of processes are not clients: they count what is not intercepted.
HOOKS = {
    "aiohttp": "pypact.hooks.aiohttp",
    "http.client": "pypact.hooks.http_client",
    "httpcore": "pypact.hooks.httpcore",
    "httpcore2": "pypact.hooks.httpcore",
    "httpx": "pypact.hooks.httpx",
    "httpx2": "pypact.hooks.httpx",
    "multiprocessing.popen_forkserver": "pypact.hooks.processes",
    "multiprocessing.popen_spawn_posix": "pypact.hooks.processes",
    "multiprocessing.popen_spawn_win32": "pypact.hooks.processes",
    "requests_mock.adapter": "pypact.hooks.mocks",
    "responses": "pypact.hooks.responses",
    "subprocess": "pypact.hooks.processes",
    "urllib3": "pypact.hooks.urllib3",
    "urllib3_future": "pypact.hooks.unhooked",
    "vcr.cassette": "pypact.hooks.mocks",
}
