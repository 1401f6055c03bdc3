"""Share the results of server requests between the processes of a test run.

While the processes of a test runner collect tests, each would read the same contracts
from the same servers, and could even get different ones. Here the first process sends
the request; all others get its result, or its error. Results are shared only during
collection: a request made by a test itself is always sent.

The shared folder reveals neither the requests nor the credentials: file names are
hashes, and the files contain only results.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["once", "opened"]

_Result = TypeVar("_Result")


class _ResultCache:
    """The results of one run, shared with other processes if there is a `folder`."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._results: dict[str, bytes] = {}

    def get_result(self, key: str, ask: Callable[[], bytes]) -> bytes:
        if key not in self._results:
            self._results[key] = (
                ask() if self._folder is None else self._get_shared_result(key, ask)
            )
        return self._results[key]

    def _get_shared_result(self, key: str, ask: Callable[[], bytes]) -> bytes:
        from filelock import FileLock  # noqa: PLC0415 -- imported when first used

        path = os.path.join(self._folder or "", key)  # noqa: PTH118 -- pathlib is not needed elsewhere
        # A process that dies loses its lock, and the next one calls `ask`.
        with FileLock(f"{path}.lock"):
            with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123 -- the same
                return file.read()
            result = ask()
            with open(f"{path}.new", "wb") as file:  # noqa: PTH123 -- the same
                file.write(result)
            os.replace(f"{path}.new", path)  # noqa: PTH105 -- the same
        return result


_open_caches: list[_ResultCache] = []


@contextlib.contextmanager
def opened(folder: str | None = None) -> Iterator[None]:
    """Share results in this process, and with all processes using the same folder."""
    # The folder may be on another machine, that of the run's controller.
    is_local = folder is not None and os.path.isdir(folder)  # noqa: PTH112 -- as above
    _open_caches.append(_ResultCache(folder if is_local else None))
    try:
        yield
    finally:
        _open_caches.pop()


def once(question: tuple[Any, ...], ask: Callable[[], _Result]) -> _Result:
    """Call `ask` once per `question`; return the cached result after that.

    Raises: PactError, if `ask` raises it or raised it for the same question.
    """
    if not _open_caches:
        return ask()
    import hashlib  # noqa: PLC0415 -- needed only for servers during collection
    import pickle  # noqa: PLC0415 -- the same

    from pypact.errors import PactError  # noqa: PLC0415 -- the same

    def run() -> bytes:
        try:
            return pickle.dumps((ask(), None))
        except PactError as error:
            return pickle.dumps((None, error))

    key = hashlib.sha256(repr(question).encode()).hexdigest()
    result: _Result
    result, error = pickle.loads(_open_caches[-1].get_result(key, run))  # noqa: S301 -- written by this run
    if error is not None:
        raise error
    return result
