"""When generators run, and where their values go.

Source: docs/internals/specification.md, "7.2 When", "7.4 Where".
"""

import logging
import re
import time

import pytest

from pypact.generators import (
    apply,
    apply_to_message,
    apply_to_request,
    apply_to_response,
)
from pypact.model.body import EMPTY_BODY, MISSING_BODY, NULL_BODY, Body
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import Message
from pypact.model.json import parse_json
from pypact.model.rules import Generator, Rule, RuleList

SEVEN = Generator("RandomInt", {"min": 7, "max": 7})
FAILING = Generator("ProviderState", {"expression": "${missing}"})
ID = Generator("ProviderState", {"expression": "${id}"})


def request_with(**generators):
    return Request(
        method="POST",
        path="/a",
        query=Query.from_text("v=1&v=2&w=3"),
        headers=Headers([("X-One", ("1",)), ("X-Two", ("2", "3"))]),
        generators=generators,
    )


def applied(body, generators, *, content_type="application/json", rules=None):
    response = Response(
        headers=Headers([("Content-Type", (content_type,))]),
        body=Body.of(body.encode() if isinstance(body, str) else body),
        generators={"body": generators},
        rules={"body": rules or {}},
    )
    context = {"mockServer": {"url": "http://s"}}
    return apply_to_response(response, "consumer", context).body.content


def changed(body, generators):
    return parse_json(applied(body, generators))


# -- parts -----------------------------------------------------------------------------


def test_a_message_without_generators_is_the_same_object():
    request, response, message = Request(), Response(), Message()

    assert request is apply_to_request(request, "provider", {})
    assert response is apply_to_response(response, "consumer", {})
    assert message is apply_to_message(message, "consumer", {})


def test_the_path_is_replaced_as_a_whole():
    path = Generator("ProviderState", {"expression": "/path/${id}"})
    request = request_with(path={"": path})

    assert "/path/1000" == apply_to_request(request, "provider", {"id": 1000}).path


def test_the_method_is_replaced():
    method = Generator("ProviderState", {"expression": "method"})
    request = request_with(method={"": method})

    assert "PUT" == apply_to_request(request, "provider", {"method": "PUT"}).method


def test_a_failing_generator_keeps_the_path():
    request = request_with(path={"": FAILING})

    assert "/a" == apply_to_request(request, "provider", {}).path


def test_a_header_is_replaced_by_one_value_ignoring_case():
    request = request_with(header={"x-two": SEVEN})
    headers = apply_to_request(request, "provider", {}).headers

    assert [("X-One", ("1",)), ("X-Two", ("7",))] == list(headers.items())


def test_a_missing_header_is_added():
    request = request_with(header={"X-New": SEVEN})

    assert ("7",) == apply_to_request(request, "provider", {}).headers["X-New"]


def test_a_failing_generator_adds_no_header():
    request = request_with(header={"X-New": FAILING, "X-Two": FAILING})

    assert request.headers == apply_to_request(request, "provider", {}).headers


def test_each_value_of_a_query_parameter_is_replaced():
    request = request_with(query={"v": SEVEN})

    assert "v=7&v=7&w=3" == apply_to_request(request, "provider", {}).query.encoded()


def test_a_missing_query_parameter_is_added():
    request = request_with(query={"n": SEVEN})
    query = apply_to_request(request, "provider", {}).query

    assert "v=1&v=2&w=3&n=7" == query.encoded()


def test_a_failing_generator_keeps_the_values_of_the_query():
    request = request_with(query={"v": FAILING, "n": FAILING})
    query = apply_to_request(request, "provider", {}).query

    assert "v=1&v=2&w=3" == query.encoded()


def test_the_status_is_replaced_by_an_integer():
    generator = Generator("RandomInt", {"min": 201, "max": 599})
    response = Response(generators={"status": {"": generator}})

    assert 201 <= apply_to_response(response, "consumer", {}).status <= 599


def test_a_generated_status_that_is_not_a_number_keeps_the_example(caplog):
    caplog.set_level(logging.WARNING, "pypact")
    response = Response(generators={"status": {"": Generator("RandomString")}})

    assert 200 == apply_to_response(response, "consumer", {}).status
    assert "is not a number; the example is kept" in caplog.messages[0]


def test_metadata_get_json_numbers_and_are_added_if_missing():
    message = Message(
        metadata={"a": "1", "b": "2"},
        generators={"metadata": {"a": SEVEN, "c": SEVEN, "d": FAILING}},
    )

    assert {"a": 7, "b": "2", "c": 7} == apply_to_message(
        message, "provider", {}
    ).metadata


