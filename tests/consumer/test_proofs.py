"""Tests of the findings from reruns with mutated responses."""

import pytest

from pypact.consumer.proofs import (
    LeftOut,
    Rerun,
    Used,
    find_loose,
    find_unneeded,
    list_unproven_variants,
)

USER = ("Web", "Users", "user", "")
AL, ABSENT = ("Web", "Users", "user (Al)", ""), ("Web", "Users", "user (absent)", "")
NAMES = ("nick=Al", "nick=absent")
USED = [Used(AL, USER, "t", NAMES[0], NAMES), Used(ABSENT, USER, "t", NAMES[1], NAMES)]


def rerun(path, kind, passed, key=USER, **more):
    more = {"is_allowed": True, "parents": ("$",), "test": "t", **more}
    return Rerun(key=key, declared=USER, path=path, kind=kind, passed=passed, **more)


def list_places(findings):
    return [(one.key, one.path, one.kind) for one in findings]


# The outcomes in the variant that has the field, and whether no test needs it.
@pytest.mark.parametrize(
    ("outcomes", "is_unneeded"),
    [
        ({"removed": True, "null": True, "type": True}, True),
        ({"removed": True, "null": False, "type": True}, False),
        ({"removed": True, "null": True, "type": False}, False),
        ({"removed": True}, False),
        ({"removed": False, "null": True, "type": True}, False),
    ],
)
def test_an_optional_field_is_unneeded_if_its_content_is(outcomes, is_unneeded):
    reruns = [rerun("$", "removed", False, key, parents=()) for key in (AL, ABSENT)]
    reruns += [rerun("$.nick", kind, one, AL) for kind, one in outcomes.items()]

    found = [(USER, "$.nick", "unneeded")] if is_unneeded else []
    assert found == list_places(find_unneeded(reruns, [], USED))


@pytest.mark.parametrize("is_needed", [False, True])
def test_a_field_is_unneeded_if_no_variant_needs_it(is_needed):
    reruns = [
        rerun("$.name", "removed", True, AL),
        rerun("$.name", "removed", not is_needed, ABSENT),
    ]

    found = [] if is_needed else [(USER, "$.name", "unneeded")]
    assert found == list_places(find_unneeded(reruns, [], USED))


def test_a_status_is_in_all_variants():
    reruns = [rerun("status", "removed", True, AL, parents=())]

    found = find_unneeded(reruns, [], USED)
    assert [(USER, "status", "unneeded")] == list_places(found)


def test_an_interaction_with_a_variant_left_out_is_unknown():
    reruns = [rerun("$.name", "removed", True, AL)]

    assert [] == find_unneeded(reruns, [LeftOut("t", "failed", (ABSENT,))], USED)


def test_variants_that_did_not_run_are_listed():
    (left_out,) = list_unproven_variants(USED[:1])

    assert LeftOut("t", "the variants nick=absent did not run", (AL,)) == left_out
    assert [] == list_unproven_variants(USED)
    assert [] == list_unproven_variants([Used(USER, USER, "t")])


@pytest.mark.parametrize(
    ("one", "others", "kind"),
    [
        (rerun("$", "fraction", False), {"value": True}, "type"),
        (rerun("$", "fraction", False), {"value": False}, None),
        (rerun("$", "form", False), {"value": True, "other": True}, "form"),
        (rerun("$", "form", False), {"value": True, "other": False}, None),
        (rerun("$", "shorter", False), {"value": True}, "shorter"),
        (rerun("$", "shorter", False, in_test=True), {"value": True}, None),
        (rerun("$", "empty", False, in_test=True), {"value": True}, "empty"),
        (rerun("$", "empty", False, asserts_truth=True), {"value": True}, None),
        (rerun("$", "empty", False, is_allowed=False), {"value": True}, None),
    ],
)
def test_a_rule_is_too_loose_unless_the_test_asserts_the_example(one, others, kind):
    controls = [rerun("$", name, passed) for name, passed in others.items()]

    found = find_loose([one, *controls])
    assert ([] if kind is None else [(USER, "$", kind)]) == list_places(found)
