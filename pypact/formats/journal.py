"""Add the interactions of blocks to a journal beside a contract.

Rewriting a contract takes time in proportion to its size. Beyond a number of
interactions (`store.JOURNAL_FROM`), a block is therefore appended to the journal,
`.NAME.journal` in the folder of the contract.

Invariants:

- The complete contract is the file, merged with the lines of its journal in their
  order. Every reader of pypact merges them in memory; every writer and the normal exit
  of a process fold them into the file.
- A line is a pact file of its own, with the interactions of one block, for the
  consumer and provider of the contract and in its version. It ends with a newline.
- What follows the last newline was cut off by a kill or a full disk, in a block that
  did not finish. Readers ignore it, and the next writer removes it.
- Only the holder of the contract's lock changes the contract or the journal.
- Folding replaces the contract, then removes the journal. After a kill in between, the
  lines are merged once more, which changes nothing.
- A journal lies only beside a contract. One without a contract is out of date, because
  someone has removed the contract: readers ignore it, and the next writer removes it.
- A reader takes no lock. It reads the journal before the contract: a line that has just
  been folded is then in the contract.

A journal is not flushed to the disk: it survives a killed process, but not a power cut.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pypact.errors import StoreError
from pypact.formats.files import make_store_error, name_beside, remove_file


def get_journal_path(path: Path) -> Path:
    """Return the path of the journal of the contract at `path`, without links."""
    return Path(name_beside(path, "journal"))


def read_lines(path: Path) -> list[bytes]:
    """Return the finished lines of the journal of a contract."""
    journal = get_journal_path(path)
    try:
        descriptor = os.open(journal, os.O_RDONLY | _SAFE_FLAGS)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        if not os.path.lexists(journal):  # such as a contract whose folder is a file
            return []
        raise make_store_error(journal, "read", error) from error
    with open(descriptor, "rb") as file:  # noqa: PTH123 -- opens a file descriptor
        _require_regular(journal, descriptor)
        return file.read().split(b"\n")[:-1]


def append_line(path: Path, line: bytes) -> None:
    """Append a line to the journal of a contract, all of it or nothing.

    Raises: OSError.
    """
    journal = name_beside(path, "journal")
    flags = os.O_RDWR | os.O_APPEND | _SAFE_FLAGS
    try:
        descriptor = os.open(journal, flags)
    except FileNotFoundError:
        descriptor = os.open(journal, flags | os.O_CREAT | os.O_EXCL, 0o600)
        Path(journal).chmod(stat.S_IMODE(path.stat().st_mode))
    try:
        _require_regular(journal, descriptor)
        end = _remove_unfinished_line(descriptor)
        rest = memoryview(line + b"\n")
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except BaseException:
            os.ftruncate(descriptor, end)
            raise
    finally:
        os.close(descriptor)


def _remove_unfinished_line(descriptor: int) -> int:
    """Truncate the file to its finished lines; return its size."""
    size = os.fstat(descriptor).st_size
    if size == 0:
        return 0
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    if os.read(descriptor, 1) == b"\n":
        return size
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", closefd=False) as file:
        size = file.read().rfind(b"\n") + 1
    os.ftruncate(descriptor, size)
    return size


def remove_journal(path: Path) -> None:
    """Remove the journal of a contract, if there is one."""
    remove_file(get_journal_path(path))


def _require_regular(journal: Path | str, descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise StoreError(f"{journal} is not a regular file: remove it")


_SAFE_FLAGS = (
    getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
