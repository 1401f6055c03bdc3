"""Test the choice of the rule list at a place in a body.

Source: docs/internals/specification.md, "5. Path expressions and rule selection".
"""

import itertools
import json

import pytest

import pypact
from pypact.formats import read_pact
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import (
    CompiledList,
    CompiledRule,
    CrossingPathsError,
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


MANY = [f"$.*.b{number}" for number in range(70)]
FEW = ["$.a.x", "$.*.y", "$.*.b7", "$.*[3]", "$.a[*]", "$.c.b7", "$.*"]


@pytest.mark.parametrize("step", ["x", "y", "z", "b7", "b8", 3, "3", 4, "04"])
@pytest.mark.parametrize("parent", ["a", "c", "d"])
def test_wildcards_with_many_children_are_followed_when_entered(parent, step):
    few = chosen([*FEW, "$.*.b8"], parent, step)

    assert few == chosen([*FEW, *MANY], parent, step)


@pytest.mark.parametrize("name", ["x", "y", "z", "b7", "b8"])
@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("parent", ["a", "c"])
def test_wildcards_of_xml_with_many_children_are_followed(parent, name, position):
    paths = ["$.a.x", "$.*.y", "$.*.b7[1]", "$.*.b7", "$.c.b7[1]", "$.*.b8"]
    found = []
    for others in ([], MANY):
        tree = RuleTree({p: RuleList((Rule(p),)) for p in [*paths, *others]})
        place = tree.document.enter(parent)
        found.append([place.enter(name, position).best for _ in range(2)])

    few, many = ([best and best.rules[0].name for best in pair] for pair in found)
    assert few == many


def cross(depth):
    """Return rule paths whose combinations of names and wildcards all differ."""
    steps = itertools.product([".a", ".*"], repeat=depth)
    return {f"${''.join(path)}.x": RuleList((Rule("type"),)) for path in steps}


def test_rule_paths_that_cross_too_often_are_refused(monkeypatch):
    monkeypatch.setattr("pypact.rules.compiled._MOST_STEPS", 20_000)
    tree = RuleTree(cross(8))
    assert tree.choose(*"a" * 8, "x")

    def walk(place, depth):
        for name in "ab" if depth else ():
            walk(place.name(name), depth - 1)

    with pytest.raises(CrossingPathsError, match="expected fewer rule paths with wild"):
        walk(tree.root, 9)


def test_positions_of_elements_that_cross_too_often_are_refused(monkeypatch):
    monkeypatch.setattr("pypact.rules.compiled._MOST_STEPS", 20_000)
    paths = [f"$.r.a{number}.x" for number in range(90)]
    paths += [f"$.r.*.b[{number}]" for number in range(90)]
    place = RuleTree({path: RuleList((Rule("type"),)) for path in paths}).document
    place = place.enter("r")

    with pytest.raises(CrossingPathsError):
        for number in range(90):
            place.enter(f"a{number}").enter("b", 1)


def test_a_body_with_rule_paths_that_cross_too_often_does_not_match(monkeypatch):
    monkeypatch.setattr("pypact.rules.compiled._MOST_STEPS", 100)
    body = {"a": {"a": {"a": {"a": {"a": {"a": {"x": 1}}}}}}}
    headers = {"Content-Type": "application/json"}
    rules = {path: {"matchers": [{"match": "type"}]} for path in cross(6)}
    response = {"headers": headers, "body": body, "matchingRules": {"body": rules}}
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [{"request": {}, "response": response}],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (interaction,) = read_pact(data).interactions

    actual = {
        "headers": headers,
        "body": json.loads(json.dumps(body).replace("1", "2")),
    }

    (mismatch,) = pypact.match_response(interaction, actual)

    assert "rule paths that cross at too many places" in str(mismatch)


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
