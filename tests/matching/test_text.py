"""Test the comparison of texts and binary bodies.

Source: docs/internals/specification.md, "4.8 Binary", "4.9 Text".
"""

import base64

import pytest
from interactions import body_problems, http, matchers

import pypact
from pypact.matching.body import compile_body
from pypact.model.body import ExpectedBody, parse_content_type

PNG = b"\x89PNG\r\n\x1a\n123"
DIGITS = {"match": "regex", "regex": r"\d+"}


class TestText:
    def test_texts_are_compared_by_equality(self):
        assert [] == body_problems("text/plain", "Hello ", "Hello ", {})
        assert [
            (
                "$",
                (
                    "Expected body 'Hello World!' to match 'Hello Mars!' "
                    "using equality but did not match"
                ),
            )
        ] == body_problems("text/plain", "Hello World!", "Hello Mars!", {})

    @pytest.mark.parametrize(
        ("rule", "actual", "count"),
        [
            (DIGITS, "22", 0),
            (DIGITS, "22 ", 1),
            ({"match": "include", "value": "b"}, "abc", 0),
            ({"match": "type"}, "anything", 0),
            ({"match": "integer"}, "x", 1),
        ],
    )
    def test_rules_at_the_root_apply_to_the_whole_text(self, rule, actual, count):
        assert count == len(body_problems("text/plain", "1", actual, {"$": rule}))

    def test_rules_at_other_paths_are_ignored(self):
        assert 1 == len(body_problems("text/plain", "1", "2", {"$.a": DIGITS}))

    def test_an_unknown_charset_is_read_as_utf_8(self):
        content_type = "text/plain; charset=unknown"

        assert [] == body_problems(content_type, "1", "2", {"$": DIGITS})

    def test_equal_texts_in_different_encodings_match(self):
        plain = parse_content_type("text/plain")
        latin = parse_content_type("text/plain; charset=iso-8859-1")
        plan = compile_body(ExpectedBody("ä".encode(), plain, {}, strict=False))

        assert [] == plan.check("ä".encode("latin-1"), latin)
        assert [] != plan.check(b"a", latin)


def binary(actual, rules=None, *, expected=PNG, content_type="image/png"):
    response = {
        "headers": {"Content-Type": [content_type]},
        "body": {
            "content": base64.b64encode(expected).decode(),
            "contentType": content_type,
            "encoded": "base64",
        },
        "matchingRules": {"body": rules or {}},
    }
    found = pypact.match_response(
        http(response=response),
        pypact.Response.from_http(200, [("Content-Type", content_type)], actual),
    )
    return [one.message for one in found]


class TestBinary:
    def test_bytes_are_compared_by_equality(self):
        assert [] == binary(PNG)
        assert [
            (
                "Actual body [image/png, 2 bytes, starting with 0001] "
                "is not equal to the expected body "
                "[image/png, 11 bytes, starting with 89504e470d0a1a0a313233]"
            )
        ] == binary(b"\x00\x01")

    def test_only_the_first_32_bytes_are_shown(self):
        (found,) = binary(bytes(40))

        assert f"[image/png, 40 bytes, starting with {'00' * 32}] is not" in found

    @pytest.mark.parametrize(
        ("rule", "actual", "problem"),
        [
            ({"match": "type"}, b"x", None),
            ({"match": "equality"}, PNG, None),
            ({"match": "equality"}, b"x", "to be equal to"),
            ({"match": "contentType", "value": "image/png"}, PNG + b"x", None),
            (
                {"match": "contentType", "value": "image/png"},
                b"%PDF-",
                "but detected contents was 'application/pdf'",
            ),
            ({"match": "notEmpty"}, b"x", None),
            (DIGITS, b"123", None),
            (DIGITS, b"abc", "to match"),
            (DIGITS, b"\xff", "to be text in UTF-8"),
            ({"match": "include", "value": "b"}, b"abc", None),
            ({"match": "integer"}, b"1", "Unable to apply"),
            ({"match": "unknown"}, b"1", "is unknown"),
        ],
    )
    def test_rules_at_the_root(self, rule, actual, problem):
        found = binary(actual, {"$": matchers(rule)})

        if problem is None:
            assert [] == found
        else:
            assert problem in found[0]

    def test_an_unknown_content_type_is_compared_as_bytes(self):
        assert [] == binary(b"ab", expected=b"ab", content_type="application/x-own")
        assert 1 == len(binary(b"b", expected=b"a", content_type="application/x-own"))

    def test_a_content_type_rule_selects_the_binary_comparison(self):
        rules = {"$": {"match": "contentType", "value": "image/png"}}

        ((_, text),) = body_problems("text/plain", "a", "b", rules)
        assert "detected contents was 'text/plain'" in text


def test_a_failed_rule_of_a_text_has_the_path_of_its_root():
    ((path, _),) = body_problems("text/plain", "1", "a", {"$": DIGITS})

    assert "$" == path
