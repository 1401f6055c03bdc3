"""Encode and decode content codings, chunked bodies and the values of headers.

Source: RFC 9110, "Content Codings"; RFC 9112, "Chunked Transfer Coding".
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later, import_later
from pypact.model.body import TOKEN

if TYPE_CHECKING:
    import gzip
else:
    gzip = import_later("gzip")


@dataclass(frozen=True, slots=True)
class ContentCoding:
    """A content coding; `decode` raises one of `DECODING_ERRORS` for other content."""

    encode: Callable[[bytes], bytes]
    decode: Callable[[bytes], bytes]


DECODING_ERRORS = (OSError, EOFError, zlib.error)


def split_codings(values: Iterable[str]) -> list[str]:
    """Return the names of codings in the values of a header, in lower case."""
    # HTTP allows only spaces and tabs; servers differ on other white space.
    parts = (part for value in values for part in value.split(","))
    return [part.strip(" \t").lower() for part in parts]


def apply_content_codings(
    content: bytes,
    values: Iterable[str],
    is_text: bool = False,  # noqa: FBT001, FBT002 # it is a field of the body
) -> bytes:
    """Apply the codings of a Content-Encoding header to a body, in their order.

    If the content is not text, and can be decoded from all codings, it is taken as
    encoded. A coding that is unsupported is skipped.
    """
    names = split_codings(values)
    if not is_text and _is_encoded(content, names):
        return content
    for name in names:
        if (coding := find_content_coding(name)) is not None:
            content = coding.encode(content)
    return content


def find_coding_problem(values: Iterable[str], *, is_text: bool) -> str | None:
    """Return why content cannot be sent with these codings, or None.

    Content that is not text may have an unknown coding already.
    """
    for name in split_codings(values):
        if find_content_coding(name) is None and (is_text or name in _PACKAGES):
            return describe_missing_coding(name)
    return None


def describe_missing_coding(name: str) -> str:
    """Describe why a content coding cannot be used."""
    if name in _PACKAGES:
        packages = " or ".join(repr(package) for package in _PACKAGES[name])
        return f"the Content-Encoding {name!r} needs the package {packages}"
    return (
        f"the Content-Encoding {name!r} is not supported; "
        f"supported: {', '.join([*CONTENT_CODINGS, *_PACKAGES])}"
    )


class CodingError(ValueError):
    """A body that cannot be decoded from the coding `name`.

    `problem` is the reason, None if the coding is not supported.
    """

    def __init__(self, name: str, problem: str | None) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem


def undo_content_codings(content: bytes, names: Sequence[str]) -> bytes:
    """Decode a body from the codings of a Content-Encoding header.

    Raises: CodingError.
    """
    for name in reversed(names):
        coding = find_content_coding(name)
        if coding is None:
            raise CodingError(name, None)
        try:
            content = coding.decode(content)
        except DECODING_ERRORS as error:
            raise CodingError(name, str(error)) from None
    return content


def _is_encoded(content: bytes, names: Sequence[str]) -> bool:
    supported = [name for name in names if find_content_coding(name) is not None]
    try:
        undo_content_codings(content, supported)
    except CodingError:
        return False
    return True


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _gunzip(content: bytes) -> bytes:
    found = b""
    while content:  # a file of several members
        piece, content = _decompress(content, _GZIP_FORMAT, MAX_DECODED - len(found))
        found = found + piece if found else piece
        content = content.lstrip(b"\0")  # padding
    return found


def _inflate(content: bytes) -> bytes:
    # RFC 9110 defines "deflate" as the zlib format, but many servers send raw deflate
    # data, and clients accept both.
    try:
        return _decompress(content, zlib.MAX_WBITS, MAX_DECODED)[0]
    except zlib.error:
        found, rest = _decompress(content, -zlib.MAX_WBITS, MAX_DECODED)
        if rest:  # without a header, many other contents begin like this format
            raise
        return found


def _decompress(content: bytes, wbits: int, limit: int) -> tuple[bytes, bytes]:
    """Return the decoded content, and what follows it."""
    decoder = zlib.decompressobj(wbits)
    found = decoder.decompress(content, limit + 1)
    if len(found) > limit:
        raise OSError(f"it has more than {MAX_DECODED} bytes when decoded")
    if not decoder.eof:
        raise EOFError("its end is missing")
    return found, decoder.unused_data


_GZIP_FORMAT = 16 + zlib.MAX_WBITS
MAX_DECODED = 256 * 1024 * 1024  # bytes; 1 MB can decode to 1 GB

_GZIP = ContentCoding(_gzip, _gunzip)

# In the order in which errors list them.
CONTENT_CODINGS: dict[str, ContentCoding] = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "deflate": ContentCoding(zlib.compress, _inflate),
    "identity": ContentCoding(bytes, bytes),
}


@functools.cache
def find_content_coding(name: str) -> ContentCoding | None:
    """Return a content coding; None if it is unsupported, or its package is missing."""
    for package in _PACKAGES.get(name, ()):
        with contextlib.suppress(ImportError):
            module: Any = importlib.import_module(package)
            return _read_brotli(module) if name == "br" else _read_zstd(module)
    return CONTENT_CODINGS.get(name)


def _decode_in_pieces(
    content: bytes, feed: Callable[[bytes], bytes], error: type[Exception]
) -> bytes:
    """Decode content piece by piece, so that a small body cannot fill the memory."""
    found = io.BytesIO()
    for start in range(0, len(content), _ENCODED_PIECE):
        try:
            found.write(feed(content[start : start + _ENCODED_PIECE]))
        except error as problem:
            raise OSError(str(problem)) from None
        if found.tell() > MAX_DECODED:
            raise OSError(f"it has more than {MAX_DECODED} bytes when decoded")
    return found.getvalue()


_ENCODED_PIECE = 64  # bytes; 4 bytes can decode to 128 KB

# The packages that a content coding needs, of which one is enough.
_PACKAGES = {
    "br": ("brotli", "brotlicffi"),
    "zstd": ("compression.zstd", "backports.zstd", "zstandard"),
}


def _read_brotli(module: Any) -> ContentCoding:
    def decode(content: bytes) -> bytes:
        decoder = module.Decompressor()
        found = _decode_in_pieces(content, decoder.process, module.error)
        if not decoder.is_finished():
            raise EOFError("its end is missing")
        return found

    return ContentCoding(module.compress, decode)


def _read_zstd(module: Any) -> ContentCoding:
    is_zstandard = module.__name__ == "zstandard"

    def decode(content: bytes) -> bytes:
        decoder: Any = None

        def feed(piece: bytes) -> bytes:
            nonlocal decoder
            found = b""
            while piece:
                if decoder is None or decoder.eof:  # the next frame
                    decoder = module.ZstdDecompressor()
                    if is_zstandard:
                        decoder = decoder.decompressobj()
                found += decoder.decompress(piece)
                piece = decoder.unused_data if decoder.eof else b""
            return found

        found = _decode_in_pieces(content, feed, module.ZstdError)
        if decoder is None or not decoder.eof:
            raise EOFError("its end is missing")
        return found

    def encode(content: bytes) -> bytes:
        encoded: bytes = module.ZstdCompressor().compress(content)
        return encoded

    return ContentCoding(encode if is_zstandard else module.compress, decode)


class BinaryReader(Protocol):
    """A binary file that chunks are read from."""

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes, or fewer at the end of the file."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Read one line of at most `size` bytes."""
        ...


