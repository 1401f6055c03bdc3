"""Did a process of this run ask that already, and what came of it?

While a test runner's processes collect, each would read the same contracts from the
same servers, N times and perhaps not the same ones. Here the first to ask waits for the
answer, or for the failure; all others get that. It stands open only while tests are
collected: what a test itself asks for is asked anew.

In a folder that the runner's processes share nothing tells what was asked or by whom:
the names are hashes, and only what the server answered is in the files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["once", "opened"]

_Answer = TypeVar("_Answer")


class _Spool:
    """The outcomes of one run, here and, with a `folder`, in its other processes."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._known: dict[str, bytes] = {}

    def outcome(self, key: str, ask: Callable[[], bytes]) -> bytes:
        if key not in self._known:
            self._known[key] = ask() if self._folder is None else self._shared(key, ask)
        return self._known[key]

    def _shared(self, key: str, ask: Callable[[], bytes]) -> bytes:
        from filelock import FileLock  # noqa: PLC0415 -- imported when first used

        path = os.path.join(self._folder or "", key)  # noqa: PTH118 -- pathlib is not needed elsewhere
        # A process that dies loses its lock, and the next one asks.
        with FileLock(f"{path}.lock"):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123 -- the same
                return file.read()
            outcome = ask()
            with open(f"{path}.new", "wb") as file:  # noqa: PTH123 -- the same
                file.write(outcome)
            os.replace(f"{path}.new", path)  # noqa: PTH105 -- the same
        return outcome


_open: list[_Spool] = []


@contextlib.contextmanager
def opened(folder: str | None = None) -> Iterator[None]:
    """Share outcomes within this process, and with all that opened the same folder."""
    # A folder of another machine's controller is of no use here.
    is_there = folder is not None and os.path.isdir(folder)  # noqa: PTH112 -- as above
    _open.append(_Spool(folder if is_there else None))
    try:
        yield
    finally:
        _open.pop()


def once(question: tuple[Any, ...], ask: Callable[[], _Answer]) -> _Answer:
    """Ask, or give what came of the same `question` before.

    Raises: PactError, as `ask` does or did.
    """
    if not _open:
        return ask()
    import hashlib  # noqa: PLC0415 -- only who reads from a server while collecting
    import pickle  # noqa: PLC0415 -- the same

    from pypact.errors import PactError  # noqa: PLC0415 -- the same

    def outcome() -> bytes:
        try:
            return pickle.dumps((ask(), None))
        except PactError as error:
            return pickle.dumps((None, error))

    key = hashlib.sha256(repr(question).encode()).hexdigest()
    answer: _Answer
    answer, error = pickle.loads(_open[-1].outcome(key, outcome))  # noqa: S301 -- of this very run
    if error is not None:
        raise error
    return answer
