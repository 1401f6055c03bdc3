"""JUnit XML: a suite for each contract, a case for each interaction."""

import xml.etree.ElementTree as ET

import pytest
from report_cases import interaction

from pypact.verifier.reports.files import FileReport, run_to_dict
from pypact.verifier.reports.junit import render_junit


def test_junit_has_a_case_for_each_interaction(run, tmp_path):
    run(FileReport("junit", "junit.xml"))

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


@pytest.mark.parametrize("pact", ["web-users.json", "./web-users.json", "absolute"])
def test_the_file_is_the_contract_relative_to_the_working_folder(run, tmp_path, pact):
    data = run_to_dict(run())
    path = str(tmp_path / "web-users.json") if pact == "absolute" else pact
    data["interactions"] = [{**data["interactions"][0], "pact": path}]

    assert 'file="web-users.json"' in render_junit(data)


@pytest.mark.parametrize("place", ["https://broker/pacts/1", "contract a -> b", "\0"])
def test_a_contract_that_is_not_a_file_has_no_file(run, place):
    data = run_to_dict(run())
    data["interactions"][0]["pact"] = place

    assert 3 == render_junit(data).count("file=")


def test_junit_replaces_characters_that_xml_does_not_allow(run, tmp_path):
    run(
        FileReport("junit", "junit.xml"),
        interactions=[interaction("\x00 & \x1b <b>", "/x")],
    )

    [case] = ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    assert "\ufffd & \ufffd <b>" == case.get("name")


def test_junit_has_the_comments_of_the_contract(run, tmp_path):
    comments = {"comments": {"testname": "t", "text": "a"}}
    run(
        FileReport("junit", "junit.xml"),
        interactions=[
            interaction("fine", "/fine", **comments),
            interaction("gone", "/nowhere", **comments),
        ],
    )

    fine, gone = ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    assert "Test Name: t\nComments:\n  a" == fine.findtext("system-out")
    assert "\n\nTest Name: t\nComments:\n  a\n\n" in gone.findtext("failure")
