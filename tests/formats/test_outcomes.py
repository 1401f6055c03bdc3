"""Test what is read from many contracts, and written in each version, in full.

Source: docs/internals/specification.md, "1. The pact file", "2. Reading, writing and
converting versions".
"""

import warnings
from pathlib import Path

from interactions import NAMES
from outcomes import call, check_outcomes

from pypact.formats.pact import contract_from_json, contract_to_json
from pypact.formats.store import get_pact_file_name, parse_contract
from pypact.model.interactions import UnknownInteraction as Unknown
from pypact.model.json import dump_json

FOLDER = Path(__file__).parent / "outcomes"
VERSIONS = ("1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0")

USUAL = {
    "description": "d",
    "type": "Synchronous/HTTP",
    "pending": False,
    "request": {"method": "GET", "path": "/"},
    "response": {"status": 200},
}


def watch(function, *arguments, **options):
    """Return what a function returns, or its error, and the texts of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = call(function, *arguments, **options)
    return found, [f"{one.category.__name__}: {one.message}" for one in caught]


def list_problems(contract):
    unread = (one for one in contract.interactions if isinstance(one, Unknown))
    return [one.problem for one in unread]


def shorten(written):
    """Leave out what is the same in most contracts."""
    for entry in written.get("interactions", ()):
        for part, usual in USUAL.items():
            if entry.get(part) == usual:
                del entry[part]
    return {name: value for name, value in sorted(written.items()) if value}


def read_and_write(document):
    contract, noted = watch(contract_from_json, document, "a.json")
    found = {"warnings": noted} if noted else {}
    if isinstance(contract, str):
        return {**found, "error": contract}
    if refused := list_problems(contract):
        found["refused"] = refused
    before = None
    for version in VERSIONS:
        written, lost = watch(contract_to_json, contract, version, lossy=True)
        if isinstance(written, dict):
            written.pop("consumer")
            written.pop("provider")
            del written["metadata"]["pactSpecification"]
            written = shorten(written)
        if [written, lost] != before:  # else it is written as in the version before
            found[version] = [written, *lost]
        before = [written, lost]
    return found


def test_interactions_are_read_and_written_as_in_the_table():
    def judge(case, actual):
        name = case.get("list", "interactions")
        entry = {"description": "d", **actual} if isinstance(actual, dict) else actual
        if name == "interactions" and isinstance(entry, dict):
            entry = {"request": {}, "response": {}, **entry}
        version = {"pactSpecification": {"version": case["version"]}}
        return read_and_write({**NAMES, name: [entry], "metadata": version})

    check_outcomes(FOLDER / "interactions.json", judge)


def test_contracts_are_read_and_written_as_in_the_table():
    def judge(_, actual):
        found = read_and_write(actual)
        contract, _ = watch(contract_from_json, actual)
        if not isinstance(contract, str):
            found["names"] = [contract.consumer, contract.provider]
            found["own version"] = str(contract.version)
            written, _ = watch(contract_to_json, contract, "4.0", lossy=True)
            found["top"] = sorted(written.items())
        return found

    check_outcomes(FOLDER / "contracts.json", judge)


def test_files_are_named_as_in_the_table():
    check_outcomes(
        FOLDER / "names.json",
        lambda _, actual: {"name": call(get_pact_file_name, *actual)},
    )


def test_contents_of_files_are_refused_as_in_the_table():
    def judge(_, actual):
        found, _ = watch(parse_contract, actual.encode("latin-1"), "a.json")
        return {"found": found if isinstance(found, str) else dump_json(found.consumer)}

    check_outcomes(FOLDER / "contents.json", judge)
