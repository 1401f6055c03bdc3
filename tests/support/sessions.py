"""Sessions of pytest inside of a test."""

import sys
from pathlib import Path

# Sessions find these imported, instead of importing them anew.
import flask  # noqa: F401 -- see above
import pytest
import requests  # noqa: F401 -- see above
import wrapt  # noqa: F401 -- see above

import pypact.consumer.block
import pypact.consumer.example_runs
import pypact.hooks.urllib3
import pypact.pytest_plugin.contracts
import pypact.strategies.xml
import pypact.verifier.variation
import pypact.verifier.verifier  # noqa: F401 -- see above
from pypact.consumer.definitions import DEFINITIONS


def run_session(pytester, *options, plugins=("pypact.pytest_plugin",)):
    """Run pytest in this process, with the given plugins only.

    With the option `-n`, its workers are processes of their own.
    """
    if "-n" in options:
        plugins = (*plugins, "xdist")
    loading = [part for name in plugins for part in ("-p", name)]
    DEFINITIONS.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setattr(sys, "dont_write_bytecode", True)  # files change in an instant
        patch.syspath_prepend(Path.cwd())
        return pytester.runpytest_inprocess(*loading, *options)
