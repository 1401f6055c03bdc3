"""How does a run's contract come into the file that earlier runs wrote?

Read, merge, write: under a lock that other threads and processes respect, and with one
atomic replace, so that a crash leaves the old file or the new one.

Source: design, decision 8; semantics section 12, "Writing and merging".
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pypact.errors import InvalidPact, MergeConflict, StoreError
from pypact.formats.checks import encoded
from pypact.formats.files import read_bytes, read_content, reason, replace_file
from pypact.formats.merge import merge, of_one_run, refuse_other_contents
from pypact.formats.names import file_name
from pypact.formats.notices import PactWarning
from pypact.formats.pact import FORMS
from pypact.formats.text import Texts, contract_text
from pypact.model.contract import Contract

__all__ = ["contract_path", "file_name", "put", "update"]


def contract_path(
    directory: str | os.PathLike[str], consumer: str, provider: str
) -> Path:
    """The file in `directory` for the contract of two participants."""
    return Path(directory, file_name(consumer, provider))


def put(path: str | os.PathLike[str], contract: Contract) -> None:
    """Write `contract` in place of the whole file at `path`. Directories are made.

    Raises: NotExpressible, and StoreError when the file cannot be written.
    """
    path = Path(path)
    content = encoded(contract_text(contract, Texts(FORMS[contract.version])))
    with _locked(path):
        replace_file(path, content)


def update(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    overwrite: bool = False,
    keeps_old: bool = False,
) -> bool:
    """Merge `contract` into the file at `path`; tell whether the file was changed.

    What earlier runs left of the same interactions is replaced, other interactions
    stay. Two contents of one interaction within `contract` are a conflict; with
    `overwrite` the last one counts. With `keeps_old` another content than that in the
    file is a conflict, too. Directories are made.

    Raises: MergeConflict, NotExpressible, and StoreError when the file cannot be read
    as a pact, is of other participants or cannot be written; it is intact then.
    """
    path = Path(path)
    interactions = of_one_run(contract.interactions, overwrite=overwrite)
    with _locked(path):
        before = _stored(path)
        old = before.contract if before else replace(contract, interactions=())
        if keeps_old:
            refuse_other_contents(old.interactions, interactions)
        try:
            merged = merge(old, replace(contract, interactions=interactions))
        except MergeConflict as error:
            raise StoreError(f"{path} holds another contract. {error}") from error
        form = FORMS[merged.version]
        texts = before.texts if before and before.texts.form is form else Texts(form)
        content = encoded(contract_text(merged, texts))
        is_changed = before is None or content != before.content
        if is_changed:
            replace_file(path, content)
        texts.keep_only(merged)
        _remember(path, _Stored(_stamp(path), content, merged, texts))
    if before and old.version < merged.version:
        was, now = old.version, merged.version
        text = f"{path} was of Pact Specification {was} and is now of {now}"
        warnings.warn(PactWarning(text), stacklevel=2)
    return is_changed


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file as this process read or wrote it last; `stamp` tells whether it still is.

    With it nothing is parsed or written as JSON twice in one process.
    """

    stamp: tuple[int, int, int]
    content: bytes
    contract: Contract
    texts: Texts


def _stored(path: Path) -> _Stored | None:
    try:
        stamp = _stamp(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}") from error
    known = _KNOWN.get(os.path.realpath(path))
    if known is not None and known.stamp == stamp:
        return known
    try:
        content = read_bytes(path)
        contract = read_content(content, str(path))
    except InvalidPact as error:
        raise StoreError(
            f"{path} is kept as it is, for it is no pact. {error}"
        ) from error
    return _Stored(stamp, content, contract, Texts(FORMS[contract.version]))


def _remember(path: Path, stored: _Stored) -> None:
    _KNOWN.pop(os.path.realpath(path), None)
    _KNOWN[os.path.realpath(path)] = stored
    for oldest in list(_KNOWN)[:-_MOST_KNOWN]:
        _KNOWN.pop(oldest, None)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    # The lock lives in the folder for temporary files: a lock file beside the contract
    # would be committed with it, and cannot be removed without splitting the waiters.
    from filelock import FileLock  # noqa: PLC0415 -- imported when first used

    digest = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    lock = Path(tempfile.gettempdir(), f"pypact-locks-{_USER}", f"{digest[:32]}.lock")
    try:
        lock.parent.mkdir(mode=0o700, exist_ok=True)
        held = FileLock(lock, timeout=_PATIENCE)
        held.acquire()
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be locked: {reason(error)}") from error
    try:
        yield
    finally:
        held.release()


_USER = getattr(os, "getuid", int)()  # Windows has a temporary folder per user
_PATIENCE = 60  # seconds; a write takes milliseconds
_MOST_KNOWN = 64
_KNOWN: dict[str, _Stored] = {}
