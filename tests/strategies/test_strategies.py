"""Generated messages: the rules accept them, and they differ from the example."""

import random

import pytest

import pypact
from pypact import match
from pypact.errors import InvalidExpectation
from pypact.formats import read_request, read_response
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction, SpecificationVersion
from pypact.model.json import dump_json, parse_json
from pypact.strategies import Examples
from pypact.strategies.messages import (
    ABSENT,
    shape_request,
    shape_response,
    simplify,
)
from tests.support.strategies import draw_unfiltered

V4 = SpecificationVersion.V4


def respond(body, headers=None):
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.test")
    builder = pact.upon_receiving("it").with_request("GET", "/")
    return builder.will_respond_with(200, headers=headers, body=body).to_interaction()


def draw_values(body, count=40):
    """Return the JSON bodies that are drawn for a body with matchers."""
    shape = shape_response(respond(body))
    return [parse_json(shape.build(one).body.content) for one in shape.draw(count, 1)]


def fields(body, name="x"):
    return [one[name] for one in draw_values({name: body}) if name in one]


CASES = {
    "integer": (
        match.integer(23),
        lambda found: {0, 23} <= {*found} and min(found) < 0,
    ),
    "string": (
        match.like("Al"),
        lambda found: "" in found and max(map(len, found)) > 9,
    ),
    "unicode": (match.like("Al"), lambda found: not all(map(str.isascii, found))),
    "boolean": (match.like(True), lambda found: {*found} == {True, False}),
    "regex": (
        match.regex(r"[a-c]{2}\d", "ab1"),
        lambda found: len({*found}) > 3 and all(len(one) == 3 for one in found),
    ),
    "date": (
        match.date("2020-01-31", "yyyy-MM-dd"),
        lambda found: len({*found}) > 3 and all(one[4] == "-" for one in found),
    ),
    "zones": (
        match.datetime("2020-01-01T10:00:00Z", "yyyy-MM-dd'T'HH:mm:ssXXX"),
        lambda found: {one[-6:] for one in found} > {"+05:30", "-08:00"},
    ),
    "decimal": (match.decimal(1.5), lambda found: len({*found}) > 3),
    "array": (
        match.each_like("x", min=2),
        lambda found: min(map(len, found)) == 2 and max(map(len, found)) > 5,
    ),
    "limited array": (
        match.each_like("x", min=1, max=3),
        lambda found: {len(one) for one in found} == {1, 2, 3},
    ),
    "equal": ("fixed", lambda found: {*found} == {"fixed"}),
}


@pytest.mark.parametrize(("body", "holds"), CASES.values(), ids=CASES)
def test_the_values_are_those_that_the_rule_accepts(body, holds):
    found = fields(body)
    assert holds(found), found


def test_objects_of_a_response_get_additional_members():
    assert any(len(one) > 1 for one in draw_values({"id": match.integer(1)}))


def test_keys_differ_under_each_key():
    found = fields(match.each_key(match.regex(r"[a-z]\d", "a1"), {"a1": "x"}))
    assert len({key for one in found for key in one}) > 3


def test_strings_of_xml_differ():
    body = '<?xml version="1.0"?><user id="7"><name>Al</name></user>'
    interaction = HttpInteraction(
        description="it",
        request=Request(),
        response=read_response(
            {
                "status": 200,
                "headers": {"Content-Type": ["application/xml"]},
                "body": {"content": body, "contentType": "application/xml"},
                "matchingRules": {
                    "body": {
                        "$.user.name.#text": {"matchers": [{"match": "type"}]},
                        "$.user.@id": {"matchers": [{"match": "integer"}]},
                    }
                },
            },
            V4,
        ),
    )
    shape = shape_response(interaction)
    found = {shape.build(one).body.content for one in shape.draw(20, 1)}
    assert len(found) > 8
    assert all(b"<user id=" in one for one in found)


