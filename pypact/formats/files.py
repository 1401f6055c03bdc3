"""Read files, and replace them atomically; refuse what is not a regular file.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pypact._lazy import import_later
from pypact.errors import InvalidPact, StoreError

if TYPE_CHECKING:
    import glob
else:
    glob = import_later("glob")


class PactFiles:
    """The pact files at a path, which is a file, a directory or a pattern.

    It is taken as a directory if it is one or ends with a slash, and as a pattern if it
    contains `*`, `?` or `[` and does not exist. A relative path is resolved at once.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.place = os.fspath(path)
        self._absolute = os.path.abspath(self.place)  # noqa: PTH100 -- Path has no glob in the middle
        exists = Path(self._absolute).exists()
        ends_with_slash = self.place.endswith(("/", os.sep))
        self._is_directory = Path(self._absolute).is_dir() or ends_with_slash
        self._is_pattern = any(one in self.place for one in "*?[") and not exists

    def find(self) -> dict[Path, str]:
        """Return the files, and how to show each; a single one may be missing."""
        if self._is_directory:
            paths = sorted(Path(self._absolute).glob("*.json"))
            return {path: os.path.join(self.place, path.name) for path in paths}  # noqa: PTH118 -- as the user wrote it
        if self._is_pattern:
            found = sorted(glob.glob(self._absolute, recursive=True))
            files = [path for path in map(Path, found) if path.is_file()]
            return {path: os.path.relpath(path) for path in files}
        return {Path(self._absolute): self.place}

    def require(self) -> dict[Path, str]:
        """Return the files as `find` does.

        Raises: StoreError, for a path that does not exist; InvalidPact, without files.
        """
        if not self._is_pattern and not Path(self._absolute).exists():
            kind = "directory" if self._is_directory else "file or directory"
            raise StoreError(f"{self.place}: no such {kind}")
        if files := self.find():
            return files
        read = "nothing: no such file"
        raise InvalidPact(self.place, read=read, wanted="files *.json")


def read_file_bytes(path: Path) -> bytes:
    """Return the content of a file.

    A FIFO is read only where the shell passes one, as `/dev/fd/63` or `/dev/stdin`.
    """
    try:
        if str(path).startswith(_PASSED_BY_SHELL):
            return path.read_bytes()
        # Without O_NONBLOCK, opening a FIFO would wait until something writes to it.
        descriptor = os.open(path, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 -- opens a file descriptor
            _require_regular(path, os.fstat(descriptor).st_mode, "was not read")
            return file.read()
    except IsADirectoryError:
        raise InvalidPact(str(path), read="a directory", wanted="a file") from None
    except StoreError:
        raise
    except (OSError, ValueError) as error:
        raise make_store_error(path, "read", error) from error


def resolve_file(path: Path) -> Path:
    """Return the path of a file that will be written, without symbolic links.

    Raises: StoreError for a FIFO, device or socket, and for a symbolic link of another
    user or to a missing file.
    """
    try:
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode):
            return _resolve_regular(str(path))
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise make_store_error(path, "written", error) from error
    target = Path(os.path.realpath(path))
    if stat.S_ISLNK(found.st_mode):
        if found.st_uid not in (os.getuid() if hasattr(os, "getuid") else 0, 0):
            raise StoreError(f"{path} is a symbolic link of another user: not followed")
        try:
            found = target.stat()
        except OSError:
            problem = f"{path} is a symbolic link to {target}, which cannot be read"
            raise StoreError(f"{problem}: not followed") from None
    if not stat.S_ISDIR(found.st_mode):
        _require_regular(path, found.st_mode, "was left unchanged")
    return target


def _resolve_regular(path: str) -> Path:
    """Resolve a regular file, again only if another folder is at its place."""
    folder = os.stat(os.path.dirname(path) or ".")  # noqa: PTH116, PTH120 -- for each block; pathlib is slow
    identity = folder.st_dev, folder.st_ino
    known = _RESOLVED.get(path)
    if known is None or known[0] != identity:
        known = _RESOLVED[path] = identity, Path(os.path.realpath(path))
        for oldest in list(_RESOLVED)[:-_MOST_RESOLVED]:
            _RESOLVED.pop(oldest, None)
    return known[1]


def _require_regular(path: Path, mode: int, consequence: str) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "a special file")
        raise StoreError(f"{path} is {kind}, not a regular file, and {consequence}")


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file atomically, or leave it unchanged; keep its permissions.

    The caller holds the lock of `path`, which has no symbolic links.
    """
    beside = get_temporary_path(path)
    try:
        try:
            write_new_file(beside, content, get_mode(path))
            beside.replace(path)
        except BaseException:
            remove_file(beside)
            raise
    except (OSError, ValueError) as error:
        raise make_store_error(path, "written", error) from error


def name_beside(path: Path, suffix: str) -> str:
    """Return the path of the hidden file beside a file, whose name has this suffix."""
    folder, name = os.path.split(path)  # for each block; pathlib is slow
    return os.path.join(folder, f".{name}.{suffix}")  # noqa: PTH118 -- as above


def get_temporary_path(path: Path) -> Path:
    """Return the path at which the new content of a file is written.

    There is only one, so that the next writer removes what a killed process has left.
    """
    return Path(name_beside(path, "tmp"))


def get_mode(path: Path) -> int | None:
    """Return the permissions of a file; None if there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def write_new_file(path: Path, content: bytes, mode: int | None) -> None:
    """Write a new file that has never had other permissions than `mode`."""
    remove_file(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    try:
        descriptor = os.open(path, flags, 0o666 if mode is None else mode & 0o600)
    except FileExistsError as error:
        problem = f"{path} already exists and cannot be removed"
        raise FileExistsError(error.errno, problem) from error
    with open(descriptor, "wb") as file:  # noqa: PTH123 -- opens a file descriptor
        if mode is not None:
            path.chmod(mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def remove_file(path: Path | str) -> None:
    """Remove a file, if it is there and can be removed."""
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108 -- for each block; pathlib is slow


def make_store_error(path: Path, action: str, error: Exception) -> StoreError:
    """Return the StoreError for an error of the operating system."""
    # The message of the operating system alone, as `str(error)` repeats the path.
    problem = getattr(error, "strerror", None) or str(error)
    return StoreError(f"{path} cannot be {action}: {problem}")


_RESOLVED: dict[str, tuple[tuple[int, int], Path]] = {}
_MOST_RESOLVED = 64
_BINARY = getattr(os, "O_BINARY", 0)
_PASSED_BY_SHELL = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
_KINDS = {
    stat.S_IFIFO: "a FIFO (named pipe)",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
