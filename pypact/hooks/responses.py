"""Let an active `RequestsMock` of `responses` pass requests to claimed origins.

A mock replaces `HTTPAdapter.send`, above our hook of urllib3, and refuses what it does
not have. For a claimed origin it now sends the request with the real method, where our
hook intercepts it. Such calls do not appear in the mock's list of calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods


def install(library: ModuleType) -> Undo:
    """Wrap the method that handles the requests of every mock, started or not."""
    # A private method, as no public one fits: `add_passthru` would have to be called,
    # and undone, for each mock.
    return wrap_methods([(library.RequestsMock, "_on_request", _on_request)])


def _on_request(
    wrapped: Callable[..., Any],
    mock: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Any:
    __tracebackhide__ = True
    adapter, request = args
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    if claims.find_claimed_origin(parts.scheme, host, parts.port) is None:
        return wrapped(*args, **kwargs)
    options = {name: value for name, value in kwargs.items() if name != "retries"}
    return mock._real_send(adapter, request, **options)  # noqa: SLF001 -- as its own pass-through does
