"""Check pypact against tables of inputs with their recorded outcomes.

A table is a JSON file with a list of cases. A case has any members, which `judge` uses,
and in "outcomes" a list of objects: "actual" is an input, the other members are what
`judge(case, actual)` returns. After an intended change, record the outcomes anew, and
read the difference:

    PYPACT_RECORD_OUTCOMES=1 pytest tests/matching/test_outcomes.py
"""

import os

from pypact.formats.base import encode_json
from pypact.model.json import dump_json, parse_json


def check_outcomes(file, judge):
    """Assert that `judge` returns the outcomes of a table; or record them."""
    cases = parse_json(file.read_bytes())
    found = [
        {
            **case,
            "outcomes": [
                {"actual": outcome["actual"], **judge(case, outcome["actual"])}
                for outcome in case["outcomes"]
            ],
        }
        for case in cases
    ]
    if os.environ.get("PYPACT_RECORD_OUTCOMES"):
        file.write_bytes(encode_json(_render(found)))
        return
    for case, other in zip(cases, found, strict=True):
        pairs = zip(case.pop("outcomes"), other["outcomes"], strict=True)
        # As JSON, in which 1, 1.0 and true differ.
        for expected, outcome in (map(dump_json, pair) for pair in pairs):
            assert expected == outcome, f"{case}\n{expected}\n{outcome}"


def list_mismatches(found):
    """Return mismatches as JSON: path, rule, values and message of each."""
    return [
        [
            one.path,
            one.rule.name if one.rule is not None else None,
            _show(one.expected),
            _show(one.actual),
            one.message,
        ]
        for one in found
    ]


def call(function, *arguments, **options):
    """Return what a function returns, or its error as a string."""
    try:
        return function(*arguments, **options)
    except Exception as error:  # noqa: BLE001 -- an outcome as well
        return f"{type(error).__name__}: {error}"


def _show(value):
    if isinstance(value, bytes):
        return repr(value)
    return [_show(item) for item in value] if isinstance(value, tuple) else value


def _dump_each(outcomes):
    return [dump_json(one) for one in outcomes]


def _render(cases):
    texts = []
    for case in cases:
        inputs = {key: value for key, value in case.items() if key != "outcomes"}
        start = dump_json(inputs)[:-1] + ("," if inputs else "")
        lines = ",\n  ".join(_dump_each(case["outcomes"]))
        texts.append(f'{start}"outcomes":[\n  {lines}]}}')
    return "[\n" + ",\n".join(texts) + "\n]\n"
