"""The example of optional fields."""

import json
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples" / "optional_fields.py"


def test_the_contract_has_an_interaction_for_each_variant(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    file = pytester.path / FILE.name
    file.write_bytes(FILE.read_bytes())
    result = pytester.runpytest_inprocess("-v", "-p", "pypact.pytest_plugin", file)

    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["*::test_greeting[[]nickname=absent] PASSED*"])
    text = pytester.path.joinpath("pacts", "Web-Users.json").read_text("utf-8")
    assert {one["description"] for one in json.loads(text)["interactions"]} == {
        "a request for a user (nickname Al)",
        "a request for a user (nickname absent)",
        "a request for a user (nickname null)",
        "a request for settings (Content-Language absent)",
        "a request for settings (Content-Language en)",
    }
