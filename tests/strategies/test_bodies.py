"""Other examples of bodies that are not JSON, and of messages."""

import base64
import random

import pytest

import pypact
from pypact import bodies, match
from pypact.formats import read_request, read_response
from pypact.matching.multipart import parse_multipart, replace_part_contents
from pypact.matching.text import TextPlan
from pypact.model.body import ContentKind, parse_content_type, register_content
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction, SpecificationVersion
from pypact.model.json import parse_json
from pypact.model.rules import Rule, RuleList
from pypact.payloads import receive_message
from pypact.rules.table import RuleKind, parse_rule, register
from pypact.strategies.kinds import explain_fixed_rules
from pypact.strategies.messages import shape_message, shape_request, shape_response
from tests.support.strategies import draw_unfiltered

PNG = b"\x89PNG\r\n\x1a\n123"
V4 = SpecificationVersion.V4
NINES = RuleList((Rule("regex", {"regex": "[a-c]+9"}),))
ACCENTS = RuleList((Rule("regex", {"regex": "é[0-9]+"}),))
element = bodies.element


def define(body=None, headers=None, request=None):
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.test")
    builder = pact.upon_receiving("it").with_request("POST", "/", body=request)
    return builder.will_respond_with(200, headers=headers, body=body).to_interaction()


def draw(shape, count=30):
    """Return the changes of each message that is drawn, by name of the place."""
    assert shape.accepts(shape.example)
    return [
        {change.name: change.after for change in shape.list_changes(parts)}
        for parts in shape.draw(count, 1)
    ]


def names_of(found):
    return {name for changes in found for name in changes}


USERS = bodies.xml(
    element(
        "n:users",
        match.each_like(
            element("n:user", element("n:name", match.like("Al")), id=match.integer(1))
        ),
        element("total", match.integer(1)),
        element("kind", "x"),
        namespaces={"n": "urn:x"},
    )
)


def test_elements_attributes_and_texts_of_xml_differ():
    shape = shape_response(define(USERS))
    found = draw(shape, 60)
    lists = [
        one["$['n:users']['n:user']"]
        for one in found
        if any(isinstance(value, list) for value in one.values())
    ]
    assert {len(one) for one in lists} >= {2, 3}
    names = names_of(found)
    assert "$['n:users'].total['#text']" in names
    assert "$['n:users']['n:user'][0]['@id']" in names
    assert "$['n:users'].additional" in names
    assert not any("kind" in name for name in names)


def test_a_request_of_xml_has_no_additional_elements():
    found = draw(shape_request(define(request=USERS)))
    assert not any("additional" in name or "new" in name for name in names_of(found))


def test_children_without_a_rule_of_their_own_keep_their_number():
    body = bodies.xml(element("a", element("b", match.like("x")), element("b", "y")))
    found = draw(shape_request(define(request=body)))
    assert names_of(found) == {"$.a.b[0]['#text']", "$.a.b[1]['#text']"}


def test_values_of_generators_stay_in_xml():
    generated = match.from_provider_state("${id}", "7")
    body = bodies.xml(element("a", element("b", match.like("x")), id=generated))
    found = draw(shape_request(define(request=body)))
    assert names_of(found) == {"$.a.b['#text']"}


def test_json_of_the_schema_registry_keeps_its_prefix():
    kind = "application/vnd.schemaregistry.v1+json"
    rules = {"$.id": RuleList((Rule("integer"),))}
    body = bodies.Contents(b'\0\0\0\0\7{"id":3}', kind, rules)
    shape = shape_response(define(body))
    assert "$.id" in names_of(draw(shape))
    drawn = shape.build(shape.draw(3, 1)[0]).body.content
    assert drawn.startswith(b"\0\0\0\0\7{")


def test_the_values_of_forms_and_their_number_differ():
    form = {
        "user": match.from_provider_state("${id}", "7"),
        "name": match.like("Al"),
        "tag": match.each_like("a", min=1, max=3),
        "two": ["x", match.integer(2)],
        "fixed": "f",
    }
    found = draw(shape_request(define(request=bodies.form(form))), 60)
    assert names_of(found) == {"$.name", "$.tag", "$.two[1]"}
    counts = {len(one["$.tag"]) for one in found if isinstance(one.get("$.tag"), list)}
    assert counts == {2, 3}


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        (bodies.text(match.regex("[a-c]+9", "ab9")), lambda one: one.endswith("9")),
        (
            bodies.Contents(b"\xe91", "text/plain;charset=latin-1", {"$": ACCENTS}),
            lambda one: "é" in one,
        ),
        (
            bodies.binary(match.content_type("image/png", PNG)),
            lambda one: one.startswith(PNG),
        ),
        (
            bodies.binary(match.content_type("application/json", b"{}")),
            lambda one: parse_json(one) != {},
        ),
        (
            bodies.Contents(b"ab9", "application/octet-stream", {"$": NINES}),
            lambda one: one.endswith(b"9"),
        ),
    ],
)
def test_texts_and_bytes_differ(body, holds):
    found = draw(shape_response(define(body)))
    assert len(found) > 3
    assert all(holds(one["$"]) for one in found)


