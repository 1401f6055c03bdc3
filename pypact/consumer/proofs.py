"""Conclude from reruns with mutated responses which fields the tests need.

A field is reported as not needed only if every test that uses its interaction was
rerun without it and passed. A rule is reported as too loose only if a test fails with a
value that the contract accepts, and does not merely assert the example.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pypact._dataclasses import dataclass
from pypact.consumer.mutations import InteractionKey
from pypact.fields.base import KINDS, OTHER, REMOVED, VALUE


@dataclass(frozen=True, slots=True)
class Rerun:
    """The outcome of one rerun of a test.

    `parents` are the paths of the fields that contain the mutated one. `passed` is None
    if the outcome proves nothing: the test was skipped, or made no such request.
    `in_test` is whether the failure is that of an assertion, or was raised by the code
    of the test function itself.
    """

    key: InteractionKey
    test: str
    path: str
    kind: str
    passed: bool | None
    is_allowed: bool
    in_test: bool = False
    is_element: bool = False
    parents: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A test that was not proven or not completely, with the interactions it uses."""

    test: str
    reason: str
    keys: tuple[InteractionKey, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A field that no test needs, or a rule that is looser than tests need.

    `kind` is "unneeded" or the kind of the mutation that the contract accepts.
    """

    key: InteractionKey
    path: str
    kind: str
    tests: tuple[str, ...]
    text: str


def find_unneeded(
    reruns: Sequence[Rerun], left_out: Iterable[LeftOut] = ()
) -> list[Finding]:
    """Return the fields that no test needs, without the fields inside of them."""
    unknown = {key for one in left_out for key in one.keys}
    found = []
    for key, group in _group(reruns).items():
        if key in unknown:
            continue
        tests = dict.fromkeys(one.test for one in group)
        unneeded = {name: _list_unneeded(group, name) for name in tests}
        reported: set[str] = set()
        for one in {one.path: one for one in group}.values():
            if not reported.isdisjoint(one.parents):
                continue
            places = {one.path, *one.parents}
            if all(not places.isdisjoint(paths) for paths in unneeded.values()):
                reported.add(one.path)
                found.append(_describe_unneeded(one, tuple(tests)))
    return found


def _list_unneeded(group: Sequence[Rerun], test: str) -> set[str]:
    """Return the fields without which a test passes."""
    passed: dict[str, dict[str, bool | None]] = {}
    elements = set()
    for one in group:
        if one.test == test:
            passed.setdefault(one.path, {})[one.kind] = one.passed
            if one.is_element:
                elements.add(one.path)
    return {
        path
        for path, outcomes in passed.items()
        if is_unneeded(outcomes, is_element=path in elements)
    }


def is_unneeded(outcomes: Mapping[str, bool | None], *, is_element: bool) -> bool:
    """Return whether a test passes without a field, by its outcome for each kind.

    The elements of an array cannot be removed: they must be replaceable by null and by
    a value of another type.
    """
    if is_element:
        return bool(outcomes.get("type") and outcomes.get("null", True))
    return bool(outcomes.get(REMOVED))


def find_loose(reruns: Sequence[Rerun]) -> list[Finding]:
    """Return the rules that accept a value with which a test fails."""
    found: dict[tuple[InteractionKey, str, str], list[Rerun]] = {}
    controls: dict[tuple[InteractionKey, str, str], dict[str, bool | None]] = {}
    for one in reruns:
        if one.kind in (VALUE, OTHER):
            outcomes = controls.setdefault((one.key, one.test, one.path), {})
            outcomes[one.kind] = one.passed
    for one in reruns:
        outcomes = controls.get((one.key, one.test, one.path), {})
        # Another string of the same form may not be possible; another value must be.
        if is_loose(one) and all(
            outcomes.get(kind, kind == OTHER) for kind in list_controls(one)
        ):
            found.setdefault((one.key, one.path, one.kind), []).append(one)
    return [_describe_loose(group) for group in found.values()]


def is_loose(one: Rerun) -> bool:
    """Return whether a test fails with a value that the contract accepts.

    Some failures of the test's own code say nothing about the client: a test that reads
    elements or members of the example, such as `users[0]`, or asserts the status code.
    """
    if one.kind not in KINDS or one.passed is not False or not one.is_allowed:
        return False
    if one.kind in (REMOVED, "status") or one.before in _CONTAINERS:
        return not one.in_test
    return True


def list_controls(one: Rerun) -> tuple[str, ...]:
    """Return which reruns must pass, lest a failure is due to the example.

    They have another value of the same type, which the contract accepts: a test that
    fails with it asserts the example. The test's own code may assert a part of it. A
    number that is equal to the example passes such an assertion, and needs no control.
    """
    if one.kind in (REMOVED, "status"):
        return ()
    if one.before in _NUMBERS and one.after in _NUMBERS:
        return ()
    return (VALUE, OTHER) if one.in_test else (VALUE,)


def _describe_unneeded(one: Rerun, tests: tuple[str, ...]) -> Finding:
    verb = "passes" if len(tests) == 1 else "pass"
    how = "without it"
    if one.path.endswith("$"):
        how = "without a body"
    elif one.path == "status":
        how = "with 200"
    elif one.is_element:
        how = "with null or another type in its place"
    text = f"declared, but {_join_names(tests)} {verb} {how}"
    return Finding(one.key, one.path, "unneeded", tests, text)


def _describe_loose(group: Sequence[Rerun]) -> Finding:
    one = group[0]
    tests = tuple(dict.fromkeys(each.test for each in group))
    verb = "fails" if len(tests) == 1 else "fail"
    condition, accepted = {
        REMOVED: ("without it", "does not require it"),
        "null": ("if it is null", "accepts null"),
        "empty": ("if it is empty", "accepts that"),
    }.get(one.kind, (f"unless it is {one.before}", f"also accepts {one.after}"))
    if one.before in _NUMBERS and one.after in _NUMBERS:
        accepted = "accepts any number"
    text = f"{_join_names(tests)} {verb} {condition}; the contract {accepted}"
    return Finding(one.key, one.path, one.kind, tests, text)


def _join_names(tests: Sequence[str]) -> str:
    """Return the names of tests in a sentence, at most three of them."""
    names = []
    for one in tests[:_MOST_NAMES]:
        function, bracket, parameters = one.partition("[")
        names.append(function.rpartition("::")[2] + bracket + parameters)
    text = ", ".join(names)
    count = len(tests) - len(names)
    return f"{text} and {count} more" if count else text


def _group(reruns: Iterable[Rerun]) -> dict[InteractionKey, list[Rerun]]:
    groups: dict[InteractionKey, list[Rerun]] = {}
    for one in reruns:
        groups.setdefault(one.key, []).append(one)
    return groups


def format_findings(findings: Sequence[Finding]) -> list[str]:
    """Return the lines of the report, grouped by interaction."""
    lines = []
    width = max((len(one.path) for one in findings), default=0)
    groups: dict[InteractionKey, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.key, []).append(one)
    for (consumer, provider, description, states), group in groups.items():
        given = f"  (given {states})" if states else ""
        lines.append(f"{consumer} -> {provider}   {description}{given}")
        lines += [f"    {one.path:<{width}}  {one.text}" for one in group]
    return lines


def export_report(
    reruns: Sequence[Rerun], left_out: Sequence[LeftOut]
) -> Mapping[str, Any]:
    """Return the report as JSON: an object with three arrays.

    Each item of them names its interaction by `consumer`, `provider`, `description` and
    `states`, a string.

    - `findings`: `path` is the field: a JSON path, `header NAME`, `metadata NAME` or
      `status`, for further response messages after `response NUMBER`. `kind` is
      "unneeded" for a field that no test needs. For a rule that accepts more than the
      tests it is what they fail with: "type", "null", "empty", "removed" or "status".
      `tests` are the ids of the tests that pass, or fail; `text` is the line of the
      report.
    - `leftOut`: the `test`s that prove nothing, the `reason`, and their `interactions`.
    - `reruns`: what was tried. `passed` is null if the outcome proves nothing,
      `allowedByContract` is whether the contract accepts the changed response. The
      kinds "value" and "other" are other values of the same type: a test that fails
      with them asserts the example.
    """
    findings = [*find_unneeded(reruns, left_out), *find_loose(reruns)]
    return {
        "findings": [
            {**_name_key(one.key), **_drop(asdict(one), "key")} for one in findings
        ],
        "leftOut": [
            {"test": one.test, "reason": one.reason}
            | {"interactions": [_name_key(key) for key in one.keys]}
            for one in left_out
        ],
        "reruns": [
            {
                **_name_key(one.key),
                "test": one.test,
                "path": one.path,
                "kind": one.kind,
                "passed": one.passed,
                "allowedByContract": one.is_allowed,
            }
            for one in reruns
        ],
    }


def _name_key(key: InteractionKey) -> dict[str, str]:
    names = ("consumer", "provider", "description", "states")
    return dict(zip(names, key, strict=True))


def _drop(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


_MOST_NAMES = 3
_NUMBERS = ("an integer", "a decimal number")
_CONTAINERS = ("an array", "an object", "an element with children")
