"""`match.one_of` in every part of an interaction, and what it refuses."""

from decimal import Decimal

import pytest
import requests

import pypact
from pypact import bodies, match
from pypact.match.variants import label_options

ONE = match.one_of("a", match.absent)


def build(pact, **request):
    return (
        pact.upon_receiving("x")
        .with_request(**{"method": "POST", **request})
        .will_respond_with(200)
    )


def list_requests(pact, **request):
    builder = build(pact, **request)
    variants = [builder.select_variant(one) for one in builder.list_variants()]
    return builder.variants, [one.to_interaction().request for one in variants]


# The body, the names of its variants, and their contents.
BODIES = {
    "like": (
        {"a": match.like(match.one_of(1, None, match.absent))},
        ["a=1", "a=null", "a=absent"],
        ['{"a":1}', '{"a":null}', "{}"],
    ),
    "each_like": (
        match.each_like(match.one_of(1, "b"), min=2),
        ["body=1", "body=b"],
        ["[1,1]", '["b","b"]'],
    ),
    "members of items": (
        match.each_like({"a": ONE}, min=2),
        ["a=a", "a=absent"],
        ['[{"a":"a"},{"a":"a"}]', "[{},{}]"],
    ),
    "each_key_like": (
        match.each_key_like("k", match.one_of(1, 2)),
        ["k=1", "k=2"],
        ['{"k":1}', '{"k":2}'],
    ),
    "items": (match.unordered([1, ONE]), ["body=a", "body=absent"], ['[1,"a"]', "[1]"]),
    "array_contains": (
        match.array_contains(match.one_of(1, 2), 3),
        ["body=1", "body=2"],
        ["[1,3]", "[2,3]"],
    ),
    "equal_to": (match.equal_to({"a": ONE}), ["a=a", "a=absent"], ['{"a":"a"}', "{}"]),
    "regex": (
        {"a": match.regex("a+|b", match.one_of("aa", "b"))},
        ["a=aa", "a=b"],
        ['{"a":"aa"}', '{"a":"b"}'],
    ),
    "form": (bodies.form({"a": ONE, "b": 1}), ["a=a", "a=absent"], ["a=a&b=1", "b=1"]),
    "form field": (
        bodies.form({"a": ["1", ONE]}),
        ["a=a", "a=absent"],
        ["a=1&a=a", "a=1"],
    ),
    "graphql": (
        bodies.graphql("{a}", {"v": match.one_of(1, None)}),
        ["v=1", "v=null"],
        [
            '{"query":"{a}","variables":{"v":1}}',
            '{"query":"{a}","variables":{"v":null}}',
        ],
    ),
    "text": (bodies.text(match.one_of("a", "b")), ["body=a", "body=b"], ["a", "b"]),
    "whole": (
        match.one_of(bodies.form({"a": 1}), {"a": 1}, match.absent),
        ["body=application/x-www-form-urlencoded", "body=object", "body=absent"],
        ["a=1", '{"a":1}', ""],
    ),
}
ELEMENTS = {
    "attribute": (bodies.element("u", id=ONE), ["id=a", "id=absent"], ['id="a"', ""]),
    "text": (bodies.element("u", ONE), ["u=a", "u=absent"], ["a", ""]),
    "element": (
        bodies.element("u", match.one_of(bodies.element("n", "A"), match.absent)),
        ["n=A", "n=absent"],
        ["<n>A</n>", ""],
    ),
    "several": (
        bodies.element("u", match.each_like(bodies.element("n", id=ONE))),
        ["id=a", "id=absent"],
        ['<n id="a"/>', "<n/>"],
    ),
}


ZIP = match.one_of("1", match.absent)
NESTED = {
    "in the first option": (
        {"address": match.one_of(match.like({"zip": ZIP}), match.absent), "n": 1},
        ["address=object,zip=1", "address=absent", "address=object,zip=absent"],
        ['{"address":{"zip":"1"},"n":1}', '{"n":1}', '{"address":{},"n":1}'],
    ),
    "in another option": (
        {"a": match.one_of(None, {"b": match.one_of([], {"c": match.one_of(1, 2)})})},
        [
            "a=null",
            "a=object,b=empty array",
            "a=object,b=object,c=1",
            "a=object,b=object,c=2",
        ],
        ['{"a":null}', '{"a":{"b":[]}}', '{"a":{"b":{"c":1}}}', '{"a":{"b":{"c":2}}}'],
    ),
    "as an option": (
        {"a": match.one_of(1, match.one_of("1", match.absent))},
        ["a=1", 'a="1"', "a=absent"],
        ['{"a":1}', '{"a":"1"}', "{}"],
    ),
}


@pytest.mark.parametrize("name", BODIES | NESTED)
def test_bodies_vary(pact, name):
    body, names, contents = (BODIES | NESTED)[name]

    found, requests = list_requests(pact, body=body)

    assert names == found
    assert contents == [one.body.content.decode() for one in requests]


def test_all_combinations_include_a_choice_only_where_it_is(pact):
    body = {"a": match.one_of(None, {"zip": ZIP}), "b": match.one_of(1, 2)}
    builder = build(pact, body=body).with_variants(product=True)

    assert [
        "a=null,b=1",
        "a=null,b=2",
        "a=object,zip=1,b=1",
        "a=object,zip=1,b=2",
        "a=object,zip=absent,b=1",
        "a=object,zip=absent,b=2",
    ] == builder.variants


