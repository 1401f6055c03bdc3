"""What does a WSGI application answer to a request?

Source: PEP 3333. Nothing stands between: no server, no thread, no cookies, no following
of redirects; nothing is added to the request but `Host` and `Content-Length`.
"""

from __future__ import annotations

import io
from types import TracebackType
from typing import Any
from wsgiref.validate import validator

from pypact.errors import ProviderProtocolError
from pypact.model.http import Request
from pypact.targets.answers import Answer
from pypact.targets.environ import Environ, base_environ, environ_for
from pypact.targets.wsgi_call import WsgiCall

__all__ = ["WsgiTarget"]


class WsgiTarget:
    """Drives a WSGI application in the caller's own thread.

    `host` is sent where the request has no `Host`; `mount` is the path the application
    is mounted at (`SCRIPT_NAME`); `scheme` is what URLs that it makes begin with;
    `strict` adds the checks of `wsgiref.validate`, which
    also refuse some of what servers let pass, such as a Content-Type on a 204.
    """

    def __init__(
        self,
        app: Any,
        *,
        host: str = "localhost",
        mount: str = "",
        scheme: str = "http",
        strict: bool = False,
    ) -> None:
        self._app = validator(app) if strict else app
        self._base: Environ = base_environ(host=host, mount=mount, scheme=scheme)

    def send(self, request: Request) -> Answer:
        """Call the application once and read its whole answer."""
        errors = io.StringIO()
        environ = environ_for(self._base, request, errors)
        call = WsgiCall(request.method)
        exception: BaseException | None = None
        try:
            call.receive(self._app(environ, call.start_response))
        except (Exception, SystemExit) as raised:  # noqa: BLE001 - kept in the answer
            exception = _named(_without_our_frames(raised))
        return call.answer(errors.getvalue(), exception)


def _without_our_frames(raised: BaseException) -> BaseException:
    traceback = raised.__traceback__
    while traceback is not None and _module(traceback).startswith("pypact.targets."):
        traceback = traceback.tb_next
    return raised.with_traceback(traceback)


def _named(raised: BaseException) -> BaseException:
    """Turn a complaint of `wsgiref.validate` into a protocol error."""
    if not isinstance(raised, AssertionError):
        return raised
    last = raised.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or _module(last) != "wsgiref.validate":
        return raised
    error = ProviderProtocolError(f"wsgiref.validate: {raised}")
    error.__cause__ = raised
    return error


def _module(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", ""))
