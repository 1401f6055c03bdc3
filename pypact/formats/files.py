"""How is a pact file read, and how is one written without ever being half there?

Source: design, decision 8; semantics sections 2.1 and 12.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path

from pypact.errors import InvalidPact, StoreError
from pypact.formats.pact import contract_from_json
from pypact.model.contract import Contract
from pypact.model.json_text import Json, parse

__all__ = ["read_bytes", "read_content", "read_file", "reason", "replace_file"]


def read_file(path: Path) -> Contract:
    """Read a pact file.

    Raises: InvalidPact when it is none, StoreError when it cannot be read.
    """
    return read_content(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """Read the content of a file.

    Raises: InvalidPact when it is a directory, StoreError when it cannot be read.
    """
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise InvalidPact(str(path), read="a directory", wanted="a file") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}") from error


def read_content(content: bytes, place: str) -> Contract:
    """Make a contract of what the file named `place` held.

    Raises: InvalidPact.
    """
    return contract_from_json(_json(content, place), place)


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step; a crash leaves the old file or the new one.

    Directories are made.

    Raises: StoreError, with the old file intact.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(beside, content)
            _copy_mode(target, beside)
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be written: {reason(error)}") from error


def reason(error: Exception) -> str:
    """What an operating system says, without the path that the caller names."""
    return getattr(error, "strerror", None) or str(error)


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:  # noqa: PTH123 -- a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _copy_mode(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        target.chmod(source.stat().st_mode & 0o7777)


def _json(content: bytes, place: str) -> Json:
    if not content.strip(_BLANKS):
        raise InvalidPact(place, read="an empty file", wanted="a pact")
    try:
        return parse(content)
    except UnicodeDecodeError as error:
        read = f"bytes that are not UTF-8 (at {error.start})"
    except json.JSONDecodeError as error:
        read = f"text that is not JSON ({error})"
        if error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip():
            read = f"text that ends too early ({error})"
    except ValueError as error:
        read = f"text that is not JSON ({error})"
    raise InvalidPact(place, read=read, wanted="a pact in JSON")


_BLANKS = b"\xef\xbb\xbf \t\r\n"