def test_a_block_selects_a_choice_inside_of_another_option(pact):
    builder = build(pact, body={"a": match.one_of(None, {"zip": ZIP})})
    with pact.intercept(builder, variant={"zip": "absent"}) as calls:
        requests.post("https://users.example.com/", json={"a": {}}, timeout=5)

    assert "a=object,zip=absent" == calls.variant


@pytest.mark.parametrize(
    ("option", "label"),
    [
        ("", "empty"),
        (" a\nb ", "a b"),
        ("x" * 31, "x" * 29 + "…"),
        (Decimal("1.50"), "1.50"),
        ({}, "empty object"),
        (match.like([]), "empty array"),
        (match.like(match.one_of("b", 2)), "b"),
        ("null", '"null"'),
    ],
)
def test_options_have_short_labels(option, label):
    assert label == label_options([option, None])[0]


@pytest.mark.parametrize("name", ELEMENTS)
def test_elements_vary(pact, name):
    root, names, insides = ELEMENTS[name]

    found, requests = list_requests(pact, body=bodies.xml(root))

    assert names == found
    texts = [one.body.content.decode().partition("<u")[2] for one in requests]
    parts = [text.removesuffix("</u>").strip("/> ") for text in texts]
    assert [inside.strip("/> ") for inside in insides] == parts


def test_a_root_element_varies(pact):
    roots = match.one_of(bodies.element("a"), bodies.element("b", "x"))

    names, requests = list_requests(pact, body=bodies.xml(roots))

    assert names == ["body=empty", "body=x"]
    assert requests[1].body.content.endswith(b"<b>x</b>")


def test_parts_of_multipart_bodies_vary(pact):
    file = bodies.file("n.txt", match.one_of("1", "2", name="n"), "text/plain")
    body = bodies.multipart({"a": ONE, "f": file}, boundary="B")

    names, requests = list_requests(pact, body=body)

    assert names == ["a=a,n=1", "a=absent,n=1", "a=a,n=2"]
    counts = [one.body.content.count(b"--B\r\n") for one in requests]
    assert counts == [2, 1, 2]


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("method", match.one_of("GET", "PUT"), ["GET", "PUT"]),
        ("path", match.one_of("/a", "/b"), ["/a", "/b"]),
        ("query", {"a": ["b", ONE]}, [{"a": ("b", "a")}, {"a": ("b",)}]),
        ("query", [("a", ONE)], [{"a": ("a",)}, {}]),
        ("query", match.one_of("a=1", match.absent), [{"a": ("1",)}, {}]),
        ("headers", {"X-A": ONE}, [{"X-A": "a"}, {}]),
        ("headers", match.one_of({"X-A": "a"}, {}), [{"X-A": "a"}, {}]),
    ],
)
def test_parts_of_requests_vary(pact, part, value, expected):
    _, requests = list_requests(pact, **{part: value})

    found = [getattr(one, part) for one in requests]
    if part == "query":
        found = [dict(one.items()) for one in found]
    if part == "headers":
        found = [{} if one.first("X-A") is None else {"X-A": "a"} for one in found]
    assert expected == found


def test_metadata_of_messages_vary(pact):
    message = (
        pact.expects_message("x").with_contents("c").with_metadata({"k": 1}, key=ONE)
    )

    variants = [message.select_variant(one) for one in message.list_variants()]

    found = [dict(one.to_interaction().message.metadata) for one in variants]
    assert found == [{"k": 1, "key": "a"}, {"k": 1}]


def test_one_choice_in_two_places_varies_in_both(pact):
    same = match.one_of(1, 2)

    _, requests = list_requests(pact, body={"a": {"n": same}, "b": {"n": same}})

    assert b'{"a":{"n":2},"b":{"n":2}}' == requests[1].body.content


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (match.string, r"write match.one_of\(\) around it"),
        (match.date, r"one_of\(date\(…\), …\)"),
        (lambda one: match.any_of(match.like(one)), r"one_of\(any_of\(…\), …\)"),
        (lambda one: match.each_value(one, {}), r"one_of\(each_value\(…\), …\)"),
        (match.status_code, r"one_of\(status_code\(…\), …\)"),
        (lambda one: match.url("http://a", one), r"one_of\(url\(…\), …\)"),
        (lambda one: match.equal_to(match.one_of(match.like(1), 2)), "no|not contain"),
    ],
)
def test_functions_that_need_an_example_refuse_choices(make, text):
    with pytest.raises(pypact.InvalidExpectation, match=text):
        make(match.one_of("a", "b"))


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"path": match.one_of("/", match.absent)}, "the path cannot be absent"),
        ({"body": match.each_like(ONE)}, r"one_of\(each_like\(…\), \[\]\)"),
        ({"body": match.each_key_like("k", ONE)}, r"one_of\(each_key_like\(…\), {}\)"),
        ({"body": {"a": match.integer(match.one_of(1, "x"))}}, "to be an integer"),
        ({"body": [{"a": ONE}, {"a": match.one_of(1, 2)}]}, "another name"),
    ],
)
def test_choices_that_make_no_example_are_refused(pact, request_, text):
    with pytest.raises(pypact.InvalidExpectation, match=text):
        build(pact, **request_)


def test_choices_belong_to_pacts(pact):
    with pytest.raises(pypact.PactError, match="of a pact"):
        match.example({"a": ONE})
    with pytest.raises(pypact.PactError, match="of a pact"):
        _ = bodies.form({"a": ONE}).body
    with pytest.raises(pypact.InvalidExpectation, match="parameters of a state"):
        pact.given("x", a=ONE)
