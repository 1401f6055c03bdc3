"""Sockets and their files in memory, for intercepted connections.

Clients read from the socket of a connection: its peer, its options, its TLS session,
its descriptor. What costs time is made when it is read.

Source: docs/internals/interception.md, "Responses and sockets".
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import os
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

from pypact.hooks.wire import WireResponse, wait_for_content

Address: TypeAlias = "tuple[str, int] | tuple[str, int, int, int]"


class ResponseFile(io.BytesIO):
    """The file of a response, with what the buffered file of a socket has.

    `socket` is the socket that it belongs to.
    """

    socket: MemorySocket
    mode = "rb"

    @property
    def raw(self) -> _RawFile:
        """The unbuffered file: it continues where this file is."""
        return _RawFile(self)

    @property
    def name(self) -> int:
        return self.fileno()

    def fileno(self) -> int:
        return self.socket.fileno()

    def peek(self, _size: int = 0, /) -> bytes:
        """Return the content from the position on, as far as it is buffered."""
        start = self.tell()
        return bytes(self.getbuffer()[start : start + io.DEFAULT_BUFFER_SIZE])

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


class FaultyFile(ResponseFile):
    """A file that calls `interrupt` once, before it is read from a position on."""

    def __init__(
        self, content: bytes, position: int, interrupt: Callable[[], None]
    ) -> None:
        super().__init__(content)
        self._position = position
        self._interrupt: Callable[[], None] | None = interrupt

    def _wait(self) -> None:
        if self._interrupt is not None and self.tell() >= self._position:
            interrupt, self._interrupt = self._interrupt, None
            interrupt()

    def read(self, size: int | None = -1, /) -> bytes:
        self._wait()
        return super().read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        self._wait()
        return super().read1(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        self._wait()
        return super().readline(size)

    def readinto(self, buffer: Any, /) -> int:
        self._wait()
        return super().readinto(buffer)

    def peek(self, size: int = 0, /) -> bytes:
        self._wait()
        return super().peek(size)


class _RawFile(socket.SocketIO):
    """The file that the buffered file of a socket reads from."""

    def __init__(self, file: ResponseFile) -> None:
        io.RawIOBase.__init__(self)  # that of SocketIO needs a real socket
        self._file = file
        self._sock = file.socket  # read by docker-py and requests-ntlm

    def readable(self) -> bool:
        return not self._file.closed

    def writable(self) -> bool:
        return False

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def fileno(self) -> int:
        return self._file.fileno()

    @property
    def name(self) -> int:
        return self.fileno()

    @property
    def mode(self) -> Literal["rb"]:
        return "rb"

    def close(self) -> None:
        io.RawIOBase.close(self)


def _time_out() -> None:
    raise TimeoutError("timed out")


class Exchange(Protocol):
    """A request that is written to a socket, and its response.

    `is_awaited` is true if the next request on the connection has to be this one.
    """

    is_awaited: bool

    def receive(self, data: bytes) -> None:
        """Receive data, and set the socket's file once the request is complete."""

    def finish(self) -> None:
        """Set the socket's file, although the request is not complete."""


