"""Lock a contract across threads, processes, users and containers.

The lock is a file beside the contract, `.NAME.lock`. It exists while the lock is held,
and names the holder. What excludes others is the operating system's lock on it (flock;
on Windows a locked byte), which ends with its process: a dead holder never blocks.

Invariants:

- A lock counts only if the locked file is still the one at its path. The holder removes
  the file before it unlocks it; another process that waited for it tries again.
- While the contract has a journal, the file may stay: who folds the journal removes it.
- The contract itself is never locked, as each write replaces it by another file.
- A child that is forked while a lock is held closes its copy of the lock.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from pypact._lazy import import_later
from pypact.errors import InvalidExpectation, StoreError
from pypact.formats.files import name_beside, remove_file

if TYPE_CHECKING:
    import random
    import socket
else:
    random = import_later("random")
    socket = import_later("socket")

if sys.platform == "win32":
    import msvcrt

    # Other processes cannot read a locked byte: this one is behind the holder's name.
    _LOCKED_BYTE = 1 << 20

    def _lock_at_once(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock_at_once(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextlib.contextmanager
def lock_beside(path: Path, while_: Callable[[], bool]) -> Iterator[bool]:
    """Hold the lock of the contract at `path`; missing directories are created.

    Yields True; or False, without the lock, if `while_` became false while waiting.

    `path` has no symbolic links. Waits for another holder, by default for 60 seconds;
    the environment variable PYPACT_LOCK_TIMEOUT sets another number of seconds.

    Raises: StoreError, which names the holder, or a filesystem without locks.
    """
    lock = name_beside(path, "lock")
    limit = _read_limit()
    try:
        file = _acquire(lock, limit, while_)
    except (OSError, ValueError) as error:
        raise _make_lock_error(path, error) from error
    if file is None:
        yield False
        return
    try:
        yield True
    finally:
        has_journal = os.path.lexists(name_beside(path, "journal"))
        _release(file, lock, keeps_file=has_journal)


def _acquire(lock: str, limit: float, while_: Callable[[], bool]) -> io.FileIO | None:
    waited, pause = 0.0, _SHORTEST_PAUSE
    while (file := _try_to_lock(lock)) is None:
        if waited >= limit:
            raise _make_timeout(lock, limit)
        # The pauses are counted, as tests may have frozen the clocks of `time`.
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        sleep(pause * (0.5 + random.random()))
        waited += pause
        if not while_():
            return None
    return file


def _try_to_lock(lock: str) -> io.FileIO | None:
    """Return the locked file; None if another holds it, or has just removed it."""
    try:
        file = _open_lock(lock)
    except FileNotFoundError:
        Path(lock).parent.mkdir(parents=True, exist_ok=True)
        return None
    if file is None:
        return None
    try:
        try:
            _lock_at_once(file.fileno())
        except OSError as error:
            if error.errno in _WITHOUT_LOCKS:
                remove_file(lock)  # it would remain without any use
            if error.errno not in _HELD_BY_ANOTHER:
                raise
            file.close()
            return None
        status = os.fstat(file.fileno())
        if not _is_at_path(status, lock):
            file.close()
            return None
        # A hard link could lead to any file of the user.
        if file.writable() and status.st_nlink == 1:
            _make_readable(file, status.st_mode)
            _write_holder(file, status.st_size)
    except BaseException:
        file.close()
        raise
    _HELD.add(file)
    return file


def _make_readable(file: io.FileIO, mode: int) -> None:
    """Let other users open the lock, whatever the umask of this process is."""
    if mode & _READABLE != _READABLE:
        with contextlib.suppress(PermissionError):  # it is another user's
            os.chmod(file.fileno(), mode | _READABLE)  # noqa: PTH101 -- of an open file


def _write_holder(file: io.FileIO, size: int) -> None:
    """Write the name of this process into a lock, unless it is there already."""
    holder = _describe_holder(os.getpid())
    if size:
        if size == len(holder) and file.read(size) == holder:
            return
        file.seek(0)
    file.write(holder)
    if size > len(holder):  # what a killed holder has left
        file.truncate()


def _open_lock(lock: str) -> io.FileIO | None:
    """Open the lock; return None if another user, who has just created it, holds it."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | _SAFE_FLAGS, 0o666)
    except PermissionError:
        # Another user's: reading suffices to lock it. If it is missing, it is the
        # folder that cannot be written.
        if not os.path.lexists(lock):
            raise
        try:
            return io.FileIO(os.open(lock, os.O_RDONLY | _SAFE_FLAGS), "rb")
        except PermissionError:
            return None
    return io.FileIO(descriptor, "rb+")


def _is_at_path(status: os.stat_result, lock: str) -> bool:
    try:
        return os.path.samestat(status, os.stat(lock))  # noqa: PTH116 -- for each block; pathlib is slow
    except FileNotFoundError:
        return False


def _release(file: io.FileIO, lock: str, *, keeps_file: bool) -> None:
    if file.closed:  # in a child that was forked while the lock was held
        return
    _HELD.discard(file)
    # Before unlocking, else it could be the next holder's file. Windows refuses to
    # remove an open file, and another user's can be protected: then it stays.
    if not keeps_file:
        remove_file(lock)
    # Closing it is not enough: a child may have been forked, and not have run yet.
    with contextlib.suppress(OSError):
        _unlock(file.fileno())
    file.close()
    if sys.platform == "win32" and not keeps_file:
        remove_file(lock)


@functools.lru_cache(maxsize=1)
def _describe_holder(process: int) -> bytes:
    program = Path(sys.argv[0] if sys.argv else "").name or "python"
    name = f"process {process} ({program}) on {socket.gethostname()}"
    return name.encode(errors="replace")


def _read_limit() -> float:
    value = os.environ.get("PYPACT_LOCK_TIMEOUT", "") or "60"
    try:
        limit = float(value)
    except ValueError:
        limit = -1.0
    if not limit >= 0:
        raise InvalidExpectation(
            f"PYPACT_LOCK_TIMEOUT must be a number of seconds, got {value!r}"
        )
    return limit


def _make_timeout(lock: str, limit: float) -> TimeoutError:
    holder = ""
    with contextlib.suppress(OSError):
        holder = Path(lock).read_bytes()[:500].decode(errors="replace").strip()
    return TimeoutError(
        f"held for over {limit:g} s by {holder or 'an unknown process'} "
        "(PYPACT_LOCK_TIMEOUT=SECONDS sets another limit)"
    )


def _make_lock_error(path: Path, error: Exception) -> StoreError:
    if isinstance(error, OSError) and error.errno in _WITHOUT_LOCKS:
        return StoreError(
            f"{path} cannot be locked: the filesystem of its folder does not support "
            f"file locks ({error.strerror}); choose a folder on another one (pact_dir, "
            "or PACT_OUTPUT_DIR)"
        )
    problem = getattr(error, "strerror", None) or str(error)
    lock = name_beside(path, "lock")
    if os.path.islink(lock) or os.path.isdir(lock):  # noqa: PTH112, PTH114 -- a string
        problem = f"{lock} is not a regular file ({problem}): remove it"
    return StoreError(f"{path} cannot be locked: {problem}")


def _close_in_child() -> None:
    while _HELD:
        _HELD.pop().close()


_SAFE_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_READABLE = 0o444
_HELD_BY_ANOTHER = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02  # seconds
_HELD: set[io.FileIO] = set()  # the locks that this process holds
_register_at_fork = getattr(os, "register_at_fork", lambda **_: None)  # not on Windows
_register_at_fork(after_in_child=_close_in_child)
