"""Content types decide how bodies are compared; users can map further ones."""

import pytest
from interactions import http

import pypact
from pypact.errors import InvalidExpectation
from pypact.model import body
from pypact.model.body import map_content_types

ACME = "application/vnd.acme"


@pytest.fixture(autouse=True)
def _restored():
    kinds = list(body.CONTENT_KINDS)
    yield
    body.CONTENT_KINDS[:] = kinds
    body.find_content_kind.cache_clear()


def has_equal_bodies(content_type, expected, actual):
    response = {
        "headers": {"Content-Type": [content_type]},
        "body": {"content": expected, "contentType": content_type},
    }
    found = pypact.match_response(
        http(response=response),
        pypact.Response.from_http(200, [("Content-Type", content_type)], actual),
    )
    return not found


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-amz-json-1.0",
        "application/x-amz-json-1.1",
        "application/x-amz-json-1.1; charset=utf-8",
    ],
)
def test_aws_json_is_json(content_type):
    assert has_equal_bodies(content_type, {"a": 1, "b": 2}, b'{"b": 2, "a": 1, "c": 3}')
    assert not has_equal_bodies(content_type, {"a": 1}, b'{"a": 2}')


def test_a_type_that_is_not_mapped_is_compared_as_bytes():
    assert not has_equal_bodies(ACME, {"a": 1, "b": 2}, b'{"b": 2, "a": 1}')


def test_a_mapped_type_is_compared_like_its_kind():
    map_content_types({"Application/Vnd.Acme": "json", "text/x-items": "form"})

    assert has_equal_bodies(ACME, {"a": 1, "b": 2}, b'{"b": 2, "a": 1, "c": 3}')
    assert has_equal_bodies(f"{ACME}; v=1", {"a": 1}, b'{ "a": 1}')
    assert has_equal_bodies("text/x-items", "a=1&b=2", b"b=2&a=1")
    assert not has_equal_bodies("text/x-items", "a=1&b=2", b"b=2&a=2")


def test_the_mapping_can_be_repeated():
    count = len(body.CONTENT_KINDS)
    for _ in range(3):
        map_content_types({ACME: "json"})

    assert count + 1 == len(body.CONTENT_KINDS)
    with pytest.raises(InvalidExpectation, match="already mapped to another kind"):
        map_content_types({ACME: "xml"})


@pytest.mark.parametrize(
    ("kinds", "problem"),
    [
        ({"acme": "json"}, "'acme' is not a media type"),
        ({"application/*": "json"}, "is not a media type"),
        ({"application/a;b=c": "json"}, "is not a media type"),
        ({5: "json"}, "5 is not a media type"),
        ({ACME: "yaml"}, "mapped to 'yaml'; expected one of .*json, xml"),
    ],
)
def test_an_invalid_mapping_is_refused(kinds, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        map_content_types(kinds)


def test_a_pact_maps_types():
    users = pypact.Consumer("Web").has_pact_with(
        "Users", base_url="http://users.test", content_types={ACME: "json"}
    )
    builder = users.upon_receiving("d").with_request(
        "POST", "/", headers={"Content-Type": ACME}, body={"a": pypact.match.like(1)}
    )
    builder.will_respond_with(200)
    request = pypact.Request.from_http(
        "POST", "/", [("Content-Type", ACME)], b'{ "a": 5 }'
    )

    assert [] == pypact.match_request(builder, request)


def test_a_verifier_maps_types(tmp_path):
    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", ACME)])
        return [b'{"b": 2, "a": 1}']

    contract = pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [
                {
                    "type": "Synchronous/HTTP",
                    "request": {"method": "GET", "path": "/"},
                    "response": {
                        "headers": {"Content-Type": [ACME]},
                        "body": {"content": {"a": 1}, "contentType": ACME},
                    },
                }
            ],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )
    verifier = pypact.Verifier(
        "Users", app=app, pacts=contract, content_types={ACME: "json"}
    )

    assert verifier.verify(reports=[]).is_ok
