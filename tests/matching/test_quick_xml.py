"""Test that the quick comparison of XML agrees with the full one, and what it reads.

Source: docs/internals/specification.md, "4.5 XML", "5. Path expressions and rule
selection".
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypact.matching.quick_xml import QuickXml
from pypact.matching.xml import XmlPlan
from pypact.model.body import ContentType, ExpectedBody
from pypact.model.rules import Rule, RuleList, Wildcard
from pypact.rules.compiled import RuleTree, compile_tree
from pypact.rules.table import RuleKind, Walk, register

XML_TYPE = ContentType("application", "xml")
NAMES = st.sampled_from(["a", "b", "n:c"])
TEXTS = st.sampled_from(["", " ", "x", "12", " y\n"])
RULES = st.sampled_from(
    [
        Rule("type"),
        Rule("type", {"min": 2}),
        Rule("type", {"max": 1}),
        Rule("regex", {"regex": r"\d+"}),
        Rule("integer"),
        Rule("equality"),
        Rule("include", {"value": "x"}),
        Rule("eachKey", {"rules": [{"match": "type"}]}),
        Rule("null"),
        Rule("unheard-of"),
    ]
)
STEPS = st.sampled_from(
    [".a", ".b", "['urn:n:c']", ".*", "[*]", "[0]", "[1]", "['@k']", "['#text']"]
)
PATHS = st.lists(STEPS, max_size=5).map(lambda steps: "$" + "".join(steps))
RULE_LISTS = st.builds(
    RuleList,
    st.lists(RULES, min_size=1, max_size=2).map(tuple),
    st.sampled_from(["AND", "OR"]),
)


@st.composite
def elements(draw, depth=3):
    name = draw(NAMES)
    attribute = draw(st.sampled_from(["", " k='1'", " k='x'", " k='1' l='2'"]))
    below = st.nothing() if depth == 0 else elements(depth - 1)
    parts = draw(st.lists(st.one_of(below, TEXTS), max_size=3))
    return f"<{name}{attribute}>{''.join(parts)}</{name}>"


DOCUMENTS = elements().map(lambda inner: f"<a xmlns:n='urn:n'>{inner}</a>".encode())


@given(DOCUMENTS, DOCUMENTS, st.booleans(), st.dictionaries(PATHS, RULE_LISTS))
def test_a_quick_match_is_a_match(expected, actual, strict, rules):
    plan = XmlPlan(ExpectedBody(expected, XML_TYPE, rules, strict))
    for other in (expected, actual):
        quick = QuickXml(expected, compile_tree(rules).document, strict=strict)
        if quick.matches(other):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(QuickXml, "matches", lambda *_: False)
                assert [] == plan.check(other, XML_TYPE)


def count_covered(tokens, names, positions):
    """Return how many names a rule path covers, or None if it differs."""
    used = 0
    for token in tokens:
        if token is Wildcard.INDEX:
            continue
        if isinstance(token, int):
            if token != (positions[used - 1] if used else 0):
                return None
            continue
        if used == len(names) or token not in (Wildcard.ANY, names[used]):
            return None
        used += 1
    return used


@given(
    st.dictionaries(PATHS, RULE_LISTS),
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "@k", "z"]), st.integers(0, 2)),
        min_size=1,
        max_size=4,
    ),
)
def test_a_place_has_the_rules_of_the_greatest_rank(rules, steps):
    tree = RuleTree(rules)
    names, positions = zip(*steps, strict=True)
    place = tree.document
    for name, position in steps:
        place = place.enter(name, position)
    covering = [
        (ranked, used)
        for ranked in tree.ranked
        if (used := count_covered(ranked.path.tokens, names, positions)) is not None
    ]
    best, cascaded = None, True
    if covering:
        ranked, used = covering[-1]
        best, cascaded = ranked.list, used < len(names)
    assert (place.best, place.cascaded or best is None) == (best, cascaded)
    assert place.is_typed == any(
        rule.kind.compares_types for ranked, _ in covering for rule in ranked.list.rules
    )


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        b"<a><!-- x --></a>",
        b"<a><![CDATA[x]]></a>",
        b"<a><?x y?></a>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<?xml version='1.1'?><a/>",
        "<a/>".encode("utf-16"),
        b"<a>",
        b"<a>\xff</a>",
        b"a",
        b"",
    ],
)
def test_documents_that_are_not_plain_are_left_to_the_full_comparison(content):
    place = RuleTree({}).document
    assert not QuickXml(content, place, strict=False).matches(content)


def test_plain_documents_are_compared_quickly():
    content = b"<?xml version='1.0' encoding='UTF-8'?>\n<a k='1'><b> x </b></a>"
    other = b"\xef\xbb\xbf<a k='1' l='2'>\n<b>x</b>\n<c/></a>"
    place = RuleTree({}).document
    assert QuickXml(content, place, strict=False).matches(other)
    assert not QuickXml(content, place, strict=True).matches(other)


def test_bounds_of_documents_are_left_to_the_full_comparison():
    place = RuleTree({}).document
    attributes = " ".join(f"k{number}=''" for number in range(10_001))
    deep = b"<a>" * 1_001 + b"</a>" * 1_001
    for content in (f"<a {attributes}/>".encode(), deep):
        assert not QuickXml(content, place, strict=False).matches(content)


def make_check(_attributes):
    return lambda _expected, _actual: None


def make_failing_check(_attributes):
    def check(_expected, _actual):
        raise RuntimeError("broken")

    return check


@pytest.mark.parametrize("path", ["$.a", "$.a['@k']"])
def test_a_rule_that_raises_is_left_to_the_full_comparison(path):
    rules = {path: RuleList((Rule("broken"),))}
    undo = register(RuleKind("broken", make_failing_check, make_failing_check))
    try:
        quick = QuickXml(b"<a k='1'/>", compile_tree(rules).document, strict=False)
        assert not quick.matches(b"<a k='1'/>")
    finally:
        undo()


def test_a_registered_rule_for_keys_does_not_cascade():
    kind = RuleKind("keys", make_check, make_check, walk=Walk.EACH_KEY)
    undo = register(kind)
    try:
        place = compile_tree({"$.a": RuleList((Rule("keys"),))}).document
        assert not QuickXml(b"<a k='1'/>", place, strict=False).matches(b"<a k='2'/>")
    finally:
        undo()


def test_rules_of_texts_are_checked_quickly():
    digits = RuleList((Rule("regex", {"regex": r"\d+"}),))
    place = compile_tree({"$.a": digits, "$.a['@k']": digits}).document
    quick = QuickXml(b"<a k='1'>2</a>", place, strict=False)
    assert quick.matches(b"<a k='3'>4</a>")
    assert not quick.matches(b"<a k='3'>x</a>")
