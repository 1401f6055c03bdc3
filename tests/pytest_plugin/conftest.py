"""Fixtures of the tests of the pytest plugin."""

import pytest
from projects import BOTH, Project, write_contract


@pytest.fixture
def project(pytester):
    return Project(pytester)


@pytest.fixture
def both(project):
    """A project whose contract has the interactions "one" and "two"."""
    write_contract(project, BOTH)
    assert ["one", "two"] == project.names
    return project
