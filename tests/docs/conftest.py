"""Fixtures of the tests of the documentation."""

import sys

import doc_pages
import pytest


@pytest.fixture(scope="session", autouse=True)
def early_imports():
    """Import before the fixture `pytester` notes which modules are imported."""
    doc_pages.import_early()


@pytest.fixture
def quiet_pages(monkeypatch):
    """An environment in which output does not depend on the machine."""
    for name in ("CI", "GITHUB_ACTIONS", "PY_COLORS", "FORCE_COLOR", "PACT_OUTPUT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    modules = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(modules):
        file = getattr(sys.modules[name], "__file__", None) or ""
        if "site-packages" not in file and "lib/python" not in file:
            del sys.modules[name]