class BodyTooLarge(Exception):
    """A body that is larger than the limit of its reader."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")


def read_chunks(file: BinaryReader, *, limit: int | None = None) -> bytes:
    """Read a chunked body of at most `limit` bytes; its trailers are ignored.

    Raises: EOFError, when the body is not complete; ValueError, when it is not valid;
    BodyTooLarge.
    """
    found = io.BytesIO()  # joining a list of chunks would need twice the memory
    while size := _parse_chunk_size(_read_line(file)):
        if limit is not None and found.tell() + size > limit:
            raise BodyTooLarge(limit)
        while size:
            piece = file.read(min(size, _PIECE_SIZE))
            if not piece:
                raise EOFError
            size -= found.write(piece)
        if _read_line(file):
            raise ValueError("a chunk is longer than its declared size")
    for _ in range(_MAX_TRAILERS):
        line = _read_line(file)
        if not line:
            return found.getvalue()
        if _TRAILER.fullmatch(line) is None:
            raise ValueError("a trailer of a chunked body is not a valid header line")
    raise ValueError(f"a chunked body has more than {_MAX_TRAILERS} trailers")


def _parse_chunk_size(line: bytes) -> int:
    found = _CHUNK_START.fullmatch(line)
    if found is None:
        raise ValueError("a chunk does not start with its size")
    return int(found[1], 16)


def _read_line(file: BinaryReader) -> bytes:
    line = file.readline(_MAX_LINE_LENGTH)
    if not line.endswith(b"\n"):
        if len(line) == _MAX_LINE_LENGTH:
            raise ValueError("a line of a chunked body is too long")
        raise EOFError
    if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
        raise ValueError("a line of a chunked body does not end with CR LF")
    return line[:-2]


_PIECE_SIZE = 1024 * 1024
_MAX_LINE_LENGTH = 8192
_MAX_TRAILERS = 100
# A size, and extensions. 16 digits are larger than any limit, but not too large to be
# compared with it.
_CHUNK_START = compile_later(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER = compile_later(rb"%s:[\t\x20-\x7e\x80-\xff]*" % TOKEN.encode())


def encode_header_value(text: str) -> str:
    """Return the bytes that a client sends for `text`, as latin-1 characters."""
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def decode_header_value(value: str) -> str:
    """Decode a value given as latin-1 characters as UTF-8, if its bytes are UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
