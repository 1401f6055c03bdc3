"""The reports in files."""

import json
import xml.etree.ElementTree as ET

import pytest
from report_cases import interaction

from pypact.errors import StoreError
from pypact.verifier.reports.files import JsonReport, JunitReport, MarkdownReport


def test_json_has_every_interaction_with_its_mismatches(run, tmp_path):
    run(JsonReport("out/result.json"))

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


def test_junit_has_a_case_for_each_interaction(run, tmp_path):
    run(JunitReport("junit.xml"))

    root = ET.parse(tmp_path / "junit.xml").getroot()
    [suite] = root.iter("testsuite")
    counts = [suite.get(name) for name in ("name", "tests", "failures", "skipped")]
    assert ["web -> users", "4", "2", "1"] == counts
    cases = list(suite.iter("testcase"))
    assert "a request for a user given user 42 exists" == cases[1].get("name")
    [failure] = cases[1].iter("failure")
    assert "a request for a user: 3 mismatches" == failure.get("message")
    assert "$.address.zip" in failure.text
    [skipped] = cases[3].iter("skipped")
    assert skipped.get("message").startswith("pending: a pending request: ")


def test_junit_replaces_characters_that_xml_does_not_allow(run, tmp_path):
    run(JunitReport("junit.xml"), interactions=[interaction("\x00 & \x1b <b>", "/x")])

    [case] = ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    assert "\ufffd & \ufffd <b>" == case.get("name")


def test_markdown_has_a_table_and_folded_failures(run, tmp_path):
    run(MarkdownReport("summary.md"))

    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert page.startswith("## ❌ users does not honour its contracts\n")
    assert "| web -&gt; users | 1 | 2 | 1 |" in page
    assert "<details><summary>web -&gt; users: a request for a user: 3 mism" in page
    assert page.index("### Failed") < page.index("### Pending")


def test_strings_of_a_contract_are_escaped_in_markdown(run, tmp_path):
    odd = "```\n<script>|`*_"
    run(MarkdownReport("summary.md"), interactions=[interaction(odd, "/x")])

    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    headline = next(line for line in page.splitlines() if "<details>" in line)
    assert r"\`\`\`\\n&lt;script&gt;\|\`\*\_" in headline


@pytest.mark.parametrize("report", [JsonReport, JunitReport, MarkdownReport])
def test_a_run_without_interactions_is_a_problem_in_every_report(run, tmp_path, report):
    run(report("report"), interactions=[])

    text = (tmp_path / "report").read_text(encoding="utf-8")
    assert "the contracts have no interactions" in text


def test_a_file_that_cannot_be_written_is_an_error(run, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match=r"cannot write the report file/r\.json"):
        run(JsonReport("file/r.json"))
