"""Detect the content type of bytes.

Only the bytes are examined; the declared content type is not used.

Source: docs/internals/specification.md, "6.4 contentType".
"""

from __future__ import annotations

import io
import zipfile

from pypact.model.body import guess_content_type


def detect_content_types(content: bytes) -> tuple[str, ...]:
    """Return the content types of some bytes, the most specific one first."""
    for offset, signature, content_type in _SIGNATURES:
        if content.startswith(signature, offset):
            return _refine(content, content_type)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ("application/octet-stream",)
    if any(character < " " and character not in _BLANKS for character in text):
        return ("application/octet-stream",)
    if _looks_like_svg(text):
        return ("image/svg+xml", "application/xml", "text/xml", "text/plain")
    guess = str(guess_content_type(content)) if content else "text/plain"
    aliases = ("text/xml",) if guess == "application/xml" else ()
    return tuple(dict.fromkeys((guess, *aliases, "text/plain")))


def _refine(content: bytes, content_type: str) -> tuple[str, ...]:
    if content_type == "riff":
        kind = _RIFF.get(content[8:12])
        return (kind,) if kind else ("application/octet-stream",)
    if content_type == "application/zip":
        kind = _detect_zip_content(content)
        return (kind, content_type) if kind else (content_type,)
    return (content_type,)


def _detect_zip_content(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return None
    for prefix, kind in _ZIP_ENTRIES:
        if any(name.startswith(prefix) for name in names):
            return kind
    return None


def _looks_like_svg(text: str) -> bool:
    start = text.lstrip()[:1024]
    return start.startswith("<svg") or (start.startswith("<?xml") and "<svg" in start)


_BLANKS = "\t\n\r\x0c\x1b"
_SIGNATURES = [
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"RIFF", "riff"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"%PDF", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"PK\x07\x08", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (257, b"ustar", "application/x-tar"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "application/ogg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x00asm", "application/wasm"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
]
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ZIP_ENTRIES = [
    ("word/", f"{_OFFICE}.wordprocessingml.document"),
    ("xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    ("ppt/", f"{_OFFICE}.presentationml.presentation"),
    ("META-INF/MANIFEST.MF", "application/java-archive"),
]
