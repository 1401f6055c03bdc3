"""What does a WSGI application answer to a request?

Source: PEP 3333. Nothing stands between: no server, no thread, no cookies, no following
of redirects; nothing is added to the request but `Host` and `Content-Length`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from wsgiref.validate import validator

from pypact.errors import ProviderProtocolError
from pypact.model.http import Request
from pypact.targets.answers import Answer
from pypact.targets.environ import Environ, base_environ, environ_for
from pypact.targets.own_frames import is_the_providers, module_of, without_own_frames
from pypact.targets.wsgi_call import WsgiCall

__all__ = ["WsgiTarget"]


class WsgiTarget:
    """A target that calls a WSGI application in the caller's thread.

    `host` is used if the request has no `Host` header; `mount` is the path the
    application is mounted at (`SCRIPT_NAME`); `scheme` is the scheme of its URLs;
    `strict` adds the checks of `wsgiref.validate`, which also reject some responses
    that servers accept, such as a 204 with a Content-Type. `environ_extra` is added to
    every environ. A body is cut off after `max_body` bytes, or `timeout` seconds after
    its first chunk.
    """

    def __init__(
        self,
        app: Any,
        *,
        host: str = "localhost",
        mount: str = "",
        scheme: str = "http",
        strict: bool = False,
        environ_extra: Mapping[str, Any] | None = None,
        max_body: int = 16 * 1024 * 1024,
        timeout: float = 30.0,
    ) -> None:
        self.host = host
        self.prefix = mount.rstrip("/")
        # Shown in curl commands; only needed if the mount is part of the URL.
        self.base_url = f"{scheme}://{host}{self.prefix}" if self.prefix else ""
        self.app = app
        self._max_body = max_body
        self._timeout = timeout
        self._wrapped_app = validator(app) if strict else app
        self._base: Environ = {
            **base_environ(host=host, mount=mount, scheme=scheme),
            # Plain strings only: `secret` returns a subclass of str.
            **{
                key: str(value) if isinstance(value, str) else value
                for key, value in (environ_extra or {}).items()
            },
        }

    def send(self, request: Request) -> Answer:
        """Send one request to the application and return its response."""
        errors = io.StringIO()
        environ = environ_for(self._base, request, errors)
        call = WsgiCall(request.method, max_body=self._max_body, timeout=self._timeout)
        exception: BaseException | None = None
        try:
            call.receive(self._wrapped_app(environ, call.start_response))
        except BaseException as raised:
            if not is_the_providers(raised):
                raise
            exception = _convert_validator_error(without_own_frames(raised))
        return call.build_response(errors.getvalue(), exception)


def _convert_validator_error(raised: BaseException) -> BaseException:
    """Turn an AssertionError of `wsgiref.validate` into a ProviderProtocolError."""
    if not isinstance(raised, AssertionError):
        return raised
    last = raised.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or module_of(last) != "wsgiref.validate":
        return raised
    error = ProviderProtocolError(f"wsgiref.validate: {raised}")
    error.__cause__ = raised
    return error
