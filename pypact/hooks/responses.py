"""Let an active `RequestsMock` of `responses` pass requests to claimed origins.

A mock replaces `HTTPAdapter.send`, above our hook of urllib3. For a claimed origin it
calls the real method, so that our hook intercepts the request; the mock does not list
it.
"""

from __future__ import annotations

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


def _on_request(wrapped: Any, mock: Any, args: Any, kwargs: Any) -> Any:
    __tracebackhide__ = True
    adapter, request = args
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    if claims.find_claimed_origin(parts.scheme, host, parts.port) is None:
        return wrapped(*args, **kwargs)
    options = {name: value for name, value in kwargs.items() if name != "retries"}
    return mock._real_send(adapter, request, **options)  # noqa: SLF001 -- as its own pass-through does
