"""`--pypact-prove` on clients whose needed fields are known: recall and precision."""

import json

import pytest
from proving_clients import STYLES

HEAD = """
import dataclasses
import datetime
import enum
import re
import uuid
import pydantic
from pypact import match
"""
TEST = """
{client}

def test_it():
    (pact.upon_receiving({name!r}).with_request("GET", "/u")
         .will_respond_with(200, body={body}))
    with pact.intercept():
        found = read(requests.get("https://u.example/u"))
    assert {assertion}
"""


@pytest.mark.slow
def test_clients_of_all_styles_are_judged_right(project):
    pytest.importorskip("pydantic")
    clients = [one for style in STYLES.values() for one in style]
    files = {
        f"test_{number}": HEAD
        + TEST.format(name=name, body=body, client=client, assertion=assertion)
        for number, (name, body, client, assertion, _) in enumerate(clients)
    }
    result = project.run("--pypact-prove", "--pypact-prove-json=r.json", **files)
    result.assert_outcomes(passed=len(clients))
    report = json.loads(project.root.joinpath("r.json").read_text(encoding="utf-8"))
    found = {
        (one["description"], one["path"], one["kind"]) for one in report["findings"]
    }
    expected = {
        (name, *finding) for name, _, _, _, findings in clients for finding in findings
    }

    assert len(clients) >= 30
    assert [] == report["leftOut"]
    assert (set(), set()) == (found - expected, expected - found)
