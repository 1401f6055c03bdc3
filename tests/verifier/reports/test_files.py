"""The data of reports, and the files that they are written to."""

import json

import pytest
from report_cases import in_json, interaction

from pypact.errors import StoreError
from pypact.verifier.reports import REPORT_FORMATS
from pypact.verifier.reports.files import FileReport


def test_json_has_every_interaction_with_its_mismatches(run, tmp_path):
    run(FileReport("json", "out/result.json"))

    data = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert ("users", "failed", None) == (
        data["provider"],
        data["result"],
        data["problem"],
    )
    assert {
        "interactions": 4,
        "passed": 1,
        "failed": 2,
        "pending": 1,
        "leftOut": 0,
        "notRun": 0,
    } == (data["counts"])
    user = data["interactions"][1]
    assert "a request for a user: 3 mismatches" == user["headline"]
    assert {
        "type": "BodyMismatch",
        "path": "$.id",
        "rule": None,
        "expected": "42",
        "actual": 42,
        "message": user["mismatches"][1]["message"],
    } == user["mismatches"][1]
    assert "integer" == user["mismatches"][2]["rule"]["match"]
    assert "KeyError: 'email'" == data["interactions"][2]["providerException"]
    assert data["interactions"][3]["pending"]


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_a_run_without_interactions_is_a_problem_in_every_report(run, tmp_path, name):
    run(FileReport(name, "report"), interactions=[])

    text = (tmp_path / "report").read_text(encoding="utf-8")
    assert "the contracts have no interactions" in text


def test_a_file_that_cannot_be_written_is_an_error(run, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match=r"cannot write the report file/r\.json"):
        run(FileReport("json", "file/r.json"))


def test_json_has_the_comments_of_the_contract(run, tmp_path):
    comments = {"text": ["a"], "testname": "t", "other": {"b": 1}}
    run(
        FileReport("json", "result.json"),
        interactions=[interaction("fine", "/fine", comments=comments)],
    )

    (one,) = json.loads((tmp_path / "result.json").read_text())["interactions"]
    assert comments == one["comments"]
    assert ["Test Name: t", "Comments:", "  a"] == one["commentLines"]


def test_a_very_large_value_is_cut_in_json(app, run, tmp_path):
    app.add_url_rule("/large", "large", lambda: {"a": ["x" * 200_000]})
    large = interaction("large", "/large", response={"body": in_json({"a": 1})})
    run(FileReport("json", "out.json"), interactions=[large])

    [found] = json.loads((tmp_path / "out.json").read_text())["interactions"]
    actual = found["mismatches"][0]["actual"]
    assert actual.startswith('["xxx')
    assert actual.endswith("x… (200004 characters)")
    assert len(actual) < 10_100
