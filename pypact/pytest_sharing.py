"""How do all processes of a session verify the very same contracts?

The controller of pytest-xdist does not collect, so it cannot know which contracts are
wanted. It makes a folder instead, in which the first worker that reads something from a
server leaves the answer for the others. Contracts in files are read by each.

Source: verification.md, section 5.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pypact import spool

__all__ = ["SharingSide"]

_FOLDER = "pypact_spool"


class SharingSide:
    """One session, or one worker's part of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: str | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the others' answers are."""
        if self._folder is None:
            import shutil  # noqa: PLC0415 -- only who has workers
            import tempfile  # noqa: PLC0415 -- the same

            self._folder = tempfile.mkdtemp(prefix="pypact-")  # only for this user
            self._config.add_cleanup(
                lambda: shutil.rmtree(self._folder or "", ignore_errors=True)
            )
        node.workerinput[_FOLDER] = self._folder

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Read each contract once while tests are collected."""
        folder = getattr(self._config, "workerinput", {}).get(_FOLDER)
        with spool.opened(folder):
            return (yield)
