"""Pass data between the processes of a pytest-xdist session.

Each worker sends its data to the controller when its session ends. The controller
does not collect tests, so it cannot know which contracts are needed: it creates a
folder, in which the first worker that reads something from a server stores the response
for the others. Contracts in files are read by each worker.

Source: docs/internals/verification.md, "Publishing from pytest".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

import pytest

from pypact import _process


class CollectingPlugin:
    """The base of plugins that collect data in each worker and use it once, at the end.

    A worker calls `export_data` at the end of its session. The controller calls
    `import_data` for each worker and then `finish`; without workers, only `finish` is
    called. `key` names the data.
    """

    key: ClassVar[str]

    def export_data(self) -> object:
        """Return the data, in types that execnet can send; None if there are none."""
        raise NotImplementedError

    def import_data(self, data: Any) -> None:
        """Add the data that a worker exported."""
        raise NotImplementedError

    def finish(self, session: pytest.Session) -> None:
        """Use the data of the whole session."""
        raise NotImplementedError

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 -- the hook's signature
        """Receive the data of a worker."""
        # A worker that crashed has no output.
        data = getattr(node, "workeroutput", {}).get(self.key)
        if data is not None:
            self.import_data(data)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Use the data, or in a worker send them to the controller."""
        output = getattr(session.config, "workeroutput", None)  # set by xdist
        if output is None:
            self.finish(session)
        elif (data := self.export_data()) is not None:
            output[self.key] = data


class SharingPlugin:
    """A plugin that shares the contracts read from servers among xdist workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: str | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send each worker the path of the folder with the shared responses."""
        if self._folder is None:
            import shutil  # noqa: PLC0415 -- only if there are workers
            import tempfile  # noqa: PLC0415 -- the same

            # Readable by the user only.
            folder = self._folder = tempfile.mkdtemp(prefix="pypact-")
            self._config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        node.workerinput[_FOLDER] = self._folder

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Share the contracts that are read while tests are collected."""
        folder = getattr(self._config, "workerinput", {}).get(_FOLDER)
        with _process.share_results(folder):
            return (yield)


_FOLDER = "pypact_spool"
