"""Merge the contract of a test run into its pact file.

The file is read, merged and written under a lock shared by threads and processes, and
replaced atomically, so that a crash leaves either the old or the new file.

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
    """Return the path of the pact file of a consumer and a provider in `directory`."""
    return Path(directory, file_name(consumer, provider))


def put(path: str | os.PathLike[str], contract: Contract) -> None:
    """Replace the file at `path` by `contract`; missing directories are created.

    Raises: NotExpressible, StoreError if the file cannot be written.
    """
    path = Path(path)
    content = encoded(contract_text(contract, Texts(FORMS[contract.version])))
    with _lock_file(path):
        replace_file(path, content)


def update(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    overwrite: bool = False,
    keeps_old: bool = False,
) -> bool:
    """Merge `contract` into the file at `path`; return whether the file changed.

    Interactions in the file are replaced by those of `contract` with the same identity;
    the others are kept. If two interactions of `contract` have the same identity but
    differ, that is a conflict; with `overwrite` the last one is used. With `keeps_old`
    it is also a conflict if an interaction differs from that in the file. Missing
    directories are created.

    Raises: MergeConflict, NotExpressible, StoreError if the file is not a valid pact,
    belongs to another consumer or provider, or cannot be read or written; the file is
    then unchanged.
    """
    path = Path(path)
    interactions = of_one_run(contract.interactions, overwrite=overwrite)
    with _lock_file(path):
        before = _load(path)
        old = before.contract if before else replace(contract, interactions=())
        if keeps_old:
            refuse_other_contents(old.interactions, interactions)
        try:
            merged = merge(old, replace(contract, interactions=interactions))
        except MergeConflict as error:
            raise StoreError(
                f"{path} holds the contract of another pair. {error}"
            ) from error
        form = FORMS[merged.version]
        texts = before.texts if before and before.texts.form is form else Texts(form)
        content = encoded(contract_text(merged, texts))
        is_changed = before is None or content != before.content
        if is_changed:
            replace_file(path, content)
        texts.keep_only(merged)
        _add_to_cache(path, _CachedFile(_get_stamp(path), content, merged, texts))
    if before and old.version < merged.version:
        was, now = old.version, merged.version
        text = f"{path} was converted from Pact Specification {was} to {now}"
        warnings.warn(PactWarning(text), stacklevel=2)
    return is_changed


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A pact file as this process last read or wrote it.

    If the file still has this `stamp`, it is not parsed again, and unchanged
    interactions are not encoded again.
    """

    stamp: tuple[int, int, int]
    content: bytes
    contract: Contract
    texts: Texts


def _load(path: Path) -> _CachedFile | None:
    try:
        stamp = _get_stamp(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}") from error
    cached = _CACHE.get(os.path.realpath(path))
    if cached is not None and cached.stamp == stamp:
        return cached
    try:
        content = read_bytes(path)
        contract = read_content(content, str(path))
    except InvalidPact as error:
        raise StoreError(
            f"{path} is not a valid pact file and was left unchanged. {error}"
        ) from error
    return _CachedFile(stamp, content, contract, Texts(FORMS[contract.version]))


def _add_to_cache(path: Path, stored: _CachedFile) -> None:
    _CACHE.pop(os.path.realpath(path), None)
    _CACHE[os.path.realpath(path)] = stored
    for oldest in list(_CACHE)[:-_CACHE_SIZE]:
        _CACHE.pop(oldest, None)


def _get_stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    # The lock is in the folder for temporary files: a lock file beside the contract
    # would be committed with it, and removing it would break the lock of others.
    from filelock import FileLock  # noqa: PLC0415 -- imported when first used

    digest = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    lock = Path(tempfile.gettempdir(), f"pypact-locks-{_USER}", f"{digest[:32]}.lock")
    try:
        lock.parent.mkdir(mode=0o700, exist_ok=True)
        held = FileLock(lock, timeout=_LOCK_TIMEOUT)
        held.acquire()
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be locked: {reason(error)}") from error
    try:
        yield
    finally:
        held.release()


_USER = getattr(os, "getuid", int)()  # Windows has a temporary folder per user
_LOCK_TIMEOUT = 60  # seconds; a write takes milliseconds
_CACHE_SIZE = 64
_CACHE: dict[str, _CachedFile] = {}
