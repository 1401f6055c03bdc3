"""How does an active `RequestsMock` of `responses` let our origins pass?

It replaces `HTTPAdapter.send`, above us, and refuses what it does not know. So where
it is asked for an origin that is owned, it sends the request on to the real method,
below which our own hook stands; its list of calls does not have that call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.hooks import Undo, stack
from pypact.hooks.wrapping import wrap_all

__all__ = ["install"]


def install(library: ModuleType) -> Undo:
    """Wrap the method that handles the requests of every mock, started or not."""
    # A private method, as no public one fits: `add_passthru` would have to be called,
    # and undone, for each mock.
    return wrap_all([(library.RequestsMock, "_on_request", _on_request)])


def _on_request(
    wrapped: Callable[..., Any],
    mock: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Any:
    __tracebackhide__ = True
    adapter, request = args
    parts = urlsplit(request.url)
    if stack.owner_of(parts.scheme, parts.hostname or "", parts.port) is None:
        return wrapped(*args, **kwargs)
    options = {name: value for name, value in kwargs.items() if name != "retries"}
    return mock._real_send(adapter, request, **options)  # noqa: SLF001 -- as its own pass-through does