def test_contents_of_a_message_are_generated():
    message = Message(
        contents=Body.of(b'{"a": 1}'),
        metadata={"contentType": "application/json"},
        generators={"body": {"$.a": ID}},
    )

    assert (
        b'{"a":5}' == apply_to_message(message, "provider", {"id": 5}).contents.content
    )


# -- JSON ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.a", {"a": 7, "l": [{"x": 1}, {"x": 2}], "m": {"0": 1, "k": 2}}),
        ("$.l[*].x", {"a": 1, "l": [{"x": 7}, {"x": 7}], "m": {"0": 1, "k": 2}}),
        ("$.l[1].x", {"a": 1, "l": [{"x": 1}, {"x": 7}], "m": {"0": 1, "k": 2}}),
        ("$.l.1.x", {"a": 1, "l": [{"x": 1}, {"x": 7}], "m": {"0": 1, "k": 2}}),
        ("$.l.*.x", {"a": 1, "l": [{"x": 7}, {"x": 7}], "m": {"0": 1, "k": 2}}),
        ("$.m.*", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 7, "k": 7}}),
        ("$.m[*]", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 7, "k": 2}}),
        ("$.m[0]", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 7, "k": 2}}),
        ("$", 7),
        ("$.a.b", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 1, "k": 2}}),
        ("$.l[9]", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 1, "k": 2}}),
        ("$.no", {"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 1, "k": 2}}),
    ],
)
def test_each_existing_place_in_json_is_replaced(path, expected):
    body = '{"a": 1, "l": [{"x": 1}, {"x": 2}], "m": {"0": 1, "k": 2}}'

    assert expected == changed(body, {path: SEVEN})


def test_later_generators_get_the_values_of_earlier_ones():
    assert {"a": "7"} == changed('{"a": "1"}', {"$.a": SEVEN, "$.*": SEVEN})


def test_a_body_without_matching_paths_keeps_its_bytes():
    assert b'{ "a": 1 }' == applied('{ "a": 1 }', {"$.b": SEVEN})


def test_an_invalid_path_is_logged(caplog):
    caplog.set_level(logging.WARNING, "pypact")

    assert {"a": 7} == changed('{"a": 1}', {"$..b": SEVEN, "$.a": SEVEN})
    assert caplog.messages[0].startswith("a generator is ignored: path '$..b'")


def test_invalid_json_is_kept_and_logged(caplog):
    caplog.set_level(logging.WARNING, "pypact")

    assert b"{" == applied("{", {"$.a": SEVEN})
    assert (
        "the generators of the application/json body are not applied"
        in caplog.messages[0]
    )


@pytest.mark.parametrize("body", [MISSING_BODY, NULL_BODY, EMPTY_BODY])
def test_generators_apply_to_present_bodies_only(body):
    response = Response(body=body, generators={"body": {"$": SEVEN}})

    assert body is apply_to_response(response, "consumer", {}).body


def test_the_type_and_the_hint_of_a_body_are_kept():
    body = Body.of(b'{"a":1}', None, "TEXT")
    response = Response(body=body, generators={"body": {"$.a": SEVEN}})

    assert "TEXT" == apply_to_response(response, "consumer", {}).body.hint


def test_a_body_of_another_content_type_is_kept_and_logged(caplog):
    caplog.set_level(logging.WARNING, "pypact")

    assert b"a" == applied("a", {"$": SEVEN}, content_type="text/plain")
    assert "generators are not supported in this content type" in caplog.messages[0]


# -- forms -----------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.a", b"a=7&a=2&b%20c=3&d"),
        ("$.a[1]", b"a=1&a=7&b%20c=3&d"),
        ("$['b c']", b"a=1&a=2&b%20c=7&d"),
        ("$.d", b"a=1&a=2&b%20c=3&d=7"),
        ("$.a[2]", b"a=1&a=2&b%20c=3&d"),
        ("$.e", b"a=1&a=2&b%20c=3&d"),
        ("$", b"a=1&a=2&b%20c=3&d"),
        ("$.a.b", b"a=1&a=2&b%20c=3&d"),
        ("$.a[0].b", b"a=1&a=2&b%20c=3&d"),
    ],
)
def test_one_value_of_a_form_is_replaced(path, expected):
    assert expected == applied("a=1&a=2&b+c=3&d", {path: SEVEN}, content_type=FORM)


