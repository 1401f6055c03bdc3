"""JUnit XML: a suite for each contract, a case for each interaction."""

import xml.etree.ElementTree as ET

from report_cases import interaction

from pypact.verifier.reports.files import FileReport


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
