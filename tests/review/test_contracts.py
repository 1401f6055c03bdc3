"""Changes of contracts are found, and those that need the provider are marked."""

import pytest
from interactions import NAMES, build_pact, matchers

import pypact
from pypact.review import Verdict, compare_contracts

REGEX = {"match": "regex", "regex": r"\d+"}
TYPE = {"match": "type"}


def body(content, rules=None, **more):
    """Return a part of a v4 interaction with a JSON body."""
    part = {"body": {"content": content, "contentType": "application/json"}}
    lists = {path: matchers(*each) for path, each in (rules or {}).items()}
    return part | ({"matchingRules": {"body": lists}} if lists else {}) | more


def headers(values, rules=None):
    lists = {name: matchers(rule) for name, rule in (rules or {}).items()}
    return {"headers": values, "matchingRules": {"header": lists}}


def compare(side, old, new, version="4.0"):
    """Return the verdict of a change of one side; see `judge`."""
    contracts = [
        pypact.read_pact(build_pact(version, **{side: part})) for part in (old, new)
    ]
    return judge(compare_contracts(*contracts))


def judge(changes):
    """Return "needs", "unsure" if it cannot be decided, "harmless", or None."""
    if any(one.needs_provider and not one.is_undecided for one in changes):
        return "needs"
    if any(one.needs_provider for one in changes):
        return "unsure"
    return "harmless" if changes else None


def rules(*each, example="5"):
    return body({"a": example}, {"$.a": each})


PLAIN = body({"a": "5"})
INTEGER, NUMBER, DECIMAL = (
    {"match": name} for name in ("integer", "number", "decimal")
)
DATE, SEMVER = {"match": "date", "format": "yyyy-MM-dd"}, {"match": "semver"}
ANY_TEXT = {"match": "regex", "regex": "text/.*"}
ONLY_HTML = {"match": "regex", "regex": "text/html"}
LIST = body({"a": ["x"]})
MANY = body({"a": ["x"]}, {"$.a": [{"match": "type", "min": 1}]})

