"""Hold the state that is shared within one process, and between the processes of a run.

It covers four things: pypact's own HTTP calls bypass its interception; a test session
can defer the writing of contracts, because it knows which tests passed; it can set the
network policy of blocks without one of their own; and the results of server requests
are shared while tests are collected. The module imports little, so that a session
without a pact pays nothing for it.

While the processes of a test runner collect tests, each would read the same contracts
from the same servers, and could even get different ones. Here the first process sends
the request; all others get its result, or its error. A request made by a test itself is
always sent. The folder shared by the processes reveals neither requests nor
credentials: file names are hashes, and the files contain only results.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar


@contextlib.contextmanager
def bypass_interception() -> Iterator[None]:
    """Let the HTTP calls made inside the `with` block bypass interception."""
    token = _bypassing.set(True)
    try:
        yield
    finally:
        _bypassing.reset(token)


def is_bypassing() -> bool:
    """Return whether calls in this context bypass interception."""
    return _bypassing.get()


_bypassing: ContextVar[bool] = ContextVar("pypact_passing", default=False)


_deferring_sessions = 0


def defer_writing() -> None:
    """Defer writing: a session will commit and write the staged interactions."""
    global _deferring_sessions  # noqa: PLW0603 -- one count for the process
    _deferring_sessions += 1


def stop_deferring() -> None:
    """End the deferral that the last session began."""
    global _deferring_sessions  # noqa: PLW0603 -- one count for the process
    _deferring_sessions -= 1


def is_writing_deferred() -> bool:
    """Return whether staged interactions must wait for a session to commit them."""
    return _deferring_sessions > 0


_network_policies: list[frozenset[str]] = []


def block_network(hosts: Iterable[str] = ()) -> None:
    """Block undeclared calls in every block, except calls to `hosts`.

    Each call adds a policy, which lasts until it is removed again.
    """
    _network_policies.append(frozenset(hosts))


def unblock_network() -> None:
    """Remove the policy that was added last."""
    _network_policies.pop()


def get_allowed_hosts() -> frozenset[str] | None:
    """Return the hosts that undeclared calls may reach; None if all are allowed."""
    return _network_policies[-1] if _network_policies else None


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
def share_results(folder: str | None = None) -> Iterator[None]:
    """Share results in this process, and with all processes using the same folder."""
    # The folder may be on another machine, that of the run's controller.
    is_local = folder is not None and os.path.isdir(folder)  # noqa: PTH112 -- as above
    _open_caches.append(_ResultCache(folder if is_local else None))
    try:
        yield
    finally:
        _open_caches.pop()


def run_once(question: tuple[Any, ...], ask: Callable[[], _Result]) -> _Result:
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