# -- XML -------------------------------------------------------------------------------

XML = '<n:r xmlns:n="urn:n" id="1"><!-- c --><a>x</a><b><a> y </a></b><a k="2"/></n:r>'


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("$['n:r']['@id']", 'id="1"', 'id="7"'),
        ("$.n:r.a[0]['#text']", "<a>x</a>", "<a>7</a>"),
        ("$.n:r.a[1]['#text']", '<a k="2"/>', '<a k="2">7</a>'),
        ("$.n:r.b.a['#text']", "<a> y </a>", "<a>7</a>"),
        ("$.*.b.*['#text']", "<a> y </a>", "<a>7</a>"),
        ("$[*].n:r.b.a['#text']", "<a> y </a>", "<a>7</a>"),
        ("$.n:r.a[*]['@k']", 'k="2"', 'k="7"'),
        ("$.n:r.a['@k']", 'k="2"', 'k="7"'),
        ("$.r['@id']", "", ""),
        ("$.n:r.b", "", ""),
        ("$.n:r[0]", "", ""),
        ("$", "", ""),
    ],
)
def test_texts_and_attributes_of_xml_are_replaced(path, old, new):
    found = applied(XML, {path: SEVEN}, content_type="application/xml").decode()

    assert XML.replace(old, new) == found


def test_a_failing_generator_keeps_the_text_of_xml():
    generators = {"$.n:r.b.a['#text']": FAILING, "$.n:r['@id']": FAILING}

    assert XML == applied(XML, generators, content_type="text/xml").decode()


def test_an_xml_declaration_is_kept():
    body = "<?xml version='1.0' encoding='iso-8859-1'?><a>ü</a>".encode("latin-1")
    found = applied(body, {"$.a['#text']": SEVEN}, content_type="application/xml")

    assert b'<?xml version="1.0" encoding="utf-8"?><a>7</a>' == found


