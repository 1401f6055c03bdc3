"""Fixtures for tests of brokers."""

import os

import pytest


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory, outside of git and of CI servers."""
    for name in list(os.environ):
        if name.startswith(("PACT_", "GIT", "CI", "SSL_SKIP")) or "BRANCH" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path
