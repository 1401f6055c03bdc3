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
from pypact.fields.base import FORM, FRACTION, KINDS, OTHER, REMOVED, VALUE


@dataclass(frozen=True, slots=True)
class Used:
    """An interaction that a test uses.

    `declared` is the key of its declaration. If it has variants, `variant` is the name
    of this one, and `names` are those of all.
    """

    key: InteractionKey
    declared: InteractionKey
    test: str
    variant: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rerun:
    """The outcome of one rerun of a test.

    `parents` are the paths of the fields that contain the mutated one. `passed` is None
    if the outcome proves nothing: the test was skipped, or made no such request.
    `in_test` is whether the failure is that of an assertion, or was raised by the code
    of the test function itself; `asserts_truth` is whether that assertion requires only
    that a value is true.
    """

    key: InteractionKey
    declared: InteractionKey
    test: str
    path: str
    kind: str
    passed: bool | None
    is_allowed: bool
    in_test: bool = False
    asserts_truth: bool = False
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

    `key` is that of the declaration. `kind` is "unneeded" or the kind of the mutation
    that the contract accepts.
    """

    key: InteractionKey
    path: str
    kind: str
    tests: tuple[str, ...]
    text: str


def list_unproven_variants(used: Sequence[Used]) -> list[LeftOut]:
    """Return the interactions that have variants which no test used."""
    found: dict[InteractionKey, list[Used]] = {}
    for one in used:
        if one.names:
            found.setdefault(one.declared, []).append(one)
    left_out = []
    for group in found.values():
        known = {one.variant for one in group}
        names = dict.fromkeys(name for one in group for name in one.names)
        missing = [name for name in names if name not in known]
        if missing:
            reason = f"the variants {', '.join(missing)} did not run"
            keys = tuple(dict.fromkeys(one.key for one in group))
            left_out.append(LeftOut(group[0].test, reason, keys))
    return left_out


def find_unneeded(
    reruns: Sequence[Rerun], left_out: Iterable[LeftOut] = (), used: Iterable[Used] = ()
) -> list[Finding]:
    """Return the fields that no test needs, without the fields inside of them.

    A field of several variants is declared once, so it is unneeded only if the tests of
    each variant pass without it.
    """
    variants: dict[InteractionKey, set[InteractionKey]] = {}
    declared = {one.key: one.declared for one in used}
    for key, origin in declared.items():
        variants.setdefault(origin, set()).add(key)
    unknown = {declared.get(key, key) for one in left_out for key in one.keys}
    found = []
    for origin, group in _group(reruns).items():
        if origin not in unknown:
            found += _find_unneeded(group, variants.get(origin, set()))
    return found


def _find_unneeded(
    group: Sequence[Rerun], variants: set[InteractionKey]
) -> list[Finding]:
    """Return the findings of one declaration."""
    proofs: dict[tuple[InteractionKey, str], list[Rerun]] = {}
    for one in group:
        proofs.setdefault((one.key, one.test), []).append(one)
    tried = {key: {one.path for one in group if one.key == key} for key in variants}
    unneeded = {}
    for (key, test), mine in proofs.items():
        others = [paths for other, paths in tried.items() if other != key]
        unneeded[key, test] = _list_unneeded(mine, others)
    found: list[Finding] = []
    reported: set[str] = set()
    for one in {one.path: one for one in group}.values():
        if not reported.isdisjoint(one.parents):
            continue
        places = {one.path, *one.parents}
        # A variant in which the field is absent proves nothing about it.
        outcomes = {
            proof: not places.isdisjoint(unneeded[proof])
            for proof, mine in proofs.items()
            if not places.isdisjoint(unneeded[proof])
            or any(other.path == one.path for other in mine)
        }
        if all(outcomes.values()):
            reported.add(one.path)
            tests = tuple(dict.fromkeys(test for _, test in outcomes))
            found.append(_describe_unneeded(one, tests))
    return found


def _list_unneeded(mine: Sequence[Rerun], others: Sequence[set[str]]) -> set[str]:
    """Return the fields without which a test passes.

    `others` has the fields of each other variant.
    """
    outcomes: dict[str, dict[str, bool | None]] = {}
    for one in mine:
        outcomes.setdefault(one.path, {})[one.kind] = one.passed
    return {
        one.path
        for one in mine
        if is_unneeded(
            outcomes[one.path],
            is_element=one.is_element,
            is_optional=any(_lacks_field(paths, one) for paths in others),
        )
    }


def _lacks_field(paths: set[str], one: Rerun) -> bool:
    """Return whether a variant lacks a field, but has the one that contains it."""
    if one.path == "status" or one.path in paths:
        return False
    return not one.parents or one.parents[-1] in paths


def is_unneeded(
    outcomes: Mapping[str, bool | None], *, is_element: bool, is_optional: bool = False
) -> bool:
    """Return whether a test passes without a field, by its outcome for each kind.

    The elements of an array cannot be removed: they must be replaceable by null and by
    a value of another type. So must a field that is absent in another variant, because
    the client is meant to accept that.
    """
    if not is_element and not outcomes.get(REMOVED):
        return False
    if is_element or is_optional:
        return bool(outcomes.get("type") and outcomes.get("null", True))
    return True


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
            kind = "type" if one.kind == FRACTION else one.kind
            found.setdefault((one.declared, one.path, kind), []).append(one)
    return [_describe_loose(kind, group) for (_, _, kind), group in found.items()]


def is_loose(one: Rerun) -> bool:
    """Return whether a test fails with a value that the contract accepts.

    Some failures of the test's own code say nothing about the client: a test that reads
    elements or members of the example, such as `users[0]`, asserts the status code, or
    asserts no more than that a value is not empty.
    """
    if one.kind not in KINDS or one.passed is not False or not one.is_allowed:
        return False
    if one.kind in (REMOVED, "shorter", "status") or one.before in _CONTAINERS:
        return not one.in_test
    return not (one.kind in ("null", "empty") and one.asserts_truth)


def list_controls(one: Rerun) -> tuple[str, ...]:
    """Return which reruns must pass, lest a failure is due to the example.

    They have another value of the same type, which the contract accepts: a test that
    fails with it asserts the example. The test's own code may assert a part of it. A
    number that is equal to the example passes such an assertion, and needs no control.
    """
    if one.kind in (REMOVED, "status"):
        return ()
    if one.kind == "type" and one.before in _NUMBERS and one.after in _NUMBERS:
        return ()
    return (VALUE, OTHER) if one.in_test or one.kind == FORM else (VALUE,)


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
    return Finding(one.declared, one.path, "unneeded", tests, text)


def _describe_loose(kind: str, group: Sequence[Rerun]) -> Finding:
    one = group[0]
    tests = tuple(dict.fromkeys(each.test for each in group))
    verb = "fails" if len(tests) == 1 else "fail"
    condition, accepted = {
        REMOVED: ("without it", "does not require it"),
        "null": ("if it is null", "accepts null"),
        "empty": ("if it is empty", "accepts that"),
        "shorter": ("if it has fewer elements", "accepts that"),
        FORM: ("with a string of another form", "accepts that"),
    }.get(one.kind, (f"unless it is {one.before}", f"also accepts {one.after}"))
    if one.before in _NUMBERS and one.after in _NUMBERS:
        accepted = "accepts any number"
    text = f"{_join_names(tests)} {verb} {condition}; the contract {accepted}"
    return Finding(one.declared, one.path, kind, tests, text)


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
        groups.setdefault(one.declared, []).append(one)
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
    reruns: Sequence[Rerun], left_out: Sequence[LeftOut], used: Sequence[Used]
) -> Mapping[str, Any]:
    """Return the report as JSON: an object with three arrays.

    Each item of them names its interaction by `consumer`, `provider`, `description` and
    `states`, a string. In findings these are the declared ones, without the variant.

    - `findings`: `path` is the field: a JSON path, `header NAME`, `metadata NAME` or
      `status`, for further response messages after `response NUMBER`. `kind` is
      "unneeded" for a field that no test needs. For a rule that accepts more than the
      tests it is what they fail with: "type", "null", "empty", "shorter", "form" (a
      string of another form), "removed" or "status".
      `tests` are the ids of the tests that pass, or fail; `text` is the line of the
      report.
    - `leftOut`: the `test`s that prove nothing, the `reason`, and their `interactions`.
    - `reruns`: what was tried. `passed` is null if the outcome proves nothing,
      `allowedByContract` is whether the contract accepts the changed response. The
      kind "fraction" is a decimal number in place of an integer. The kinds "value" and
      "other" are other values of the same type: a test that fails with them asserts the
      example.
    """
    findings = [*find_unneeded(reruns, left_out, used), *find_loose(reruns)]
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
