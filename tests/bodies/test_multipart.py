"""Multipart bodies with matchers in their parts.

Source: docs/internals/specification.md, "4.7 Multipart".
"""

import re

import pytest

from pypact import generate, match
from pypact.bodies import Part, file, multipart
from pypact.errors import InvalidExpectation
from pypact.model.http import Response
from pypact.model.rules import Rule, RuleList
from pypact.rules.regex import compile_regex


def test_fields_and_files_are_written_with_their_rules():
    contents = multipart(
        {
            "name": match.like("Ada"),
            "note": Part("<b>", "text/html"),
            'pho"to': file("ü.png", b"\x89PNG\r\n", "image/png"),
            "data": file("d.json", {"a": match.integer(1)}, "application/json"),
        },
        boundary="B",
    )

    assert (
        "--B\r\n"
        'Content-Disposition: form-data; name="name"\r\n\r\n'
        "Ada\r\n"
        "--B\r\n"
        'Content-Disposition: form-data; name="note"\r\n'
        "Content-Type: text/html\r\n\r\n"
        "<b>\r\n"
        "--B\r\n"
        'Content-Disposition: form-data; name="pho%22to"; filename="ü.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode() + b"\x89PNG\r\n\r\n" + (
        b"--B\r\n"
        b'Content-Disposition: form-data; name="data"; filename="d.json"\r\n'
        b"Content-Type: application/json\r\n\r\n"
        b'{"a":1}\r\n'
        b"--B--\r\n"
    ) == contents.content
    assert {
        "$.name": RuleList((Rule("type"),)),
        "$.data.a": RuleList((Rule("integer"),)),
    } == contents.rules


def test_the_header_accepts_any_boundary():
    contents = multipart({"a": "b"})
    (rule,) = contents.content_type_rules.rules
    matches = compile_regex(rule.attributes["regex"]).fullmatch

    assert matches(contents.content_type)
    assert matches("multipart/form-data;boundary=other")
    assert matches("multipart/form-data; charset=utf-8; boundary=other")
    assert not matches("multipart/mixed; boundary=other")


def test_the_boundary_depends_only_on_the_content():
    first, second = multipart({"a": "b"}), multipart({"a": "b"})

    assert first == second
    assert multipart({"a": "c"}).content_type != first.content_type
    assert re.search("boundary=[0-9a-f]{32}$", first.content_type)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (generate.uuid(), "generators are not supported, found one in 'x'"),
        ({"a": 1}, "the field 'x' must be a string; for JSON use file"),
        ([1], "the field 'x' must be a string"),
    ],
)
def test_unsupported_values_are_refused(value, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        multipart({"x": value})


def test_an_example_has_its_content_type():
    contents = multipart({"a": "b"})

    assert "multipart" == Response(body=contents.body).content_type.main
