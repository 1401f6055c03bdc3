"""Test JSON in the wire format of Kafka's schema registry."""

import pytest

import pypact
from pypact.model.body import Body, parse_content_type
from pypact.model.interactions import AsyncMessage, Message

TYPE = "application/vnd.schemaregistry.v1+json"
JSON = b'{"one": "a"}'


@pytest.mark.parametrize("expected", [JSON, b"\0\0\0\0\x01" + JSON])
@pytest.mark.parametrize("actual", [JSON, b"\0\0\0\0\x02" + JSON])
def test_the_prefix_is_not_compared(expected, actual):
    assert [] == compare(expected, actual)


def test_the_json_after_the_prefix_is_compared():
    [mismatch] = compare(JSON, b'\0\0\0\0\x02{"one": "b"}')

    assert "$.one" == mismatch.path


def test_invalid_json_after_the_prefix_is_a_mismatch():
    assert compare(JSON, b"\0\0\0\0\x02{")


def compare(expected, actual):
    contents = Body.of(expected, parse_content_type(TYPE))
    message = AsyncMessage(description="m", message=Message(contents))
    return pypact.match_message(message, actual, {"contentType": TYPE})
