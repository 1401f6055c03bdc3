"""Thousands of random messages and requests have the verdict of the Rust core.

`PYPACT_RANDOM_CASES` (how many) and `PYPACT_RANDOM_SEED` make a longer or another run.
What semantics.md decides otherwise than the core is not drawn (see `random_cases`), or
explained here: `DEPARTURES`.
"""

import json
import os
from pathlib import Path

import pytest
from foreign import pact_python, run_foreign
from random_cases import Cases, as_text

import pypact

COUNT = int(os.environ.get("PYPACT_RANDOM_CASES", "2000"))
SEED = int(os.environ.get("PYPACT_RANDOM_SEED", "20261125"))

pytestmark = [
    pytest.mark.foreign,
    # A rule under eachValue is drawn as well: it has no effect, and is said.
    pytest.mark.filterwarnings("ignore::pypact.formats.notices.ToleranceWarning"),
]


def our_message_verdict(case):
    expected, actual = case["expected"], case["actual"]
    contract = pypact.read_pact(
        {
            **NAMES,
            "messages": [expected],
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
    )
    metadata = actual["metadata"]
    contents = as_text(metadata["contentType"], actual["contents"])
    return pypact.match_message(contract.interactions[0], contents.encode(), metadata)


def our_request_verdict(case):
    expected, actual = case["expected"], case["actual"]
    request = {key: value for key, value in expected.items() if key != "body"}
    if expected["body"] is not None:
        content_type = expected["headers"]["Content-Type"][0]
        request["body"] = {
            "content": expected["body"],
            "contentType": content_type,
            "encoded": "json" if "json" in content_type else False,
        }
    interaction = {
        "type": "Synchronous/HTTP",
        "description": "a request",
        "request": request,
        "response": {"status": 200},
    }
    contract = pypact.read_pact(
        {
            **NAMES,
            "interactions": [interaction],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )
    body = None if actual["body"] is None else actual["body"].encode()
    return pypact.match_request(
        contract.interactions[0],
        pypact.Request.from_http(
            actual["method"], actual["target"], actual["headers"], body
        ),
    )


@pytest.mark.parametrize(
    ("draw", "judge", "count"),
    [
        (Cases.message, our_message_verdict, COUNT),
        (Cases.request, our_request_verdict, COUNT // 10),
    ],
    ids=["messages", "requests"],
)
def test_the_verdicts_are_those_of_the_rust_core(draw, judge, count):
    python = pact_python()
    drawn = Cases(SEED)
    cases = [draw(drawn) for _ in range(count)]

    verdicts = ask_the_core(python, cases)

    differing = [
        (case, ours, theirs)
        for case, theirs in zip(cases, verdicts, strict=True)
        if bool(ours := judge(case)) != bool(theirs)
        and not any(explains(judge, case, theirs) for explains in DEPARTURES)
    ]
    matching = sum(not theirs for theirs in verdicts)
    assert not differing, "\n\n".join(map(told, differing[:5]))
    assert 0.1 < matching / count < 0.9, "the cases try only one side"


def or_of_a_map_is_honoured(judge, case, theirs):
    """5.5: the core reads OR as AND where the rules stand at a map."""
    as_and = json.loads(json.dumps(case).replace('"OR"', '"AND"'))
    return as_and != case and bool(judge(as_and)) == bool(theirs)


def an_empty_list_is_judged(judge, case, theirs):
    """6.2: equality and notEmpty speak of an actual list also if [] is expected."""
    text = json.dumps(case["expected"])
    return "[]" in text.replace(" ", "") and ("notEmpty" in text or "equality" in text)


DEPARTURES = [
    or_of_a_map_is_honoured,
    an_empty_list_is_judged,
]
CORE = Path(__file__).parents[1] / "support" / "rust_core.py"
NAMES = {"consumer": {"name": "c"}, "provider": {"name": "p"}}


def ask_the_core(python, cases):
    run = run_foreign(python, CORE, input=json.dumps(cases), timeout=3000)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def told(difference):
    case, ours, theirs = difference
    mismatches = [f"{one.path} {one.message}" for one in ours]
    return f"ours: {mismatches}\ntheirs: {theirs}\n{json.dumps(case)}"
