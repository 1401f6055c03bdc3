"""Measure the comparison of a large JSON body with few and with many rules.

Run it with `python bench/matching.py`. With a Python that has pact-python 4 in
PYPACT_PACT_PYTHON, the Rust core is measured as well.
"""

from __future__ import annotations

import json
import os
import subprocess

from timing import lowest, show

from pypact.matching.body import compile_body
from pypact.model.body import ContentType, ExpectedBody
from pypact.model.json import parse_json
from pypact.model.rules import Rule, RuleList

ITEMS = [
    {
        "id": number,
        "name": f"name {number}",
        "tags": ["a", "b", "c"],
        "price": number * 1.5,
        "nested": {"x": [1, 2, 3, {"y": None, "z": True}], "s": "text " * 5},
        "flag": number % 2 == 0,
    }
    for number in range(4000)
]
EXPECTED = json.dumps(ITEMS).encode()
ACTUAL = json.dumps(ITEMS, separators=(",", ":")).encode()  # equal JSON, other bytes
JSON = ContentType("application", "json")
TYPE = RuleList((Rule("type"),))


def rules(count: int) -> dict[str, RuleList]:
    """Return one cascading rule and `count - 1` rules below it."""
    below = {f"$[{number}].name": TYPE for number in range(count - 1)}
    return {"$": TYPE, **below} if count else {}


def measure_comparison(count: int) -> float:
    """Return the seconds of one comparison under `count` rules, without parsing."""
    plan = compile_body(ExpectedBody(EXPECTED, JSON, rules(count), strict=False))
    assert plan.check(ACTUAL, JSON) == []
    return lowest(lambda: plan.check(ACTUAL, JSON), times=3) - PARSING


def measure_rust_core() -> float | str:
    """Return the seconds of one comparison by the Rust core, under one rule."""
    python = os.environ.get("PYPACT_PACT_PYTHON")
    if not python:
        return "not there: PYPACT_PACT_PYTHON names no Python with pact-python"
    run = subprocess.run(
        [python, "-c", _RUST],
        input=json.dumps(ITEMS),
        capture_output=True,
        text=True,
        check=False,
    )
    return float(run.stdout) if run.returncode == 0 else run.stderr.strip()[-200:]


# A mock server of pact-python receives one POST of this body; the figure includes the
# transfer over loopback and parsing it twice.
_RUST = """
import json, sys, time, urllib.request
from pact import Pact, match
body = sys.stdin.read()
pact = Pact("a", "b").with_specification("V3")
(pact.upon_receiving("x").with_request("POST", "/").with_body(body, "application/json")
     .with_matching_rules({"body": {"$": {"matchers": [{"match": "type"}]}}})
     .will_respond_with(200))
with pact.serve() as server:
    times = []
    for _ in range(3):
        request = urllib.request.Request(
            str(server.url) + "/", body.encode(), {"Content-Type": "application/json"}
        )
        began = time.perf_counter()
        urllib.request.urlopen(request).read()
        times.append(time.perf_counter() - began)
print(min(times))
"""

PARSING = lowest(lambda: parse_json(ACTUAL), times=3)


def main() -> None:
    """Measure and print."""
    rows: dict[str, float | str] = {"parsing alone": PARSING}
    for count in (0, 1, 50, 500):
        rows[f"measure_comparison under {count} rules"] = measure_comparison(count)
    rows["pact-python (Rust), whole call, 1 rule"] = measure_rust_core()
    megabytes = len(EXPECTED) / 1e6
    show(
        f"a JSON body of {megabytes:.1f} MB",
        rows,
        floor="measure_comparison under 1 rules",
    )


if __name__ == "__main__":
    main()
