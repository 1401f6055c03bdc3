"""The installed package is tested, and importing it is cheap."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pypact
from pypact._version import find_version
from pypact.formats.pact import build_own_entry

HEAVY = [
    "click",
    "defusedxml",
    "filelock",
    "jinja2",
    "pytest",
    "requests",
    "responses",
    "rstr",
    "urllib3",
    "wrapt",
]


@pytest.fixture
def distribution():
    """The installed distribution, unless it only points to the checkout."""
    found = importlib.metadata.distribution("pypact-contracts")
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):
        pytest.skip("an editable installation: the checkout is the installed package")
    return found


def test_the_tested_package_is_the_installed_one(distribution):
    installed = Path(distribution.locate_file("pypact/__init__.py")).resolve()

    assert installed == Path(pypact.__file__).resolve()


def test_the_metadata_have_links_that_work_on_pypi(distribution):
    metadata = distribution.metadata
    text = metadata["Description"] or metadata.get_payload()
    targets = re.findall(r"\]\((.*?)\)", text)
    urls = [line.split(", ")[1] for line in metadata.get_all("Project-URL")]

    assert [] == [one for one in targets + urls if not one.startswith("https://")]
    assert "contract testing" in metadata["Keywords"].split(",")
    assert 4 == len(urls)


def test_every_public_name_exists():
    values = {name: getattr(pypact, name) for name in pypact.__all__}

    assert set(values) <= set(dir(pypact))


def test_types_for_annotations_are_imported_on_first_use():
    names = [
        "Calls",
        "ContractCoverage",
        "Exchange",
        "ExpectedExample",
        "IgnoredOptionWarning",
        "LossWarning",
        "OutgoingRequest",
        "PactWarning",
        "ToleranceWarning",
        "VerificationResult",
    ]
    code = f"""
import sys, pypact
before = set(sys.modules)
for name in {names}:
    assert getattr(pypact, name).__module__ not in before, name
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_version_is_that_of_the_distribution():
    assert importlib.metadata.version("pypact-contracts") == pypact.__version__


def test_importing_does_not_look_the_version_up():
    code = "import pypact; print('__version__' in vars(pypact))"
    found = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert "False" == found.strip()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Pakt'"):
        _ = pypact.Pakt


@pytest.mark.parametrize("module", ["pypact", "pypact.pytest_plugin"])
def test_importing_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)

    allowed = ["pytest"] if module == "pypact.pytest_plugin" else []

    assert set(json.loads(loaded.replace("'", '"'))) <= set(allowed)


def test_the_package_is_typed():
    assert (Path(pypact.__file__).parent / "py.typed").exists()


def test_a_source_folder_without_metadata_has_no_version(monkeypatch):
    def fail(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", fail)
    build_own_entry.cache_clear()
    try:
        assert {"version": "unknown"} == build_own_entry()
    finally:
        build_own_entry.cache_clear()
    assert "unknown" == find_version()
