"""Test the choice of the rule list at a place in a body.

Source: docs/internals/specification.md, "5. Path expressions and rule selection".
"""

import pytest

from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import (
    CompiledList,
    CompiledRule,
    RuleTree,
    is_index,
)
from pypact.rules.table import RuleKind, register


def chosen(paths, *steps):
    """Return the rule path that is chosen at the end of `steps`."""
    tree = RuleTree({path: RuleList((Rule(path),)) for path in paths})
    best = tree.choose(*steps)
    return best.rules[0].name if best else None


ITEM = ("item1", "level", 1, "id")


@pytest.mark.parametrize(
    ("paths", "path"),
    [
        (["$"], "$"),
        (["$", "$.item1"], "$.item1"),
        (["$.item2"], None),
        (["$.item1", "$.item1.level"], "$.item1.level"),
        (["$.item1.level", "$.item1.level[1]"], "$.item1.level[1]"),
        (["$.item1.level[1]", "$.item1.level[1].id"], "$.item1.level[1].id"),
        (["$.item1.level[1].name"], None),
        (["$.item1.level[2].id"], None),
        (["$.item1.level[*].id", "$.item1.level[1].id"], "$.item1.level[1].id"),
        (["$.item1.level[*].id", "$.*.level[*].id"], "$.item1.level[*].id"),
        # Equal weights: at the first step where only one has a star, the other wins.
        (["$.item1.*.*.id", "$.*.level[*].id"], "$.item1.*.*.id"),
        (["$.*.level[*].id", "$.item1.*.*.id"], "$.item1.*.*.id"),
        # Equal weights and stars: the later path in sorted order wins.
        (["$.item1.level[*].id", "$.item1.level.*.id"], "$.item1.level[*].id"),
        (["$.item1.level.*.id", "$.item1.level[*].id"], "$.item1.level[*].id"),
        (["$.item1.level[1].id.deeper"], None),
        (["$.item1.level[*]", "$.item1.level[*].id"], "$.item1.level[*].id"),
        (["$.item1.level['1'].id"], "$.item1.level['1'].id"),
        (["$.item1.level.1.id"], "$.item1.level.1.id"),
        (["$['item1'].level"], "$['item1'].level"),
        (["item1.level"], "item1.level"),
        (["$.item1[*]"], None),
    ],
)
def test_the_rules_of_the_heaviest_path_are_chosen(paths, path):
    assert path == chosen(paths, *ITEM)


@pytest.mark.parametrize(
    ("path", "step", "fits"),
    [
        ("$[0]", 0, True),
        ("$[0]", "0", True),
        ("$.0", 0, True),
        ("$[*]", 7, True),
        ("$[*]", "7", True),
        ("$[*]", "a", False),
        ("$[*]", "07", False),
        ("$.*", 7, True),
        ("$.*", "a", True),
        ("$['*']", "a", False),
        ("$['*']", "*", True),
        ("$[1]", 0, False),
    ],
)
def test_a_key_and_an_index_are_compared_as_strings(path, step, fits):
    assert (path if fits else None) == chosen([path], step)


def test_a_longer_path_with_a_star_wins():
    assert "$.animals.*" == chosen(["$.animals", "$.animals.*"], "animals", 0)


def test_rules_of_a_parent_cascade():
    tree = RuleTree({"$.a": RuleList((Rule("type"),))})

    place = tree.root.step("a")
    assert (False, True) == (place.cascaded, place.step("b").cascaded)
    assert place.step("b").step(0).is_leaf
    assert place.step("b").best is place.best


def test_an_invalid_path_is_reported():
    rules = {"$.[": RuleList((Rule("type"),)), "$.b": RuleList(())}

    assert not RuleTree(rules)
    assert ["$.["] == [path for path, _ in RuleTree(rules).invalid_paths]


@pytest.mark.parametrize(
    ("name", "expected"), [("0", True), ("10", True), ("01", False), ("a", False)]
)
def test_an_index_is_written_without_leading_zeros(name, expected):
    assert expected == is_index(name)


def raise_error(_attributes):
    def check(_expected, _actual):
        raise RuntimeError("broken {rule}")

    return check


@pytest.mark.parametrize(
    "check",
    [
        lambda rule: rule.check_list([1], [1], cascaded=False),
        lambda rule: rule.check_map({"a": 1}, {"a": 1}, cascaded=False),
        lambda rule: CompiledList([rule]).find_json_failures(1, 1)[0][1],
        lambda rule: CompiledList([rule]).find_text_failures("1", "1")[0][1],
    ],
    ids=["list", "map", "json", "text"],
)
def test_an_error_of_a_registered_rule_is_a_failure(check):
    undo = register(
        RuleKind("broken", raise_error, raise_error, accepts_map=True, list=raise_error)
    )
    try:
        rule = CompiledRule(Rule("broken"))
        assert "the matching rule 'broken' cannot be used: broken {{rule}}" == check(
            rule
        )
        assert not CompiledList([rule]).passes(1, 1)
        assert not CompiledList([rule], "OR").passes(1, 1)
    finally:
        undo()
