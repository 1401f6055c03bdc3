"""Compare the verdicts on random messages and requests with those of the Rust core.

`PYPACT_RANDOM_CASES` sets the number of cases, `PYPACT_RANDOM_SEED` the seed. Where
docs/internals/specification.md, "17. Contradictions and open points" and its [decide]
marks intentionally differ from the core, cases are not generated (see `random_cases`)
or explained by `DEPARTURES`.
"""

import json
import os
from pathlib import Path

import pytest
from foreign import pact_python, run_foreign
from random_cases import Cases, serialize_body

import pypact
from pypact.model.rules import Wildcard, parse_path
from pypact.rules.compiled import get_path_rank

COUNT = int(os.environ.get("PYPACT_RANDOM_CASES", "2000"))
SEED = int(os.environ.get("PYPACT_RANDOM_SEED", "20261125"))

pytestmark = [
    pytest.mark.foreign,
    # Rules below eachValue are generated, too: they have no effect, with a warning.
    pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning"),
]


def compare_messages(case):
    expected, actual = case["expected"], case["actual"]
    contract = pypact.read_pact(
        {
            **NAMES,
            "messages": [expected],
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
    )
    metadata = actual["metadata"]
    contents = serialize_body(metadata["contentType"], actual["contents"])
    return pypact.match_message(contract.interactions[0], contents.encode(), metadata)


def compare_requests(case):
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
    ("generate", "compare", "count"),
    [
        (Cases.message, compare_messages, COUNT),
        (Cases.request, compare_requests, COUNT // 10),
    ],
    ids=["messages", "requests"],
)
def test_the_verdicts_equal_those_of_the_rust_core(generate, compare, count):
    python = pact_python()
    cases_of_seed = Cases(SEED)
    cases = [generate(cases_of_seed) for _ in range(count)]

    verdicts = run_core(python, cases)

    differing = [
        (case, own_result, core_result)
        for case, core_result in zip(cases, verdicts, strict=True)
        if bool(own_result := compare(case)) != bool(core_result)
        and not any(explains(compare, case, core_result) for explains in DEPARTURES)
    ]
    matching = sum(not core_result for core_result in verdicts)
    assert not differing, "\n\n".join(map(format_difference, differing[:5]))
    assert 0.1 < matching / count < 0.9, "nearly all cases have the same verdict"


def is_or_at_a_map(compare, case, core_result):
    """Return whether the core read OR as AND for the rules of a map (5.5)."""
    as_and = json.loads(json.dumps(case).replace('"OR"', '"AND"'))
    return as_and != case and bool(compare(as_and)) == bool(core_result)


def is_rule_at_an_empty_list(compare, case, core_result):
    """Return whether equality or notEmpty may apply where [] is expected (6.2)."""
    text = json.dumps(case["expected"])
    return "[]" in text.replace(" ", "") and ("notEmpty" in text or "equality" in text)


def is_outranked_at_a_map(compare, case, core_result):
    """Return whether a rule list may be outranked by one of a parent (5.4)."""
    rules = case["expected"].get("matchingRules", {}).get("body", {})
    if not any(
        name in json.dumps(rules) for name in ("eachKey", "eachValue", "values")
    ):
        return False
    paths = [parse_path(path).tokens for path in rules]
    return any(
        len(parent) < len(path)
        and get_path_rank(parent) > get_path_rank(path)
        and all(map(may_be_equal, parent, path))
        for parent in paths
        for path in paths
    )


def may_be_equal(one, other):
    return one == other or isinstance(one, Wildcard) or isinstance(other, Wildcard)


DEPARTURES = [
    is_or_at_a_map,
    is_rule_at_an_empty_list,
    is_outranked_at_a_map,
]
CORE = Path(__file__).parents[1] / "support" / "rust_core.py"
NAMES = {"consumer": {"name": "c"}, "provider": {"name": "p"}}


def run_core(python, cases):
    run = run_foreign(python, CORE, input=json.dumps(cases), timeout=3000)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def format_difference(difference):
    case, own_result, core_result = difference
    mismatches = [f"{one.path} {one.message}" for one in own_result]
    return f"pypact: {mismatches}\nRust core: {core_result}\n{json.dumps(case)}"
