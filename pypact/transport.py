"""Send pypact's own HTTP requests with limits for the size and duration of responses.

A server that is broken, or that is not the one expected, must not occupy a process for
hours or fill its memory, also not by a compressed body or by redirects.
"""

from __future__ import annotations

import io
import re
import socket
from typing import Any

import requests
import urllib3.connection
import urllib3.connectionpool
from requests.adapters import HTTPAdapter

from pypact._lazy import compile_later
from pypact.deadline import TimedResponse
from pypact.model.codings import (
    CodingError,
    describe_missing_coding,
    split_codings,
    undo_content_codings,
)

MAX_BODY = 128 * 1024 * 1024  # bytes
TIMEOUTS_OF_RESPONSE = 4
"""How many times the timeout of one wait for data a whole response may take."""


def open_session() -> requests.Session:
    """Open a session whose responses are limited."""
    session = requests.Session()
    session.headers["Accept-Encoding"] = "gzip, deflate"  # what `_read_body` decodes
    for scheme in ("http://", "https://"):
        session.mount(scheme, _LimitedAdapter())
    return session


def restore_brackets(url: str) -> str:
    """Return the URL with literal brackets in the names of its query.

    urllib3 encodes them; the official clients send them as they are.

    >>> restore_brackets("/matrix?q%5B%5D%5Bversion%5D=%5B1%5D")
    '/matrix?q[][version]=%5B1%5D'
    """
    return _ENCODED_BRACKETS.sub(r"\1\2[][\3]=", url)


_ENCODED_BRACKETS = compile_later(r"([?&])(\w+)%5B%5D%5B(\w+)%5D=", re.IGNORECASE)


class _LiteralBrackets:
    def putrequest(self, method: str, url: str, *args: Any, **options: Any) -> None:
        super().putrequest(method, restore_brackets(url), *args, **options)  # type: ignore[misc]  # of the connection


class _LimitedResponse(TimedResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        wait = sock.gettimeout() or float("inf")
        seconds = TIMEOUTS_OF_RESPONSE * wait
        super().__init__(sock, *args, seconds=seconds, wait=wait, **options)


class _Connection(_LiteralBrackets, urllib3.connection.HTTPConnection):
    response_class = _LimitedResponse


class _SecureConnection(_LiteralBrackets, urllib3.connection.HTTPSConnection):
    response_class = _LimitedResponse


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.connectionpool.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _LimitedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, *args: Any, **options: Any) -> requests.Response:
        response = super().send(*args, **options)
        # Read here, because `requests` reads the bodies of redirects as a whole.
        try:
            response._content = _read_body(response.raw)  # noqa: SLF001 -- there is no public way
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        finally:
            response.raw.close()
        return response


def _read_body(raw: urllib3.HTTPResponse) -> bytes:
    found = io.BytesIO()
    while piece := raw.read(65536, decode_content=False):
        found.write(piece)
        if found.tell() > MAX_BODY:
            raise requests.exceptions.ContentDecodingError(
                f"the response is larger than {MAX_BODY} bytes"
            )
    content = found.getvalue()
    codings = split_codings(raw.headers.getlist("content-encoding"))
    try:
        return undo_content_codings(content, codings if content else [])
    except CodingError as error:
        problem = describe_missing_coding(error.name).partition(";")[0]
        if error.problem is not None:
            reason = error.problem.rpartition(": ")[2]
            problem = f"the response is not valid {error.name}, {reason}"
        raise requests.exceptions.ContentDecodingError(problem) from None
