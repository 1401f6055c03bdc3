"""What is imported at the start is little, so that each run of tests starts quickly.

Source: docs/internals/performance.md, "What was done, and why it is safe".
"""

import os
import subprocess
import sys

import pytest

# Modules of the standard library and of dependencies that take milliseconds each. Those
# that a measurement of coverage imports itself are not among them.
SLOW = {
    "aiohttp",
    "asyncio",
    "click",
    "concurrent.futures",
    "csv",
    "difflib",
    "email",
    "gzip",
    "hashlib",
    "http.client",
    "httpx",
    "importlib.metadata",
    "logging",
    "pickle",
    "requests",
    "socket",
    "ssl",
    "subprocess",
    "unittest",
    "urllib.request",
    "urllib3",
    "uuid",
    "wrapt",
    "xml",
    "zipfile",
    "zoneinfo",
}


def modules_after(code: str) -> set[str]:
    """Return the modules that a new interpreter has imported after running `code`."""
    script = f"import sys; before = set(sys.modules); {code}\n"
    script += "print(*(set(sys.modules) - before))"
    # Without what an environment or an editor adds to each interpreter.
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "COV"))
    }
    environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def own(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "pypact"}


def test_defining_interactions_imports_little() -> None:
    found = modules_after("from pypact import Consumer, match; match.like(1)")

    assert found & SLOW == set()
    assert "inspect" not in found
    assert len(own(found)) <= 45


def test_the_help_of_verify_does_not_import_the_verifier() -> None:
    found = modules_after(
        "from pypact.cli import main; main(['verify', '--help'], standalone_mode=False)"
    )

    assert found & (SLOW - {"click", "logging", "uuid"}) == set()
    assert own(found) == {
        "pypact",
        "pypact._dataclasses",
        "pypact._lazy",
        "pypact._process",
        "pypact.cli",
        "pypact.cli.options",
        "pypact.cli.verify",
        "pypact.errors",
        "pypact.masking",
        "pypact.model",
        "pypact.model.json",
        "pypact.verifier",
        "pypact.verifier.reports",
    }


@pytest.mark.parametrize("name", ["Consumer", "Verifier", "MockServer", "read_pact"])
def test_each_public_name_can_be_imported_alone(name: str) -> None:
    assert "pypact" in modules_after(f"from pypact import {name}")