def test_the_parts_of_a_request_differ():
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.test")
    builder = (
        pact.upon_receiving("it")
        .with_request(
            "POST",
            match.regex(r"/users/\d+", "/users/1"),
            query={"q": match.like("a b")},
            headers={"X-Id": match.regex(r"[a-f]+", "abc")},
            body={"name": match.like("Al"), "kind": "x"},
        )
        .will_respond_with(200)
    )
    shape = shape_request(builder.to_interaction())
    drawn = shape.draw(60, 1)
    parts = {change.part for one in drawn for change in shape.list_changes(one)}
    assert parts == {"path", "query", "header", "body"}
    for one in drawn:
        request = shape.build(one)
        assert pypact.match_request(builder, request) == []
        assert request.json["kind"] == "x"


def test_values_of_generators_stay():
    request = {
        "method": "POST",
        "path": "/x",
        "body": {"content": {"id": 1, "n": 1}, "contentType": "application/json"},
        "matchingRules": {"body": {"$.*": {"matchers": [{"match": "integer"}]}}},
        "generators": {"body": {"$.id": {"type": "ProviderState", "expression": "id"}}},
    }
    expected = read_request(request, V4)
    shape = shape_request(
        HttpInteraction(description="it", request=expected, response=Response())
    )
    assert {shape.build(one).json["id"] for one in shape.draw(20, 1)} == {1}


def test_the_same_seed_draws_the_same():
    shape = shape_response(respond({"id": match.integer(1), "s": match.like("x")}))
    assert shape.draw(20, 5) == shape.draw(20, 5)
    assert shape.draw(20, 5) != shape.draw(20, 6)


def test_drawing_keeps_the_state_of_random():
    random.seed(3)
    before = random.getstate()
    shape_response(respond({"id": match.integer(1)})).draw(5, 1)
    assert random.getstate() == before


def test_half_of_the_examples_have_the_edges_of_all_places():
    body = {
        **{f"name{number}": match.like("Al Bo") for number in range(10)},
        **{f"count{number}": match.integer(3) for number in range(10)},
    }
    for seed in (1, 2):
        drawn = shape_response(respond(body)).draw(50, seed)
        found = [one["body",] for one in drawn[:25]]
        for number in range(10):
            names = {one[f"name{number}"] for one in found}
            assert names > {"", "Zoë 王 🙂", "0", "a\nb\tc"}
            assert max(map(len, names)) > 255
            counts = {one[f"count{number}"] for one in found}
            assert counts > {0, -1, 2**31, 2**53 - 1}


def test_an_edge_that_another_one_hides_is_tried_too():
    items = match.like([{f"n{number}": match.integer(3) for number in range(12)}])
    drawn = shape_response(respond({"items": items})).draw(30, 1)
    found = [one["body",]["items"] for one in drawn[:15]]
    assert [] in found
    for number in range(12):
        values = {item[f"n{number}"] for items in found for item in items}
        assert {0, -1} < values


RULES = [
    {"match": "type"},
    {"match": "integer"},
    {"match": "number"},
    {"match": "regex", "regex": r"\w{1,4}"},
    {"match": "notEmpty"},
    {"match": "include", "value": "a"},
    {"match": "type", "min": 1},
    {"match": "type", "max": 3},
    {"match": "equality"},
]


def make_value(source, depth=0):
    kind = source.choice("iisbdol" if depth < 3 else "isb")
    if kind == "o":
        names = source.sample("abc", 2)
        return {name: make_value(source, depth + 1) for name in names}
    if kind == "l":
        return [make_value(source, depth + 1) for _ in range(source.randint(1, 2))]
    values = {"i": source.randint(-5, 90), "s": "a1", "b": True, "d": 1.5}
    return values[kind]


def make_response(source):
    body = {"a": make_value(source), "b": make_value(source)}
    paths = ["$", "$.a", "$.b", "$.*", "$.a.*", "$.a[*]", "$.b.c", "$.a[0]", "$.b[*].a"]
    rules = {
        path: {"matchers": source.sample(RULES, source.choice([1, 1, 2]))}
        for path in source.sample(paths, source.randint(1, 4))
    }
    return {
        "status": 200,
        "body": {"content": body, "contentType": "application/json"},
        "matchingRules": {"body": rules},
    }


