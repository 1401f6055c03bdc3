"""Run all official cases of the specification, v1 to v4, by the public functions.

The cases are read from the specification's repository; none is skipped.
"""

import json
from pathlib import Path

import pytest
from shared_data import shared

import pypact

CASES = shared("spec", "testcases")
VERSIONS = {
    "v1": "1.0.0",
    "v1.1": "1.1.0",
    "v2": "2.0.0",
    "v3": "3.0.0",
    "v4": "4.0",
}
FILES = sorted(CASES.glob("*/*/*/*.json"))

pytestmark = [
    pytest.mark.spec,
    # One case of v4 has a body that is not a body object; it is read with a warning.
    pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning"),
]


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: str(file.relative_to(CASES)).replace(" ", "_")
)
def test_a_case_has_its_official_verdict(file: Path):
    version, kind, *_ = file.relative_to(CASES).parts
    # Two files of v1 begin with a byte-order mark.
    case = json.loads(file.read_text(encoding="utf-8-sig"))

    mismatches = JUDGES[kind](VERSIONS[version], case["expected"], case["actual"])

    assert case["match"] == (not mismatches), f"{case['comment']}: {mismatches}"


def test_all_cases_of_the_specification_are_present():
    count = {
        version: sum(file.relative_to(CASES).parts[0] == version for file in FILES)
        for version in VERSIONS
    }

    assert {"v1": 76, "v1.1": 97, "v2": 178, "v3": 226, "v4": 226} == count


def judge_request(version, expected, actual):
    return pypact.match_request(read(version, request=expected), actual)


def judge_response(version, expected, actual):
    return pypact.match_response(read(version, response=expected), actual)


def judge_message(version, expected, actual):
    message = read(version, **actual).message
    contents = message.contents
    metadata = {**message.metadata}
    if contents.content_type is not None:
        metadata.setdefault("contentType", str(contents.content_type))
    return pypact.match_message(
        read(version, **expected),
        contents.content if contents.is_present else None,
        metadata,
    )


JUDGES = {
    "message": judge_message,
    "request": judge_request,
    "response": judge_response,
}


def read(version, **members):
    """Read the parts of a case as the only interaction of a contract."""
    is_http = "request" in members or "response" in members
    interaction = {"description": "a case", **members}
    if is_http:
        interaction = {"request": {}, "response": {}, **interaction}
    if version == "4.0":
        interaction["type"] = "Synchronous/HTTP" if is_http else "Asynchronous/Messages"
    where = "messages" if version == "3.0.0" and not is_http else "interactions"
    contract = pypact.read_pact(
        {
            "consumer": {"name": "a consumer"},
            "provider": {"name": "a provider"},
            where: [interaction],
            "metadata": {"pactSpecification": {"version": version}},
        }
    )
    return contract.interactions[0]
