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
    """Shares the contracts read from servers among the xdist workers of a session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: str | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send each worker the path of the folder with the shared responses."""
        if self._folder is None:
            import shutil  # noqa: PLC0415 -- only if there are workers
            import tempfile  # noqa: PLC0415 -- the same

            self._folder = tempfile.mkdtemp(
                prefix="pypact-"
            )  # readable by the user only
            self._config.add_cleanup(
                lambda: shutil.rmtree(self._folder or "", ignore_errors=True)
            )
        node.workerinput[_FOLDER] = self._folder

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Use the shared folder while tests are collected, and contracts are read."""
        folder = getattr(self._config, "workerinput", {}).get(_FOLDER)
        with spool.opened(folder):
            return (yield)