@pytest.mark.parametrize("body", ["<a>", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'])
def test_invalid_xml_is_kept_and_logged(caplog, body):
    caplog.set_level(logging.WARNING, "pypact")

    assert (
        body == applied(body, {"$.a['#text']": SEVEN}, content_type="text/xml").decode()
    )
    assert "are not applied" in caplog.messages[0]


# -- arrays with variants --------------------------------------------------------------


def contains(*variants):
    return {"$.l": RuleList((Rule("arrayContains", {"variants": list(variants)}),))}


NAME_IS_A = {"$.n": {"matchers": [{"match": "regex", "regex": "a"}]}}
ANY_NAME = {"$.n": {"matchers": [{"match": "type"}]}}
MAKE_ID = {"$.id": {"type": "RandomInt", "min": 7, "max": 7}}


def test_each_item_gets_the_generators_of_the_first_variant_it_matches():
    rules = contains(
        {"index": 0, "rules": {**NAME_IS_A, "$.id": ANY_NAME["$.n"]}},
        {
            "index": 1,
            "rules": {**ANY_NAME, "$.id": ANY_NAME["$.n"]},
            "generators": MAKE_ID,
        },
    )
    body = '{"l":[{"n":"a","id":1},{"n":"b","id":2},{"n":"c","id":3},{"z":4}]}'
    found = parse_json(applied(body, {}, rules=rules))["l"]

    assert [
        {"n": "a", "id": 1},
        {"n": "b", "id": 7},
        {"n": "c", "id": 7},
        {"z": 4},
    ] == (found)


def test_a_variant_without_rules_matches_only_its_own_example():
    rules = contains({"generators": MAKE_ID})
    body = '{"l":[{"id":1},{"id":2}]}'

    assert b'{"l":[{"id":7},{"id":2}]}' == applied(body, {}, rules=rules)


@pytest.mark.parametrize("body", ['{"l":{"id":1}}', '{"l":[]}', '{"m":1}'])
def test_variants_without_their_array_do_nothing(body):
    rules = contains({"generators": MAKE_ID})

    assert body.encode() == applied(body, {}, rules=rules)


@pytest.mark.parametrize(
    "variants",
    [5, [5], [{"rules": 5}], [{"rules": {"$": 5}}], [{"generators": {"$": 5}}]],
)
def test_invalid_variants_keep_the_body(caplog, variants):
    caplog.set_level(logging.WARNING, "pypact")
    rules = {
        "$.l": RuleList((Rule("type"), Rule("arrayContains", {"variants": variants})))
    }

    assert b'{"l":[1]}' == applied('{"l":[1]}', {}, rules=rules)
    assert re.search(
        "the generators of the application/json body are not applied", caplog.text
    )


def test_array_contains_without_variants_does_nothing():
    rules = {"$.l": RuleList((Rule("arrayContains"),))}

    assert b'{"l":[1]}' == applied('{"l":[1]}', {}, rules=rules)


# -- bounds: SECURITY.md, "Bounds" -----------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "build"),
    [
        ("application/json", lambda n: ("[" + "1," * n + "1]", "$[{}]")),
        (
            "application/json",
            lambda n: (str({f"a{i}": 1 for i in range(n)}).replace("'", '"'), "$.a{}"),
        ),
        (
            "application/x-www-form-urlencoded",
            lambda n: ("&".join(f"a{i}=1" for i in range(n)), "$.a{}"),
        ),
        (
            "application/xml",
            lambda n: (f"<a>{'<b>x</b>' * n}</a>", "$.a.b[{}]['#text']"),
        ),
        ("application/xml", lambda n: (f"<a>{'x<b/>' * n}</a>", "$.a['#text']")),
    ],
    ids=["JSON list", "JSON object", "form", "XML elements", "XML texts"],
)
def test_thousands_of_generators_take_time_in_proportion(content_type, build):
    body, path = build(3_000)
    began = time.process_time()
    paths = {path.format(number): SEVEN for number in range(3_000)}
    found = applied(body, paths, content_type=content_type)

    assert b"7" in found
    assert time.process_time() - began < 1.5


def test_thousands_of_headers_and_parameters_are_generated():
    names = [f"x{number}" for number in range(3_000)]
    request = Request(
        query=Query((name, ("1",)) for name in names),
        headers=Headers((name, ("1",)) for name in names),
        generators={part: dict.fromkeys(names, SEVEN) for part in ("query", "header")},
    )
    began = time.process_time()
    found = apply_to_request(request, "provider", {})

    assert {("7",)} == {
        values for _, values in (*found.query.items(), *found.headers.items())
    }
    assert time.process_time() - began < 1.5


def test_values_beyond_the_time_limit_keep_their_examples(monkeypatch, caplog):
    caplog.set_level(logging.WARNING, "pypact")
    monkeypatch.setattr(apply, "MOST_SECONDS", -1.0)

    assert b"[1, 2]" == applied("[1, 2]", {"$[0]": SEVEN, "$[*]": SEVEN})
    assert "/a" == apply_to_request(request_with(path={"": SEVEN}), "provider", {}).path
    (problem, _) = caplog.messages
    assert problem.startswith("the generators of one message took more than")


def test_values_beyond_the_length_limit_keep_their_examples(caplog):
    caplog.set_level(logging.WARNING, "pypact")
    long = Generator("RandomString", {"size": 100_000})
    found = changed(str([1] * 20), {"$[*]": long})

    assert 11 == sum(value != 1 for value in found)
    assert "have more than 1,000,000 characters" in caplog.messages[0]


def test_the_length_of_lists_and_objects_from_states_counts(caplog):
    caplog.set_level(logging.WARNING, "pypact")
    response = Response(
        headers=Headers([("Content-Type", ("application/json",))]),
        body=Body.of(b"[1, 2, 3]"),
        generators={"body": {"$[*]": ID}},
    )
    context = {"id": {"long": ["x" * 600_000]}}
    found = parse_json(apply_to_response(response, "provider", context).body.content)

    assert 3 == found[2]
    assert "have more than 1,000,000 characters" in caplog.messages[0]


def test_only_the_first_failures_of_a_message_are_logged(caplog):
    caplog.set_level(logging.WARNING, "pypact")
    huge = Generator("RandomString", {"size": 10**9})

    assert [1] * 300 == changed(str([1] * 300), {"$[*]": huge, "$..": SEVEN})
    assert 100 == len(caplog.messages)


def test_an_object_from_a_state_is_not_changed_by_later_generators():
    value = {"a": [1]}
    response = Response(
        headers=Headers([("Content-Type", ("application/json",))]),
        body=Body.of(b'{"x": 0, "y": 0}'),
        generators={"body": {"$.*": ID, "$.x.a[0]": SEVEN, "$.x.a[1]": SEVEN}},
    )
    found = apply_to_response(response, "provider", {"id": value}).body.content

    assert {"x": {"a": [7]}, "y": {"a": [1]}} == parse_json(found)
    assert {"a": [1]} == value