def test_the_generator_agrees_with_the_matcher():
    """Nearly all that is generated is accepted, without being filtered."""
    source = random.Random(8)
    count = accepted = 0
    for number in range(60):
        data = make_response(source)
        interaction = HttpInteraction(
            description="it", request=Request(), response=read_response(data, V4)
        )
        shape = shape_response(interaction)
        if not shape.accepts(shape.example):
            continue  # the example breaks its own rules
        drawn = draw_unfiltered(shape, number)
        count += len(drawn)
        for parts in drawn:
            problems = pypact.match_response(interaction, shape.build(parts))
            accepted += not problems
        for parts in shape.draw(5, number):
            text = dump_json(data), dump_json(parts["body",])
            assert pypact.match_response(interaction, shape.build(parts)) == [], text
    assert count > 150
    assert accepted >= 0.9 * count


def simplify_failure(shape, start, fails):
    """Return the changes of the simplest parts that fail."""
    trials, answer = simplify(shape, start), None
    while True:
        try:
            answer = fails(trials.send(answer))
        except StopIteration as stop:  # noqa: PERF203 -- the generator's result
            return [one.describe() for one in shape.list_changes(stop.value)]


def test_a_failure_is_simplified_to_what_matters():
    body = {"id": match.integer(23), "name": match.like("Al"), "t": match.each_like(1)}
    shape = shape_response(respond(body))

    def fails(parts):
        return len(parts["body",]["name"]) < 2

    start = next(one for one in shape.draw(80, 2) if fails(one))
    changes = simplify_failure(shape, start, fails)
    assert changes == ['$.name = "" (the example: "Al")']


def test_the_items_of_a_list_of_another_length_are_simplified():
    user = {"id": match.integer(23), "name": match.like("Al")}
    shape = shape_response(respond({"users": match.each_like(user, min=1)}))
    other = {"id": 7, "name": "", "x": 1}
    start = {("body",): {"users": [other] * 9, "additional": 1}}

    def fails(parts):
        return any(one["name"] == "" for one in parts["body",]["users"])

    changes = simplify_failure(shape, start, fails)
    assert changes == ['$.users[0].name = "" (the example: "Al")']


def test_an_additional_member_is_described():
    shape = shape_response(respond({"id": 1}))
    parts = {("body",): {"id": 1, "x": 2}}
    (change,) = shape.list_changes(parts)
    assert change.describe() == "$.x = 2 (the example does not have it)"
    assert change.before is ABSENT
    assert change.set(ABSENT) == shape.example


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0, "count=0: expected at least 1"),
        ("50", "count='50': expected a whole number"),
        (True, "count=True: expected a whole number"),
        (2.5, "count=2.5: expected a whole number"),
    ],
)
def test_a_wrong_number_is_refused(given, text):
    with pytest.raises(InvalidExpectation, match=text):
        Examples.of(given)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0, "seconds=0: expected more than 0"),
        ("5", "seconds='5': expected a number"),
    ],
)
def test_a_wrong_time_is_refused(given, text):
    with pytest.raises(InvalidExpectation, match=text):
        Examples(1, seconds=given)


def test_the_seed_is_that_of_the_variable(monkeypatch):
    monkeypatch.setenv("PYPACT_EXAMPLES_SEED", "42")
    assert Examples(1).find_seed() == 42
    assert Examples(1, seed=7).find_seed() == 7
    monkeypatch.setenv("PYPACT_EXAMPLES_SEED", "x")
    with pytest.raises(InvalidExpectation, match="expected a whole number"):
        Examples(1).find_seed()
    monkeypatch.delenv("PYPACT_EXAMPLES_SEED")
    monkeypatch.setenv("CI", "true")
    assert Examples(1).find_seed() == 0


def test_without_hypothesis_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(InvalidExpectation, match=r"pypact-contracts\[examples\]"):
        Examples.of(3)


def test_the_strategy_of_an_interaction_is_for_users():
    from hypothesis import given, settings

    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.test")
    builder = (
        pact.upon_receiving("it")
        .with_request("POST", "/", body={"n": match.integer(1)})
        .will_respond_with(200, body={"id": match.integer(1)})
    )
    seen = []

    @settings(max_examples=5, database=None)
    @given(builder.strategy(), builder.strategy("request"))
    def check(response, request):
        seen.append((response.status, response.json["id"], request.json["n"]))

    check()
    assert {status for status, _, _ in seen} == {200}
    assert len({*seen}) > 2
    with pytest.raises(InvalidExpectation, match="expected 'request' or 'response'"):
        builder.strategy("body")
