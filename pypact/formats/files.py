"""Read pact files, and replace them atomically.

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
    """Read the contract in a pact file.

    Raises: InvalidPact if it is not a valid pact file, StoreError if it cannot be read.
    """
    return read_content(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises: InvalidPact if it is a directory, StoreError if it cannot be read.
    """
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise InvalidPact(str(path), read="a directory", wanted="a file") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}") from error


def read_content(content: bytes, place: str) -> Contract:
    """Read a contract from the content of the file named `place`.

    Raises: InvalidPact.
    """
    return contract_from_json(_parse_pact_json(content, place), place)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file atomically; a crash leaves either the old or the new file.

    Missing directories are created.

    Raises: StoreError; the old file is then unchanged.
    """
    target = Path(os.path.realpath(path))  # a symbolic link is kept
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_new_file(beside, content)
            _copy_mode(target, beside)
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be written: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Return the operating system's message without the path, which the caller adds."""
    return getattr(error, "strerror", None) or str(error)


def _write_new_file(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:  # noqa: PTH123 -- opens a file descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _copy_mode(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        target.chmod(source.stat().st_mode & 0o7777)


def _parse_pact_json(content: bytes, place: str) -> Json:
    if not content.strip(_BLANK_BYTES):
        raise InvalidPact(place, read="an empty file", wanted="a pact in JSON")
    try:
        return parse(content)
    except UnicodeDecodeError as error:
        read = f"bytes that are not UTF-8 (at position {error.start})"
    except json.JSONDecodeError as error:
        read = f"invalid JSON ({error})"
        if error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip():
            read = f"truncated JSON ({error})"
    except ValueError as error:
        read = f"invalid JSON ({error})"
    raise InvalidPact(place, read=read, wanted="a pact in JSON")


_BLANK_BYTES = b"\xef\xbb\xbf \t\r\n"