RESPONSES = {
    "a member is dropped": (body({"a": 1, "b": 2}), body({"a": 1}), "harmless"),
    "a member is added": (body({"a": 1}), body({"a": 1, "b": 2}), "needs"),
    "a nested member is dropped": (
        body({"a": {"b": {"c": 1, "d": 2}}}),
        body({"a": {"b": {"c": 1}}}),
        "harmless",
    ),
    "an exact value differs": (PLAIN, body({"a": "6"}), "needs"),
    "a number becomes a string": (body({"a": 5}), PLAIN, "needs"),
    "1 becomes 1.0": (body({"a": 1}), body({"a": 1.0}), "needs"),
    "the order of keys differs": (body({"a": 1, "b": 2}), body({"b": 2, "a": 1}), None),
    "the order of items differs": (body([1, 2]), body([2, 1]), "needs"),
    "equality becomes regex": (PLAIN, rules(REGEX), "harmless"),
    "equality becomes a regex that refuses the old example": (
        body({"a": "x"}),
        rules(REGEX),
        "needs",
    ),
    "equality becomes date": (
        body({"a": "2020-01-01"}),
        rules(DATE, example="2021-02-03"),
        "harmless",
    ),
    "equality becomes semver": (
        body({"a": "1.2.3"}),
        rules(SEMVER, example="1.0.0"),
        "harmless",
    ),
    "equality becomes type": (PLAIN, rules(TYPE, example="y"), "harmless"),
    "equality becomes type of another type": (PLAIN, rules(TYPE, example=5), "needs"),
    "regex becomes equality": (rules(REGEX), PLAIN, "needs"),
    "regex becomes type": (rules(REGEX), rules(TYPE), "harmless"),
    "date becomes type": (
        rules(DATE, example="2020-01-01"),
        rules(TYPE, example="x"),
        "harmless",
    ),
    "semver becomes type": (
        rules(SEMVER, example="1.0.0"),
        rules(TYPE, example="x"),
        "harmless",
    ),
    "type becomes regex": (rules(TYPE), rules(REGEX), "needs"),
    "type becomes date": (rules(TYPE), rules(DATE, example="2020-01-01"), "needs"),
    "a regex is stricter but accepts the old example": (
        rules(REGEX),
        rules({"match": "regex", "regex": "5"}),
        "unsure",
    ),
    "a regex becomes a date": (
        rules(REGEX),
        rules(DATE, example="2020-01-01"),
        "unsure",
    ),
    "an example differs under type": (
        rules(TYPE),
        rules(TYPE, example="z"),
        "harmless",
    ),
    "an example of another type under type": (
        rules(TYPE),
        rules(TYPE, example=1),
        "needs",
    ),
    "an example differs under regex": (
        rules(REGEX),
        rules(REGEX, example="6"),
        "harmless",
    ),
    "integer becomes number": (
        rules(INTEGER, example=1),
        rules(NUMBER, example=1),
        "harmless",
    ),
    "number becomes integer": (
        rules(NUMBER, example=1),
        rules(INTEGER, example=1),
        "needs",
    ),
    "integer becomes decimal": (
        rules(INTEGER, example=1),
        rules(DECIMAL, example=1.5),
        "needs",
    ),
    "decimal becomes type": (
        rules(DECIMAL, example=1.5),
        rules(TYPE, example=1),
        "harmless",
    ),
    "a type of numbers becomes number": (
        rules(TYPE, example=1),
        rules(NUMBER, example=1),
        "harmless",
    ),
    "a part that must be included becomes shorter": (
        rules({"match": "include", "value": "abc"}, example="abc"),
        rules({"match": "include", "value": "b"}, example="abc"),
        "harmless",
    ),
    "a part that must be included becomes longer": (
        rules({"match": "include", "value": "b"}, example="abc"),
        rules({"match": "include", "value": "abc"}, example="abc"),
        "unsure",
    ),
    "type becomes notEmpty": (rules(TYPE), rules({"match": "notEmpty"}), "needs"),
    "an unknown rule is added": (PLAIN, rules({"match": "odd"}), "needs"),
    "an unknown rule differs": (
        rules({"match": "odd"}),
        rules({"match": "odd", "x": 1}),
        "unsure",
    ),
    "an unknown rule is the same": (
        rules({"match": "odd"}),
        rules({"match": "odd"}),
        None,
    ),
    "one of two rules is dropped": (rules(TYPE, REGEX), rules(TYPE), "harmless"),
    "a second rule is added": (rules(TYPE), rules(TYPE, REGEX), "needs"),
    "the order of rules differs": (rules(TYPE, REGEX), rules(REGEX, TYPE), None),
    "an alternative is added": (
        rules(REGEX),
        body({"a": "5"}, {})
        | {"matchingRules": {"body": {"$.a": matchers(REGEX, SEMVER, combine="OR")}}},
        "harmless",
    ),
    "a rule path is written in another way": (
        rules(TYPE),
        body({"a": "5"}, {"$['a']": [TYPE]}),
        None,
    ),
    "equality is written as a rule": (PLAIN, rules({"match": "equality"}), None),
    "a rule of the parent is written at each member": (
        body({"a": "x", "b": 1}, {"$": [TYPE]}),
        body({"a": "x", "b": 1}, {"$.a": [TYPE], "$.b": [TYPE]}),
        None,
    ),
    "a list may be longer": (LIST, MANY, "harmless"),
    "a list must have its length": (MANY, LIST, "needs"),
    "the least length decreases": (
        body(["x"], {"$": [{"match": "type", "min": 2}]}),
        body(["x"], {"$": [{"match": "type", "min": 1}]}),
        "harmless",
    ),
    "the least length increases": (
        body(["x"], {"$": [{"match": "type", "min": 1}]}),
        body(["x"], {"$": [{"match": "type", "min": 2}]}),
        "needs",
    ),
    "the greatest length is new": (
        body(["x"], {"$": [TYPE]}),
        body(["x"], {"$": [{"match": "type", "max": 2}]}),
        "needs",
    ),
    "a list has a second item of the same kind": (
        body(["x"], {"$": [TYPE]}),
        body(["x", "y"], {"$": [TYPE]}),
        "harmless",
    ),
    "a list has a second item of another kind": (
        body(["x"], {"$": [TYPE]}),
        body(["x", 5], {"$": [TYPE]}),
        "needs",
    ),
    "an item of a list has a new member": (
        body([{"a": 1}], {"$": [TYPE]}),
        body([{"a": 1, "b": 1}], {"$": [TYPE]}),
        "needs",
    ),
    "an item of a list loses a member": (
        body([{"a": 1, "b": 1}], {"$": [TYPE]}),
        body([{"a": 1}], {"$": [TYPE]}),
        "harmless",
    ),
    "any list is accepted": (
        body(["x"], {"$": [TYPE]}),
        body([], {"$": [TYPE]}),
        "harmless",
    ),
    "an object becomes a list": (body({}), body([]), "needs"),
    "the example of a map differs": (
        body({"a": 1}, {"$": [{"match": "eachValue", "rules": [TYPE]}]}),
        body({"b": 2}, {"$": [{"match": "eachValue", "rules": [TYPE]}]}),
        "harmless",
    ),
    "the rules of a map differ": (
        body({"a": 1}, {"$": [{"match": "eachValue", "rules": [TYPE]}]}),
        body({"a": 1}, {"$": [{"match": "eachValue", "rules": [INTEGER]}]}),
        "unsure",
    ),
    "a variant is dropped": (
        body(
            [1, 2],
            {
                "$": [
                    {"match": "arrayContains", "variants": [{"index": 0}, {"index": 1}]}
                ]
            },
        ),
        body([1, 2], {"$": [{"match": "arrayContains", "variants": [{"index": 1}]}]}),
        "harmless",
    ),
    "a variant is added": (
        body([1, 2], {"$": [{"match": "arrayContains", "variants": [{"index": 1}]}]}),
        body(
            [1, 2],
            {
                "$": [
                    {"match": "arrayContains", "variants": [{"index": 0}, {"index": 1}]}
                ]
            },
        ),
        "unsure",
    ),
    "the body is dropped": (PLAIN, {}, "harmless"),
    "the body is new": ({}, PLAIN, "needs"),
    "the body must be empty": (PLAIN, {"body": {"content": ""}}, "needs"),
    "the status differs": ({"status": 200}, {"status": 201}, "needs"),
    "the status may be another": (
        {"status": 200},
        {
            "status": 201,
            "matchingRules": {
                "status": matchers({"match": "statusCode", "status": "success"})
            },
        },
        "harmless",
    ),
    "the status class is another": (
        {
            "matchingRules": {
                "status": matchers({"match": "statusCode", "status": "nonError"})
            }
        },
        {
            "matchingRules": {
                "status": matchers({"match": "statusCode", "status": "success"})
            }
        },
        "needs",
    ),
    "a header is dropped": (headers({"X-A": ["1"]}), headers({}), "harmless"),
    "a header is new": (headers({}), headers({"X-A": ["1"]}), "needs"),
    "a header has another case": (
        headers({"X-A": ["1"]}),
        headers({"x-a": ["1"]}),
        None,
    ),
    "the order of headers differs": (
        headers({"X-A": ["1"], "X-B": ["2"]}),
        headers({"X-B": ["2"], "X-A": ["1"]}),
        None,
    ),
    "a header may differ": (
        headers({"X-A": ["1"]}),
        headers({"X-A": ["2"]}, {"X-A": REGEX}),
        "harmless",
    ),
    "a header must match": (
        headers({"X-A": ["1"]}, {"X-A": TYPE}),
        headers({"X-A": ["1"]}, {"X-A": REGEX}),
        "needs",
    ),
    "a parameter of a media type is dropped": (
        headers({"Accept": ["text/html;level=1"]}),
        headers({"Accept": ["text/html"]}),
        "harmless",
    ),
    "a parameter of a media type is new": (
        headers({"Accept": ["text/html"]}),
        headers({"Accept": ["text/html;level=1"]}),
        "needs",
    ),
    "a media type may differ": (
        headers({"Content-Type": ["text/html"]}),
        headers({"Content-Type": ["text/html"]}, {"Content-Type": ANY_TEXT}),
        "harmless",
    ),
    "a media type may have no parameters": (
        headers({"Content-Type": ["text/html"]}),
        headers({"Content-Type": ["text/html"]}, {"Content-Type": ONLY_HTML}),
        "unsure",
    ),
    "a media type is refused by its rule": (
        headers({"Content-Type": ["text/xml"]}),
        headers({"Content-Type": ["text/html"]}, {"Content-Type": ONLY_HTML}),
        "needs",
    ),
    "a random generator is new": (
        PLAIN,
        PLAIN | {"generators": {"body": {"$.a": {"type": "RandomString"}}}},
        "harmless",
    ),
    "an unknown member is new": (PLAIN, PLAIN | {"odd": 1}, "unsure"),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_change_of_a_response_is_classified(name):
    old, new, expected = RESPONSES[name]

    assert expected == compare("response", old, new)


REQUESTS = {
    "a rule is loosened": (PLAIN, rules(TYPE), "needs"),
    "a rule is stricter": (rules(TYPE), rules(REGEX), "needs"),
    "an example differs under a rule": (
        rules(REGEX),
        rules(REGEX, example="6"),
        "harmless",
    ),
    "an example without a rule": (PLAIN, body({"a": "6"}), "needs"),
    "a member is dropped": (body({"a": 1, "b": 2}), body({"a": 1}), "needs"),
    "a member of an item is new": (
        body([{"a": 1}], {"$": [TYPE]}),
        body([{"a": 1, "b": 2}], {"$": [TYPE]}),
        "needs",
    ),
    "the order of keys differs": (body({"a": 1, "b": 2}), body({"b": 2, "a": 1}), None),
    "the method differs": ({"method": "GET"}, {"method": "PUT"}, "needs"),
    "the path differs": ({"path": "/a"}, {"path": "/b"}, "needs"),
    "the path differs under a rule": (
        {
            "path": "/1",
            "matchingRules": {"path": matchers({"match": "regex", "regex": "/.*"})},
        },
        {
            "path": "/2",
            "matchingRules": {"path": matchers({"match": "regex", "regex": "/.*"})},
        },
        "harmless",
    ),
    "the query is new": ({}, {"query": {"a": ["1"]}}, "needs"),
    "the query is dropped": ({"query": {"a": ["1"]}}, {}, "needs"),
    "the query differs": ({"query": {"a": ["1"]}}, {"query": {"a": ["2"]}}, "needs"),
    "the order of the query differs": (
        {"query": {"a": ["1"], "b": ["2"]}},
        {"query": {"b": ["2"], "a": ["1"]}},
        None,
    ),
    "the query differs under a rule": (
        {"query": {"a": ["1"]}, "matchingRules": {"query": {"a": matchers(REGEX)}}},
        {"query": {"a": ["2"]}, "matchingRules": {"query": {"a": matchers(REGEX)}}},
        "harmless",
    ),
    "a header is dropped": (headers({"X-A": ["1"]}), headers({}), "needs"),
    "a generator is new": (
        PLAIN,
        PLAIN | {"generators": {"body": {"$.a": {"type": "RandomString"}}}},
        "needs",
    ),
    "the body is dropped": (PLAIN, {}, "needs"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_change_of_a_request_is_classified(name):
    old, new, expected = REQUESTS[name]

    assert expected == compare("request", old, new)


XML = {"headers": {"Content-Type": ["application/xml"]}}


def xml(content, rules=None):
    lists = {path: matchers(rule) for path, rule in (rules or {}).items()}
    content = {"content": content, "contentType": "application/xml"}
    return XML | {"body": content, "matchingRules": {"body": lists}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (xml("<a><b>1</b></a>"), xml("<a> <b>1</b> </a>"), None),
        (xml("<a>1</a>"), xml("<a>2</a>"), "needs"),
        (xml("<a>1</a>"), xml("<a>1</a>", {"$.a": TYPE}), "unsure"),
        (xml("<a>1</a>", {"$.a": TYPE}), xml("<a>2</a>", {"$.a": TYPE}), "unsure"),
    ],
)
def test_bodies_that_are_not_json_are_the_same_or_need_the_provider(old, new, expected):
    assert expected == compare("response", old, new)


def interaction(**changes):
    data = build_pact("4.0")
    data["interactions"][0] |= changes
    return pypact.read_pact(data)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"providerStates": [{"name": "a"}]},
            {"providerStates": [{"name": "b"}]},
            "needs",
        ),
        ({}, {"providerStates": [{"name": "a"}]}, "needs"),
        (
            {"providerStates": [{"name": "a", "params": {"x": 1}}]},
            {"providerStates": [{"name": "a", "params": {"x": 2}}]},
            "needs",
        ),
        ({"comments": {"text": ["a"]}}, {"comments": {"text": ["b"]}}, "harmless"),
        ({"pending": False}, {"pending": True}, "harmless"),
        ({"pending": True}, {"pending": False}, "needs"),
        ({"description": "d"}, {"description": "e"}, "needs"),
        ({"key": "k"}, {}, None),
        (
            {"pluginConfiguration": {"x": {"a": 1}}},
            {"pluginConfiguration": {"x": {"a": 2}}},
            "unsure",
        ),
    ],
)
def test_a_change_of_an_interaction_is_classified(old, new, expected):
    changes = compare_contracts(interaction(**old), interaction(**new))

    assert expected == judge(changes)


@pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning")
def test_a_change_of_an_interaction_that_cannot_be_read_is_undecided():
    changes = compare_contracts(interaction(type="odd"), interaction(type="odd", x=1))

    assert "unsure" == judge(changes)


def test_a_new_interaction_needs_the_provider_and_a_dropped_one_does_not():
    data = build_pact("4.0")
    empty = pypact.read_pact({**data, "interactions": []})
    full = pypact.read_pact(data)

    assert "needs" == judge(compare_contracts(empty, full))
    assert "harmless" == judge(compare_contracts(full, empty))
    assert "needs" == judge(compare_contracts(None, full))


def message(contents, metadata=None, rules=None):
    lists = {path: matchers(rule) for path, rule in (rules or {}).items()}
    one = {
        "type": "Asynchronous/Messages",
        "description": "m",
        "contents": {"content": contents, "contentType": "application/json"},
        "metadata": metadata or {},
        "matchingRules": {"body": lists},
    }
    version = {"pactSpecification": {"version": "4.0"}}
    return pypact.read_pact({**NAMES, "interactions": [one], "metadata": version})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (message({"a": 1, "b": 1}), message({"a": 1}), "harmless"),
        (message({"a": 1}), message({"a": 1, "b": 1}), "needs"),
        (message({"a": 1}), message({"a": 2}, rules={"$.a": TYPE}), "harmless"),
        (message(1, {"k": "v"}), message(1), "harmless"),
        (message(1), message(1, {"k": "v"}), "needs"),
        (message(1, {"k": "v"}), message(1, {"k": "w"}), "needs"),
    ],
)
def test_a_message_is_compared_like_a_response(old, new, expected):
    assert expected == judge(compare_contracts(old, new))


def test_a_contract_of_another_version_has_no_other_change():
    v2 = build_pact(
        "2.0.0",
        response={
            "headers": {"Content-Type": "application/json"},
            "body": {"a": ["x"]},
            "matchingRules": {"$.body.a": {"min": 1}, "$.headers.X": {"match": "type"}},
        },
        request={"query": "a=1&b=2"},
    )
    v4 = build_pact(
        "4.0",
        response={
            "headers": {"content-type": ["application/json"]},
            **body({"a": ["x"]}, {"$['a']": [{"match": "type", "min": 1}]}),
        },
        request={"query": {"b": ["2"], "a": ["1"]}},
    )

    changes = compare_contracts(pypact.read_pact(v2), pypact.read_pact(v4))

    assert ["specification version"] == [one.place for one in changes]
    assert Verdict.HARMLESS is changes[0].verdict
