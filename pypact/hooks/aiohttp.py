"""Intercept the requests of aiohttp.

The hook returns a connection with aiohttp's own protocol on a transport that responds
from memory: aiohttp writes the request and parses the response itself. The connection
never enters the pool.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pypact.frames import find_caller
from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.hooks.sockets import MemorySocket, get_extra_info, make_socket
from pypact.hooks.wire import (
    CONTINUE,
    RequestReader,
    WireRequest,
    WireResponse,
    build_wire_response,
    extract_target,
    make_resolution_error,
    make_socket_error,
)

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler


def install(library: ModuleType) -> Undo:
    """Wrap the method that gives a session its connections."""
    return wrap_methods([(library.BaseConnector, "connect", _connect)])


async def _connect(wrapped: Any, connector: Any, args: Any, kwargs: Any) -> Any:
    request = kwargs["req"] if "req" in kwargs else args[0]
    if _is_local(connector):
        return await wrapped(*args, **kwargs)
    authority = _read_authority(request)
    owner = claims.find_claimed_origin(*authority)
    if owner is None:
        if (refusal := claims.find_refusal(*authority)) is not None:
            target = request.url.raw_path_qs
            refusal.respond(request.method, target, list(request.headers.items()))
        return await wrapped(*args, **kwargs)
    traces = kwargs["traces"] if "traces" in kwargs else args[1]
    for trace in traces or ():
        await trace.send_connection_create_start()
    connection = _make_connection(connector, request, owner)
    for trace in traces or ():
        await trace.send_connection_create_end()
    return connection


def _is_local(connector: object) -> bool:
    """Return whether a connector ignores the URL: a Unix socket or a named pipe."""
    return type(connector).__name__ in {"NamedPipeConnector", "UnixConnector"}


def _read_authority(request: Any) -> tuple[str, str, int | None]:
    url = request.url
    return url.scheme, url.raw_host or "", url.port


def _make_connection(connector: Any, request: Any, owner: claims.ClaimedOrigin) -> Any:
    import aiohttp  # noqa: PLC0415 -- already imported when this is called
    from aiohttp.client_proto import ResponseHandler  # noqa: PLC0415 -- the same

    def make_failure(kind: str) -> BaseException:
        if kind == "connect_timeout":
            return aiohttp.ConnectionTimeoutError(
                f"Connection timeout to host {request.url}"
            )
        if kind == "name_not_found":
            reason = make_resolution_error()
            return aiohttp.ClientConnectorDNSError(request.connection_key, reason)
        return aiohttp.SocketTimeoutError("Timeout on reading data from socket")

    loop = asyncio.get_running_loop()
    protocol = ResponseHandler(loop=loop)
    transport = _MemoryTransport(loop, protocol, owner, make_failure)
    protocol.connection_made(transport)
    protocol.force_close()
    return aiohttp.connector.Connection(
        connector, request.connection_key, protocol, loop
    )


class _MemoryTransport(asyncio.Transport):
    """A transport that responds to the request written to it.

    The protocol receives the response from the event loop, after `write` has returned.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: ResponseHandler,
        owner: claims.ClaimedOrigin,
        make_failure: Callable[[str], BaseException],
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._owner = owner
        self._make_failure = make_failure
        self._caller = find_caller()  # now, as a separate task may write the request
        self._reader = RequestReader()
        self._has_continued = False
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self._reader.feed(bytes(data))
        if not self._has_continued and self._reader.waits_for_continue:
            self._has_continued = True
            self._receive_soon(CONTINUE)
        if (request := self._reader.take_request()) is not None:
            self._respond(request)

    def writelines(
        self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]
    ) -> None:
        self.write(b"".join(list_of_data))

    def _respond(self, request: WireRequest) -> None:
        target = extract_target(request.target)
        if problem := self._reader.invalid:
            invalid = self._owner.record_invalid(
                request.method, target, problem, caller=self._caller
            )
            self._loop.call_soon(self._protocol.set_exception, invalid)
            return
        try:
            reply = self._owner.respond(
                request.method,
                target,
                request.headers,
                request.body,
                caller=self._caller,
            )
        except Exception as error:  # noqa: BLE001 # raised where the response is read
            self._loop.call_soon(self._protocol.set_exception, error)
            return
        if not isinstance(reply, claims.FaultyResponse) or reply.has_head:
            self._send(build_wire_response(reply, request.method))
        elif reply.kind == "connection_reset":
            self._loop.call_soon(self._lose, make_socket_error(reply.kind))
        else:
            failure = self._make_failure(reply.kind)
            self._loop.call_soon(self._protocol.set_exception, failure)

    def _send(self, response: WireResponse) -> None:
        if not response.seconds:
            self._receive_soon(response.head + response.payload)
        else:
            self._receive_soon(response.head)
            self._loop.call_later(response.seconds, self._receive, response.payload)
        if response.missing:
            self._loop.call_soon(self._lose, None)

    def _receive_soon(self, data: bytes) -> None:
        self._loop.call_soon(self._receive, data)

    def _receive(self, data: bytes) -> None:
        if not self._closing and data:
            self._protocol.data_received(data)

    def _lose(self, error: BaseException | None) -> None:
        if not self._closing:
            self._closing = True
            self._protocol.connection_lost(error)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        found = get_extra_info(self._socket, name)
        return default if found is None else found

    @functools.cached_property
    def _socket(self) -> MemorySocket:
        return make_socket(*self._owner.authority, None)

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass
