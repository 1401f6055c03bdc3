"""Hold the state that is shared within one process, and between the processes of a run.

It imports little, so that a session without a pact pays nothing. The shared folder
reveals no requests: file names are hashes, and the files contain only results.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_Row = TypeVar("_Row")


@contextlib.contextmanager
def bypass_interception() -> Iterator[None]:
    """Let the HTTP calls made inside the `with` block bypass interception."""
    token = _BYPASSING.set(True)
    try:
        yield
    finally:
        _BYPASSING.reset(token)


def defer_writing() -> None:
    """Defer writing: a session will commit and write the staged interactions."""
    STATE.deferring_sessions += 1


def stop_deferring() -> None:
    """End the deferral that the last session began."""
    STATE.deferring_sessions -= 1


def is_writing_deferred() -> bool:
    """Return whether staged interactions must wait for a session to commit them."""
    return STATE.deferring_sessions > 0


def forbid_writing() -> None:
    """Let no contract be written: a session only checks what it would write."""
    STATE.checking_sessions += 1


def allow_writing() -> None:
    """End the check that the last session began."""
    STATE.checking_sessions -= 1


def is_writing_forbidden() -> bool:
    """Return whether contracts must not be written."""
    return STATE.checking_sessions > 0


def set_network_policy(policy: object) -> None:
    """Set the network policy of all blocks that do not have their own.

    It is a `NetworkPolicy` of `pypact.hooks.network`.
    """
    STATE.network_policies.append(policy)


def unset_network_policy() -> None:
    """Remove the policy that was set last."""
    STATE.network_policies.pop()


def get_network_policy() -> Any:
    """Return the policy that was set last, or None."""
    return STATE.network_policies[-1] if STATE.network_policies else None


def use_real_files() -> contextlib.AbstractContextManager[Any]:
    """Return a context manager that suspends pyfakefs, if it is active.

    Paths must be created inside of it, and modules that use files imported: outside of
    it, they may be fake.
    """
    library: Any = sys.modules.get("pyfakefs.fake_filesystem_unittest")
    patcher = None if library is None else library.Patcher.PATCHER
    if not getattr(patcher, "is_patching", False):
        return _NOTHING
    pause: contextlib.AbstractContextManager[Any] = library.Pause(patcher)
    return pause


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Pause the collection of cyclic garbage while many objects without it are made.

    The collector would look at all of them again and again, and find nothing.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _ResultCache:
    """Pickled results, shared with other processes if there is a `folder`."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._results: dict[str, bytes] = {}

    def get_result(self, name: str, send: Callable[[], bytes]) -> bytes:
        if name not in self._results:
            self._results[name] = (
                send()
                if self._folder is None
                else _share_result(os.path.join(self._folder, name), send)  # noqa: PTH118 -- pathlib is not needed elsewhere
            )
        return self._results[name]


def _share_result(path: str, send: Callable[[], bytes]) -> bytes:
    from filelock import FileLock  # noqa: PLC0415 -- imported when first used

    # A process that dies loses its lock, and the next one sends the request.
    with FileLock(f"{path}.lock"):
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123 -- as above
            return file.read()
        result = send()
        with open(f"{path}.new", "wb") as file:  # noqa: PTH123 -- as above
            file.write(result)
        os.replace(f"{path}.new", path)  # noqa: PTH105 -- as above
    return result


@contextlib.contextmanager
def share_results(folder: str | None = None) -> Iterator[None]:
    """Share results in this process, and with all processes using the same folder."""
    # The folder may be on another machine, that of the run's controller.
    is_local = folder is not None and os.path.isdir(folder)  # noqa: PTH112 -- as above
    STATE.result_caches.append(_ResultCache(folder if is_local else None))
    try:
        yield
    finally:
        STATE.result_caches.pop()


def run_once(key: tuple[Any, ...], send: Callable[[], _Result]) -> _Result:
    """Return the result of `send`, called once per `key` while results are shared."""
    if not STATE.result_caches:
        return send()
    import hashlib  # noqa: PLC0415 -- needed only for servers during collection
    import pickle  # noqa: PLC0415 -- the same

    from pypact.errors import PactError  # noqa: PLC0415 -- the same

    def send_and_pickle() -> bytes:
        try:
            return pickle.dumps((send(), None))
        except PactError as error:
            return pickle.dumps((None, error))

    name = hashlib.sha256(repr(key).encode()).hexdigest()
    pickled = STATE.result_caches[-1].get_result(name, send_and_pickle)
    result: _Result
    result, error = pickle.loads(pickled)  # noqa: S301 -- written by this run
    if error is not None:
        raise error
    return result


class _ProcessState:
    """The state of this process; the last policy and the last cache count."""

    def __init__(self) -> None:
        self.deferring_sessions = 0
        self.checking_sessions = 0
        self.network_policies: list[object] = []
        self.result_caches: list[_ResultCache] = []
        # For each pytest session, a function that makes the path of a node id relative
        # to the folder in which pytest was started.
        self.node_relaters: list[Callable[[str], str]] = []
        # Set while tests are rerun with changed responses: a function of the pact, the
        # interaction, a response or message, and the number of the response message.
        self.change_response: Callable[[Any, Any, Any, int], Any] | None = None
        # Whether a test runs again: it does not try other examples then.
        self.is_rerun = False
        # Set while pytest calls a test: returns the function that begins a subtest of a
        # `VariedTest`, or None if that is not the running test.
        self.find_subtests: Callable[[Any], Any] | None = None


VARIED_TESTS = "_pypact_varied_tests"
"""The attribute with which a decorated function lists its `VariedTest` objects."""

STATE = _ProcessState()
_BYPASSING: ContextVar[bool] = ContextVar("pypact_bypassing", default=False)

# Called for each request, and so without a function around it.
is_bypassing: Callable[[], bool] = _BYPASSING.get
"""Return whether HTTP calls bypass interception in this context."""


def set_row(table: dict[str, _Row], name: str, row: _Row) -> Callable[[], None]:
    """Set a row of a table; return a function that restores the previous row.

    The order of the other rows stays. The function does nothing if the row has been
    replaced or removed since.
    """
    before = table.get(name)
    table[name] = row

    def undo() -> None:
        if table.get(name) is row:
            if before is None:
                del table[name]
            else:
                table[name] = before

    return undo
