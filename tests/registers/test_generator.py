"""A generator that a third party registers works wherever those of pypact do."""

from unittest import mock

import pytest

from pypact import match
from pypact.errors import NotExpressible
from pypact.formats import contract_to_json, read_pact
from pypact.generators import (
    GENERATORS,
    GeneratorKind,
    apply_to_message,
    apply_to_request,
    apply_to_response,
    register,
)
from pypact.match.split import split, split_text
from pypact.model.body import Body
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import Contract, HttpInteraction, Message
from pypact.model.json import parse_json
from pypact.model.rules import Generator

SEQUENCE = Generator("Sequence1", {"start": 41})
WRITTEN = {"type": "Sequence1", "start": 41}


def next_number(attributes, example, context):
    """Return the number after `start`, or after the number in the context."""
    number = context.get("last", attributes["start"]) + 1
    return str(number) if isinstance(example, str) else number


@pytest.fixture(autouse=True)
def registered():
    with mock.patch.dict(GENERATORS):
        register(GeneratorKind("Sequence1", next_number, accepts=("start",)))
        yield
    assert "Sequence1" not in GENERATORS


def respond_with(body, path, content_type="application/json"):
    response = Response(
        headers=Headers([("Content-Type", (content_type,))]),
        body=Body.of(body),
        generators={"body": {path: SEQUENCE}},
    )
    return apply_to_response(response, "consumer", {}).body.content


@pytest.mark.parametrize(
    ("content_type", "body", "path", "generated"),
    [
        ("application/json", b'{"n":1,"m":2}', "$.n", b'{"n":42,"m":2}'),
        ("application/json", b'{"n":"1"}', "$.n", b'{"n":"42"}'),
        ("application/json", b"[1,2]", "$[*]", b"[42,42]"),
        ("application/x-www-form-urlencoded", b"n=1&m=2", "$.n", b"n=42&m=2"),
        ("application/xml", b"<a><n>1</n></a>", "$.a.n['#text']", b"<a><n>42</n></a>"),
        ("application/xml", b'<a n="1"/>', "$.a['@n']", b'<a n="42"/>'),
    ],
)
def test_the_generator_fills_each_kind_of_body(content_type, body, path, generated):
    assert generated == respond_with(body, path, content_type)


def test_the_generator_fills_each_part_of_a_request():
    request = Request(
        "GET",
        "/1",
        Query.from_text("n=1"),
        Headers([("X-N", ("1",))]),
        generators={
            "path": {"": SEQUENCE},
            "query": {"n": SEQUENCE},
            "header": {"X-N": SEQUENCE},
        },
    )
    generated = apply_to_request(request, "provider", {"last": 6})

    assert ("7", "n=7", ("7",)) == (
        generated.path,
        generated.query.encoded(),
        generated.headers["X-N"],
    )


def test_the_generator_fills_the_status_of_a_response():
    response = Response(500, generators={"status": {"": SEQUENCE}})

    assert 201 == apply_to_response(response, "consumer", {"last": 200}).status


@pytest.mark.parametrize(("example", "generated"), [(1, 42), ("1", "42")])
def test_the_generator_receives_the_example_of_metadata(example, generated):
    message = Message(metadata={"n": example}, generators={"metadata": {"n": SEQUENCE}})

    assert {"n": generated} == apply_to_message(message, "consumer", {}).metadata


def test_metadata_are_numbers_if_the_row_says_that_the_example_is_followed():
    register(GeneratorKind("Sequence1", next_number, follows_example=True))
    message = Message(metadata={"n": "1"}, generators={"metadata": {"n": SEQUENCE}})

    assert {"n": 42} == apply_to_message(message, "consumer", {}).metadata


def test_the_generator_fills_the_items_of_variants():
    found = split(match.array_contains({"n": match.integer(1, generator=SEQUENCE)}))
    response = Response(body=Body.of(b'[{"n":1}]'), rules={"body": found.rules})

    assert b'[{"n":42}]' == apply_to_response(response, "consumer", {}).body.content


def test_the_generator_runs_only_in_its_modes():
    register(GeneratorKind("Sequence1", next_number, ("provider",)))

    assert b"1" == respond_with(b"1", "$")


def test_a_generator_that_fails_keeps_the_example(caplog):
    def fail(_attributes, _example, _context):
        raise ValueError("no number is left")

    register(GeneratorKind("Sequence1", fail))

    assert b"1" == respond_with(b"1", "$")
    reason = "generator Sequence1 failed, the example is kept: no number is left"
    assert [reason] == caplog.messages


@pytest.mark.parametrize("accepts", [("start",), None])
def test_the_generator_is_read_from_integration_json(accepts):
    register(GeneratorKind("Sequence1", next_number, accepts=accepts))
    node = {
        "pact:matcher:type": "integer",
        "pact:generator:type": "Sequence1",
        "start": 41,
        "value": 1,
    }

    assert {"$.n": SEQUENCE} == split({"n": node}).generators
    assert SEQUENCE == split_text(node).generator


def test_the_row_limits_the_attributes_of_integration_json():
    node = {
        "pact:matcher:type": "type",
        "pact:generator:type": "Sequence1",
        "start": 41,
        "min": 1,
        "value": [1],
    }

    assert {"$": SEQUENCE} == split(node).generators


# -- pact files ------------------------------------------------------------------------


def written_in(version):
    response = Response(
        body=Body.of(b'{"n":1}'), generators={"body": {"$.n": SEQUENCE}}
    )
    interaction = HttpInteraction(description="x", request=Request(), response=response)
    return contract_to_json(Contract("Web", "Numbers", (interaction,)), version)


@pytest.mark.parametrize("version", ["3.0.0", "4.0"])
def test_the_generator_is_written_and_read_back(version):
    written = written_in(version)

    (interaction,) = written["interactions"]
    assert {"body": {"$.n": WRITTEN}} == interaction["response"]["generators"]
    (read,) = read_pact(written).interactions
    assert {"body": {"$.n": SEQUENCE}} == read.response.generators
    generated = apply_to_response(read.response, "consumer", {})
    assert {"n": 42} == parse_json(generated.body.content)


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_a_version_without_generators_is_refused_by_the_generators_name(version):
    with pytest.raises(NotExpressible, match="the generator Sequence1 of body"):
        written_in(version)


@pytest.mark.parametrize("name", ["Other1", "Uuid"])
def test_a_registration_can_be_undone(name):
    before = dict(GENERATORS)
    undo = register(GeneratorKind(name, next_number))
    assert before != GENERATORS
    undo()

    assert before == GENERATORS