class MemorySocket:
    """The connected socket of `connection`, a connection of http.client or urllib3.

    `file` is the response that is read from it.
    """

    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, connection: Any, host: str, port: int) -> None:
        self.connection = connection
        self._host = host
        self._port = port
        timeout = getattr(connection, "timeout", None)
        # http.client has an object for the default timeout.
        self._timeout = timeout if isinstance(timeout, (int, float)) else None
        self.file: ResponseFile | None = None
        self.exchange: Exchange | None = None
        self._options: dict[tuple[int, int], Any] | None = None
        self._descriptor: int | None = None
        self._writing: int | None = None  # the other end of its pipe

    def open_file(self, response: WireResponse, head: bytes = b"") -> ResponseFile:
        """Return the file from which a client reads `head` and the payload."""
        payload = response.payload if response.is_chunked else response.content
        content = head + payload
        if response.seconds:
            wait = functools.partial(self._wait, response.seconds)
            file: ResponseFile = FaultyFile(content, len(head), wait)
        elif response.never_ends:
            file = FaultyFile(content, len(head), _time_out)
        else:
            file = ResponseFile(content)
        file.socket = self
        self.file = file
        if self._writing is not None:
            self._fill()
        return file

    def open_failing_file(self, error: Exception) -> None:
        """Make reading from this socket raise `error`."""

        def fail() -> None:
            raise error

        self.set_file(FaultyFile(b"", 0, fail))

    def set_file(self, file: ResponseFile) -> None:
        """Set the file that the client reads from now on."""
        file.socket = self
        self.file = file
        if self._writing is not None:
            self._fill()

    def _wait(self, seconds: float) -> None:
        wait_for_content(seconds, self._timeout)

    # What a client reads about the connection.

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self._find_address() else socket.AF_INET

    def getpeername(self) -> Address:
        return self._complete(self._find_address(), self._port)

    def getsockname(self) -> Address:
        is_v6 = ":" in self._find_address()
        return self._complete("::1" if is_v6 else "127.0.0.1", _OWN_PORT)

    def _find_address(self) -> str:
        if self._host == "localhost" or self._host.endswith(".localhost"):
            return "127.0.0.1"
        with contextlib.suppress(OSError):
            socket.inet_pton(socket.AF_INET, self._host)
            return self._host
        return self._host if ":" in self._host else PEER_ADDRESS

    @staticmethod
    def _complete(address: str, port: int) -> Address:
        return (address, port, 0, 0) if ":" in address else (address, port)

    def getsockopt(self, level: int, option: int, size: int = 0, /) -> int | bytes:
        value = self._read_options().get((level, option), 0)
        if size:
            return value if isinstance(value, bytes) else value.to_bytes(size, "little")
        return int.from_bytes(value, "little") if isinstance(value, bytes) else value

    def setsockopt(self, level: int, option: int, value: Any, *_size: int) -> None:
        self._read_options()[level, option] = value

    def _read_options(self) -> dict[tuple[int, int], Any]:
        if self._options is None:
            self._options = {
                (socket.SOL_SOCKET, socket.SO_TYPE): int(self.type),
                (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
            }
            for line in getattr(self.connection, "socket_options", None) or ():
                self._options[line[0], line[1]] = line[2]
        return self._options

    @property
    def timeout(self) -> float | None:
        return self._timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 # the signature is that of sockets
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        return self._timeout != 0.0

    def fileno(self) -> int:
        """Return a descriptor that is readable once there is a response.

        It is that of a pipe, because tests may forbid sockets.
        """
        if self._descriptor is None:
            self._descriptor, self._writing = os.pipe()
            if self.file is not None:
                self._fill()
        return self._descriptor

    def _fill(self) -> None:
        """Make the descriptor readable."""
        writing, self._writing = self._writing, None
        if writing is not None:
            if self.file is not None and not self.file.closed:
                os.write(
                    writing, ResponseFile.peek(self.file)
                )  # less than a pipe holds
            os.close(writing)

    # What a client reads from the connection, and writes to it.

    def recv(self, size: int, _flags: int = 0, /) -> bytes:
        return self.file.read(size) if self.file and not self.file.closed else b""

    def recv_into(self, buffer: Any, size: int = 0, _flags: int = 0, /) -> int:
        found = self.recv(size or len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def send(self, data: bytes, _flags: int = 0, /) -> int:
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes, _flags: int = 0, /) -> None:
        if self.exchange is not None:
            self.exchange.receive(bytes(data))

    def makefile(self, *_args: Any, **_options: Any) -> io.BufferedIOBase:
        if self.file is None and self.exchange is not None:
            self.exchange.finish()
        return self.file or ResponseFile()

    def shutdown(self, how: int, /) -> None:
        if how != socket.SHUT_WR and self.file and not self.file.closed:
            self.file.seek(0, io.SEEK_END)

    def close(self) -> None:
        for descriptor in (self._descriptor, self._writing):
            if descriptor is not None:
                os.close(descriptor)
        self._descriptor = self._writing = None

    def __del__(self) -> None:
        if self._descriptor is not None:
            self.close()


class MemoryTLSSocket(MemorySocket):
    """A connected socket with TLS."""

    server_side = False
    session = None
    session_reused = False

    @property
    def server_hostname(self) -> str:
        return self._host

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        own = getattr(self.connection, "ssl_context", None)
        return own or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def version(self) -> str:
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        return _CIPHER

    def shared_ciphers(self) -> list[tuple[str, str, int]]:
        return [_CIPHER]

    def compression(self) -> None:
        return None

    def pending(self) -> int:
        return 0

    def selected_alpn_protocol(self) -> str:
        return "http/1.1"

    def selected_npn_protocol(self) -> None:
        return None

    def get_channel_binding(self, _kind: str = "tls-unique") -> None:
        return None  # TLS 1.3 has none of this kind

    def unwrap(self) -> MemorySocket:
        return self

    def getpeercert(self, binary_form: bool = False) -> Any:  # noqa: FBT001, FBT002 # the signature is that of SSLSocket
        """Return a certificate for the host, or one in DER form that is for no host."""
        if binary_form:
            return base64.b64decode(_CERTIFICATE)
        year = time.gmtime().tm_year
        name = ((("commonName", self._host),),)
        kind = "DNS" if self._find_address() == PEER_ADDRESS else "IP Address"
        return {
            "subject": name,
            "issuer": ((("commonName", "pypact"),),),
            "version": 3,
            "serialNumber": "01",
            "notBefore": f"Jan  1 00:00:00 {year - 1} GMT",
            "notAfter": f"Jan  1 00:00:00 {year + 2} GMT",
            "subjectAltName": ((kind, self._host),),
        }


def make_socket(scheme: str, host: str, port: int, connection: Any) -> MemorySocket:
    """Return the socket of an intercepted connection."""
    kind = MemoryTLSSocket if scheme == "https" else MemorySocket
    return kind(connection, host, port)


def get_extra_info(sock: MemorySocket, name: str) -> Any:
    """Return a value of the transports of asyncio or the streams of httpcore."""
    read = _EXTRA_INFO.get(name)
    if read is None:
        return None
    return read(sock)


def _read_socket(sock: MemorySocket) -> MemorySocket:
    return sock


def _read_ssl(name: str) -> Callable[[MemorySocket], Any]:
    def read(sock: MemorySocket) -> Any:
        found = getattr(sock, name, None)
        return found() if callable(found) else found

    return read


# Names of asyncio's transports, and of the streams of httpcore.
_EXTRA_INFO: dict[str, Callable[[MemorySocket], Any]] = {
    "cipher": _read_ssl("cipher"),
    "client_addr": MemorySocket.getsockname,
    "compression": _read_ssl("compression"),
    "is_readable": lambda _: False,
    "peercert": _read_ssl("getpeercert"),
    "peername": MemorySocket.getpeername,
    "server_addr": MemorySocket.getpeername,
    "socket": _read_socket,
    "sockname": MemorySocket.getsockname,
    "ssl_object": lambda sock: sock if isinstance(sock, MemoryTLSSocket) else None,
    "sslcontext": _read_ssl("context"),
}

# A public address that is assigned to nobody (RFC 7526), so that clients which refuse
# private networks accept it.
PEER_ADDRESS = "192.88.99.1"
_OWN_PORT = 49152  # the first of the dynamic ports (RFC 6335)
_CIPHER = ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)
# Self-signed, for the common name "pypact"; its key was thrown away.
_CERTIFICATE = """
MIIBeTCCAR+gAwIBAgIUcjGMa6r3T7/nFdObBOSlXLzUkKowCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGcHlw
YWN0MCAXDTI2MTEyODEwNTgyNFoYDzIxMjYxMTA0MTA1ODI0WjARMQ8wDQYDVQQDDAZweXBhY3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATsOywQxKioAnlCGKMVXuqgmHO5dQ+TUAhmM/c0r5Kwb/TRDLYeRXHJLWZI
RJHE+3gQaebS6NO3Wwzow/pArfaFo1MwUTAdBgNVHQ4EFgQURQfxpce1/9MYmc1zfEZa84DyuRQwHwYDVR0j
BBgwFoAURQfxpce1/9MYmc1zfEZa84DyuRQwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA
j8VV2AQRwFvkdp+ROmpnLFR9uFC2ud+m99PtdRQ7vb0CIHjsM8DqJ+sASv3VaxY1T5wpBurPwB7Xka67DXNN
iGEi
"""