MULTIPART = bodies.multipart(
    {
        "title": match.like("A title"),
        "count": match.integer(3),
        "kind": "fixed",
        "data": bodies.file(
            "data.json", {"id": match.integer(3), "to": "x"}, "application/json"
        ),
        "note": bodies.file("note.txt", match.regex("[a-z]+", "abc"), "text/plain"),
        "picture": bodies.file(
            "a.png", match.content_type("image/png", PNG), "image/png"
        ),
        "plain": bodies.file("plain.txt", "as it is", "text/plain"),
    }
)


def test_each_part_of_a_multipart_body_differs_by_its_rules():
    shape = shape_request(define(request=MULTIPART))
    assert names_of(draw(shape, 60)) == {
        "$.title",
        "$.count",
        "$.data.id",
        "$.note",
        "$.picture",
    }
    drawn = shape.build(shape.draw(10, 2)[-1])
    parts = parse_multipart(drawn.body.content, drawn.content_type)
    by_name = {one.name: one for one in parts}
    assert by_name["kind"].content == b"fixed"
    assert parse_json(by_name["data"].content)["to"] == "x"
    assert by_name["picture"].headers["content-type"] == "image/png"


def test_the_json_files_of_a_response_get_additional_members():
    found = draw(shape_response(define(MULTIPART)))
    assert any("$.data[" in name for name in names_of(found))


def test_parts_of_one_name_differ_and_base64_is_encoded_again():
    part = 'Content-Disposition: form-data; name="a"\r\n{}\r\n{}\r\n'
    encoded = part.format(
        "Content-Transfer-Encoding: base64\r\n", base64.b64encode(b"one").decode()
    )
    content = "".join(f"--B\r\n{one}" for one in (encoded, part.format("", "two")))
    content_type = "multipart/form-data;boundary=B"
    request = {
        "method": "POST",
        "path": "/",
        "headers": {"Content-Type": [content_type]},
        "body": {
            "content": base64.b64encode(f"{content}--B--\r\n".encode()).decode(),
            "contentType": content_type,
            "encoded": "base64",
        },
        "matchingRules": {"body": {"$.a": {"matchers": [{"match": "type"}]}}},
    }
    shape = shape_request(
        HttpInteraction(
            description="it", request=read_request(request, V4), response=Response()
        )
    )
    assert shape.example == {("body", "$.a"): "one", ("body", "$.a[1]"): "two"}
    assert names_of(draw(shape)) == {"$.a", "$.a[1]"}
    kind = parse_content_type(content_type)
    with pytest.raises(ValueError, match="contains the boundary"):
        replace_part_contents(f"{content}--B--".encode(), kind, {1: b"x\r\n--B"})


def test_several_values_of_a_header_or_of_a_query_differ():
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.test")
    builder = (
        pact.upon_receiving("it")
        .with_request(
            "GET",
            "/",
            query={"id": match.each_like("1", min=2), "one": match.like("x")},
            headers={"Cookie": match.regex("a=[a-f]+", "a=b")},
        )
        .will_respond_with(200)
    )
    found = draw(shape_request(builder.to_interaction()), 60)
    assert names_of(found) == {"query 'id'", "query 'one'", "header 'Cookie'"}
    assert len({len(one["query 'id'"]) for one in found if "query 'id'" in one}) > 1
    response = {
        "status": 200,
        "headers": {"X-Tag": ["a", "b"]},
        "matchingRules": {
            "header": {"X-Tag": {"matchers": [{"match": "regex", "regex": "[a-f]"}]}}
        },
    }
    interaction = HttpInteraction(
        description="it", request=Request(), response=read_response(response, V4)
    )
    found = draw(shape_response(interaction))
    assert {len(one["header 'X-Tag'"]) for one in found} == {2}


def expect(contents, metadata=None):
    pact = pypact.Consumer("Mailing").has_pact_with("Users")
    builder = pact.expects_message("it").with_contents(contents)
    return builder.with_metadata(metadata or {}).to_interaction()


def test_contents_and_metadata_of_a_message_differ():
    metadata = {
        "topic": match.regex("users|orders", "users"),
        "tries": match.integer(1),
        "route": match.like({"to": "x"}),
        "kind": "fixed",
        "contentType": "application/json",
    }
    message = expect({"id": match.integer(3)}, metadata)
    shape = shape_message(message.message, is_open=True)
    found = draw(shape, 60)
    assert names_of(found) > {
        "$.id",
        "metadata 'topic'",
        "metadata 'tries'",
        "metadata 'route'",
    }
    for parts in shape.draw(20, 3):
        other = shape.build(parts)
        assert not pypact.match_message(message, *receive_message(other))
        assert other.metadata["kind"] == "fixed"


