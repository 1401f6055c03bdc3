"""The reference pages: complete, and equal to the registers that they describe."""

import inspect
import re
from pathlib import Path

import pytest
import reference_tables as tables

import pypact
from pypact import errors
from pypact.broker import builds

REFERENCE = tables.REFERENCE
ROWS = {
    row[0]: row for text in tables.MATCHERS.values() for row in tables.read_rows(text)
}


def read(name):
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["matchers.md", "cli.md", "pytest.md"])
def test_the_tables_are_those_of_the_registers(name):
    """After a change, run `python tests/support/reference_tables.py`."""
    text = read(name)

    assert tables.TABLE.search(text)
    assert tables.fill_tables(text) == text


def test_what_a_matcher_accepts_is_as_its_row_says():
    wrong = []
    for written, good, bad in ROWS.values():
        interaction = tables.build_row(written).to_interaction()
        for expression, expected in ((good, True), (bad, False)):
            value = tables.evaluate(expression)
            other = tables.build_response(written, value).to_interaction()
            found = pypact.match_response(interaction, other.response)
            if (not found) is not expected:
                wrong.append((written, expression, found))

    assert [] == wrong


def test_every_matcher_and_generator_has_a_row():
    mentioned = " ".join(ROWS) + read("matchers.md").partition("## Other bodies")[0]
    generators = set(pypact.generate.__all__) - {
        *("GeneratedValue", "example_for_regex", "format_pattern"),
        "from_provider_state",
    }
    missing = [
        *(
            f"match.{name}"
            for name in set(pypact.match.__all__) - {"Matcher", "example"}
        ),
        *(f"generate.{name}" for name in generators),
    ]

    assert [] == [name for name in missing if name not in mentioned]
    assert [] == tables.list_unmentioned_kinds()


def test_every_function_for_bodies_is_listed():
    text = read("matchers.md").partition("## Other bodies")[2]
    names = set(pypact.bodies.__all__) - {"Contents", "Element", "Part"}

    assert [] == [name for name in names if f"bodies.{name}(" not in text]


def test_every_error_has_its_cause_and_cure():
    parts = re.split("^### ", read("errors.md"), flags=re.MULTILINE)
    sections = dict(part.split("\n", 1) for part in parts)
    defined = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, (errors.PactError, Warning))
    }
    bases = {"PactError", "PactWarning"}

    assert defined == {name for name in sections if name.isidentifier()}
    for name in defined - bases:
        assert "**Cause.**" in sections[name], name
        assert "**Cure.**" in sections[name], name


def test_every_environment_variable_is_listed():
    text = read("environment.md")
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(pypact.__file__).parent.rglob("*.py")
    )
    pattern = r"\b(?:PACT|PYPACT)_[A-Z_]+\b|NO_COLOR|SSL_[A-Z_]+|DJANGO_SETTINGS_MODULE"
    used = set(re.findall(pattern, source)) - NOT_VARIABLES
    of_builds = {*builds._BRANCHES, *builds._COMMITS, *builds._BUILD_URLS}

    assert used | of_builds | set(builds._GITHUB_BUILD) == set(
        re.findall(r"`([A-Z][A-Z_0-9]+)`", text)
    )


NOT_VARIABLES = {
    *("PACT_WRITER", "PACT_BROKER_CAN_I_DEPLOY", "PACT_BROKER_CAN_I_MERGE"),
}
"""Names of constants, and the beginnings of names that the code completes."""


def test_every_public_name_is_in_the_reference():
    shown = set(re.findall(r"^::: pypact\.(\w+)", read("api.md"), re.MULTILINE))
    listed = shown | set(re.findall(r"^### (\w+)$", read("errors.md"), re.MULTILINE))

    assert set(pypact.__all__) - {"__version__"} <= listed
