"""Read requests from a connection, strictly and within limits.

What one server reads leniently and another strictly is what requests are smuggled
with; and a test should notice a client that sends invalid HTTP.

Source: RFC 9112, 2.2, "Message Parsing"; 3, "Request Line"; 5, "Field Syntax"; 6.3,
"Message Body Length"; 7.1, "Chunked Transfer Coding"; RFC 9110, 7.2, "Host".
"""

from __future__ import annotations

import ipaddress
from io import BufferedIOBase

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.errors import ServerError
from pypact.model.body import TOKEN
from pypact.model.codings import BodyTooLarge, read_chunks, split_codings


class InvalidRequest(Exception):
    """A request that is refused; `status` is the status code for the client."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a server for one request.

    `max_body` is the largest body in bytes. The head of a request must be complete
    within `timeout` seconds of its first byte, the body within `timeout` seconds and
    one more for each 10,000 bytes; a connection may be idle for `timeout` seconds.
    """

    max_body: int = 512 * 1024 * 1024
    timeout: float = 30.0

    def __post_init__(self) -> None:
        for name in ("max_body", "timeout"):
            value = getattr(self, name)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not 0 < value < float("inf"):
                raise ServerError(f"{name} must be a positive number, got {value!r}")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The request line and the header lines of a request, latin-1 decoded.

    `length` is the declared length of the body, None without one or if it is chunked.
    """

    method: str
    target: str
    lines: tuple[tuple[str, str], ...]
    length: int | None = None
    is_chunked: bool = False
    closes: bool = False
    """Whether the connection must be closed after the response."""
    expects_continue: bool = False


def read_head(file: BufferedIOBase) -> RequestHead | None:
    """Read the head of a request; return None at the end of the connection.

    Raises: InvalidRequest; EOFError, when the connection ends inside of the head.
    """
    line = b""
    for _ in range(_MAX_BLANK_LINES):
        found = _read_line(file, 414, "the request line")
        if found is None:
            return None
        line = found
        if line:
            break
    parts = _REQUEST_LINE.fullmatch(line)
    if parts is None:
        raise InvalidRequest(400, f"{_show(line)} is not a valid request line")
    method, target, major, minor = (part.decode("latin-1") for part in parts.groups())
    if major != "1":
        raise InvalidRequest(505, f"HTTP/{major}.{minor} is not supported")
    host = _read_host_of_target(method, target)
    lines = _read_header_lines(file)
    is_old = minor == "0"
    length, is_chunked = _read_framing(lines, is_old=is_old)
    _check_hosts(_find_values(lines, "host"), is_optional=is_old)
    if host is not None:
        # RFC 9112, 3.2.2: the host of the target replaces that of the header.
        lines = [(n, host if n.lower() == "host" else value) for n, value in lines]
    has_both = is_chunked and bool(_find_values(lines, "content-length"))
    connection = split_codings(_find_values(lines, "connection"))
    expected = [one.lower() for one in _find_values(lines, "expect")]
    return RequestHead(
        method,
        target,
        tuple(lines),
        length,
        is_chunked,
        closes=is_old or has_both or "close" in connection,
        expects_continue=not is_old and expected == ["100-continue"],
    )


def read_body(head: RequestHead, file: BufferedIOBase, max_body: int) -> bytes | None:
    """Read the whole body; return None if the head declares none.

    Raises: InvalidRequest; EOFError, when the connection ends inside of the body.
    """
    if head.is_chunked:
        try:
            return read_chunks(file, limit=max_body)
        except BodyTooLarge as error:
            raise InvalidRequest(413, str(error)) from error
        except ValueError as error:
            raise InvalidRequest(400, str(error)) from error
    if head.length is None:
        return None
    content = file.read(head.length)
    if len(content) < head.length:
        raise EOFError
    return content


def check_length(head: RequestHead, max_body: int) -> None:
    """Raise InvalidRequest if the declared body is larger than `max_body` bytes."""
    if head.length is not None and head.length > max_body:
        raise InvalidRequest(413, f"the body is larger than {max_body} bytes")


def extract_host_name(host: str) -> str | None:
    """Return the name in the value of a Host header, in lower case.

    Return None if the value is not valid. An IPv6 address is returned without brackets.
    """
    found = _HOST.fullmatch(host)
    if found is None or int(found["port"] or "0") > _HIGHEST_PORT:
        return None
    if found["address"] is None:
        return found["name"].lower().removesuffix(".")
    try:
        ipaddress.IPv6Address(found["address"])
    except ValueError:
        return None
    return found["address"].lower()


def _read_line(file: BufferedIOBase, status: int, what: str) -> bytes | None:
    """Read one line of a head, without its end; None at the end of the connection."""
    line = file.readline(_MAX_LINE_LENGTH + 1)
    if not line.endswith(b"\n"):
        if len(line) > _MAX_LINE_LENGTH:
            raise InvalidRequest(
                status, f"{what} is longer than {_MAX_LINE_LENGTH} bytes"
            )
        if line:
            raise EOFError
        return None
    line = line[:-1].removesuffix(b"\r")
    if b"\r" in line or b"\0" in line:
        raise InvalidRequest(400, f"{what} contains a bare CR or NUL: {_show(line)}")
    return line


def _read_header_lines(file: BufferedIOBase) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    size = 0
    while line := _read_line(file, 431, "a header line"):
        size += len(line)
        if len(lines) == _MAX_LINES or size > _MAX_HEAD_LENGTH:
            raise InvalidRequest(
                431,
                f"the request has more than {_MAX_LINES} header lines, or more than "
                f"{_MAX_HEAD_LENGTH} bytes of them",
            )
        lines.append(_parse_header_line(line))
    if line is None:
        raise EOFError
    return lines


def _parse_header_line(line: bytes) -> tuple[str, str]:
    if line[:1] in (b" ", b"\t"):
        raise InvalidRequest(400, f"a header line begins with a space: {_show(line)}")
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise InvalidRequest(400, f"{_show(line)} is not a valid header line")
    return name.decode("latin-1"), value.decode("latin-1")


def _read_host_of_target(method: str, target: str) -> str | None:
    """Return the host and port of a request target; None if it has only a path."""
    if method == "CONNECT":
        host = target
    elif target.startswith("/") or (method == "OPTIONS" and target == "*"):
        return None
    else:
        found = _URL.fullmatch(target)
        host = found["host"] if found is not None else ""
    if not extract_host_name(host):
        raise InvalidRequest(400, f"{target[:80]!r} is not a valid request target")
    return host


def _check_hosts(hosts: list[str], *, is_optional: bool) -> None:
    if len(hosts) > 1 or not (hosts or is_optional):
        raise InvalidRequest(
            400, f"the request must have one Host header, got {len(hosts)}"
        )
    for host in hosts:
        if extract_host_name(host) is None:
            raise InvalidRequest(400, f"{host[:80]!r} is not a valid Host")


def _read_framing(
    lines: list[tuple[str, str]], *, is_old: bool
) -> tuple[int | None, bool]:
    """Return the declared length of the body, and whether it is chunked."""
    codings = split_codings(_find_values(lines, "transfer-encoding"))
    if codings:
        if is_old:
            raise InvalidRequest(400, "HTTP/1.0 has no Transfer-Encoding")
        if codings != ["chunked"]:
            status = 400 if set(codings) == {"chunked"} else 501
            shown = ", ".join(codings)[:80]
            raise InvalidRequest(status, f"Transfer-Encoding {shown} is not supported")
        return None, True
    lengths = set(_find_values(lines, "content-length"))
    if not lengths:
        return None, False
    text = lengths.pop()
    if lengths or _DIGITS.fullmatch(text) is None:
        raise InvalidRequest(400, "Content-Length is not a single number")
    digits = text.lstrip("0")
    if len(digits) > _MAX_DIGITS:
        raise InvalidRequest(413, f"a Content-Length of {len(digits)} digits")
    return int(digits or "0"), False


def _find_values(lines: list[tuple[str, str]], name: str) -> list[str]:
    return [value for one, value in lines if one.lower() == name]


def _show(line: bytes) -> str:
    return repr(line[:80].decode("latin-1"))


_MAX_LINE_LENGTH = 65536
_MAX_HEAD_LENGTH = 4 * _MAX_LINE_LENGTH
_MAX_LINES = 100
_MAX_BLANK_LINES = 8  # before a request line
_MAX_DIGITS = 18

_REQUEST_LINE = compile_later(
    rb"(%s) ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])" % TOKEN.encode()
)
_NAME = compile_later(TOKEN.encode())
_VALUE = compile_later(rb"[\t\x20-\x7e\x80-\xff]*")
_DIGITS = compile_later("[0-9]+")
# RFC 3986, 3.2.2: a name or an address, and a port.
_HOST = compile_later(
    r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]"
    r"|(?P<name>(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*))"
    r"(?::(?P<port>[0-9]{0,5}))?"
)
_URL = compile_later(
    r"[Hh][Tt][Tt][Pp][Ss]?://(?:[^/?#@\[\]]*@)?(?P<host>[^/?#@]*)(?:[/?].*)?"
)
_HIGHEST_PORT = 65535