UNREADABLE = {"match": "regex", "regex": "(?(1)a|b)"}
VARIANT = {"index": 0, "rules": {"$": {"matchers": [UNREADABLE]}}}


@pytest.mark.parametrize(
    "rule",
    [
        UNREADABLE,
        {"match": "eachValue", "rules": [UNREADABLE]},
        {"match": "eachKey", "rules": [UNREADABLE]},
        {"match": "arrayContains", "variants": [VARIANT]},
    ],
)
def test_a_regular_expression_that_cannot_be_read_is_stated(rule):
    (reason,) = explain_fixed_rules([parse_rule(rule)])
    assert reason == "no strings are generated for the regular expression '(?(1)a|b)'"


def test_what_keeps_its_example_is_stated():
    def accept(_attributes):
        return lambda _expected, _actual: None

    undo = [
        register(RuleKind("ipv4", accept, accept)),
        register_content(
            ContentKind(
                name="proto",
                recognises=lambda content_type: content_type.sub == "x-proto",
                plan=TextPlan,
            )
        ),
    ]
    rules = {"$": RuleList((Rule("ipv4"),))}
    try:
        shape = shape_message(
            expect(bodies.Contents(b"x", "application/x-proto", rules)).message,
            is_open=True,
        )
        assert shape.list_fixed() == [
            "$: there are no other examples for the rule ipv4",
            "a body of type application/x-proto has no other examples",
        ]
        assert not shape.varies
    finally:
        for one in undo:
            one()
    assert shape_message(expect({"id": match.integer(1)}).message, is_open=True).varies


MATCHERS = [
    lambda source: match.like(source.choice(["x", "a b"])),
    lambda source: match.integer(source.randint(-3, 90)),
    lambda source: match.regex("[a-f]{1,3}", "abc"),
    lambda source: match.decimal(1.5),
    lambda source: match.boolean(True),
    lambda source: "fixed",
    lambda source: match.semver("1.2.3"),
]


def make_element(source, name="r", depth=0):
    attributes = {
        key: source.choice(MATCHERS)(source) for key in source.sample("pq", 1)
    }
    if depth > 1 or source.random() < 0.3:
        return element(name, source.choice(MATCHERS)(source), **attributes)
    children = [make_element(source, key, depth + 1) for key in source.sample("abc", 2)]
    if source.random() < 0.5:
        children[0] = match.each_like(children[0])
    return element(name, *children, **attributes)


def make_form(source):
    return bodies.form({key: source.choice(MATCHERS)(source) for key in "ab"})


def make_parts(source):
    inner = make_element(source)
    return bodies.multipart(
        {
            "a": source.choice(MATCHERS)(source),
            "b": bodies.file(
                "b.json", {"x": source.choice(MATCHERS)(source)}, "application/json"
            ),
            "c": bodies.file("c.txt", match.regex("[a-c]+", "ab"), "text/plain"),
            "d": bodies.file("d.xml", bodies.xml(inner).content, "application/xml"),
        }
    )


def make_json(source):
    scalar = source.choice(MATCHERS)(source)
    name = match.regex("[a-c]{1,3}", "ab")
    at = match.datetime("2020-01-02T03:04:05Z", "yyyy-MM-dd'T'HH:mm:ssXXX")
    values = [
        match.each_like({"x": scalar}, min=1, max=3),
        match.each_key(name, {"ab": scalar}),
        match.each_value(match.integer(3), {"ab": 3}),
        match.array_contains(scalar, match.integer(7)),
        match.any_of(match.integer(3), match.null()),
        at,
    ]
    return {key: source.choice(values) for key in "abc"}


MAKERS = {
    "json": make_json,
    "xml": lambda source: bodies.xml(make_element(source)),
    "form": make_form,
    "multipart": make_parts,
}


@pytest.mark.parametrize("number", [2, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_generator_agrees_with_the_matcher(make, number):
    """Nearly all that is generated is accepted, without being filtered."""
    source = random.Random(5)
    count = accepted = 0
    for seed in range(number):
        body = make(source)
        metadata = {key: source.choice(MATCHERS)(source) for key in "xy"}
        message = expect(body, metadata)
        cases = [
            (shape_response(define(body)), pypact.match_response, define(body)),
            (
                shape_request(define(request=body)),
                pypact.match_request,
                define(request=body),
            ),
        ]
        for shape, check, interaction in cases:
            assert shape.accepts(shape.example)
            for parts in draw_unfiltered(shape, seed):
                count += 1
                accepted += not check(interaction, shape.build(parts))
            for parts in shape.draw(4, seed):
                assert check(interaction, shape.build(parts)) == []
        shape = shape_message(message.message, is_open=True)
        for parts in shape.draw(4, seed):
            other = shape.build(parts)
            assert pypact.match_message(message, *receive_message(other)) == []
    assert count > 5 * number
    assert accepted >= 0.9 * count
