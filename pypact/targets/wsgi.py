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
    """Drives a WSGI application in the caller's own thread.

    `host` is sent where the request has no `Host`; `mount` is the path the application
    is mounted at (`SCRIPT_NAME`); `scheme` is what the URLs that it makes begin with;
    `strict` adds the checks of `wsgiref.validate`, which also refuse some of what
    servers let pass, such as a Content-Type on a 204. `environ_extra` is added to every
    environ. A body that goes on after `max_body` bytes, or `timeout` seconds after its
    first piece, is cut there.
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
        # Where a server would have it; without a mount nobody needs to know.
        self.base_url = f"{scheme}://{host}{self.prefix}" if self.prefix else ""
        self.app = app
        self._max_body = max_body
        self._timeout = timeout
        self._called = validator(app) if strict else app
        self._base: Environ = {
            **base_environ(host=host, mount=mount, scheme=scheme),
            # Nothing but plain texts, whatever was made of them (as by `secret`).
            **{
                key: str(value) if isinstance(value, str) else value
                for key, value in (environ_extra or {}).items()
            },
        }

    def send(self, request: Request) -> Answer:
        """Call the application once and read its whole answer."""
        errors = io.StringIO()
        environ = environ_for(self._base, request, errors)
        call = WsgiCall(request.method, max_body=self._max_body, timeout=self._timeout)
        exception: BaseException | None = None
        try:
            call.receive(self._called(environ, call.start_response))
        except BaseException as raised:
            if not is_the_providers(raised):
                raise
            exception = _named(without_own_frames(raised))
        return call.answer(errors.getvalue(), exception)


def _named(raised: BaseException) -> BaseException:
    """Turn a complaint of `wsgiref.validate` into a protocol error."""
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
