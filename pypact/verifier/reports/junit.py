"""Render the results of a run as JUnit XML, for tools that show test results.

There is a test suite for each contract and a test case for each interaction. Pending
interactions that failed are skipped tests, so that they do not fail the build.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pypact._lazy import compile_later
from pypact.verifier.reports.files import get_outcome, group_by_contract


def render_junit(data: dict[str, Any]) -> str:
    """Return the JUnit XML of a run; `data` are as `run_to_dict` returns them."""
    root = ET.Element("testsuites", {"name": f"pypact: {data['provider']}"})
    if data["problem"]:
        _add_problem(root, data)
    for who, interactions in group_by_contract(data["interactions"]).items():
        _add_suite(root, who, interactions)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add_suite(root: ET.Element, who: str, interactions: list[dict[str, Any]]) -> None:
    outcomes = [get_outcome(one) for one in interactions]
    attributes = {
        "name": _clean_xml(who),
        "tests": str(len(interactions)),
        "failures": str(outcomes.count("failed")),
        "errors": "0",
        "skipped": str(outcomes.count("pending")),
        "time": f"{sum(one['duration'] for one in interactions):.6f}",
    }
    suite = ET.SubElement(root, "testsuite", attributes)
    for one, outcome in zip(interactions, outcomes, strict=True):
        _add_case(suite, one, outcome)


def _add_case(suite: ET.Element, one: dict[str, Any], outcome: str) -> None:
    states = [state["name"] for state in one["providerStates"]]
    given = f" given {' and '.join(states)}" if states else ""
    attributes = {
        "classname": _clean_xml(one["who"]),
        "name": _clean_xml(f"{one['description']}{given}"),
        "time": f"{one['duration']:.6f}",
    }
    if file := _find_file(one["pact"]):
        attributes["file"] = _clean_xml(file)
    case = ET.SubElement(suite, "testcase", attributes)
    if outcome == "failed":
        kind = str(one["errors"][0]["kind"]) if one["errors"] else "mismatch"
        attributes = {"message": _clean_xml(one["headline"]), "type": kind}
        failure = ET.SubElement(case, "failure", attributes)
        failure.text = _clean_xml("\n".join(one["text"]))
    elif outcome == "pending":
        message = _clean_xml(f"pending: {one['headline']}")
        ET.SubElement(case, "skipped", {"message": message})
        ET.SubElement(case, "system-out").text = _clean_xml("\n".join(one["text"]))
    elif one["commentLines"]:
        lines = _clean_xml("\n".join(one["commentLines"]))
        ET.SubElement(case, "system-out").text = lines


def _find_file(place: str) -> str:
    """Return the path of a contract relative to the working folder.

    Contracts from a broker or URL have no file, and an empty path.
    """
    if not os.path.isfile(place):  # noqa: PTH113 -- also for what is not a valid path
        return ""
    try:
        return Path(os.path.relpath(place)).as_posix()
    except ValueError:  # another drive of Windows
        return Path(place).as_posix()


def _add_problem(root: ET.Element, data: dict[str, Any]) -> None:
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    suite = ET.SubElement(root, "testsuite", {"name": data["provider"], **counts})
    case = ET.SubElement(suite, "testcase", {"name": "verification"})
    ET.SubElement(case, "error", {"message": _clean_xml(data["problem"])})


def _clean_xml(text: str) -> str:
    """Replace characters that XML 1.0 does not allow."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


_NOT_XML = compile_later("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
