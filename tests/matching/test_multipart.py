"""Test the comparison of multipart bodies.

Source: docs/internals/specification.md, "4.7 Multipart".
"""

import pytest
from interactions import http, matchers

import pypact
from pypact.masking import find_secret_names
from pypact.matching import multipart
from pypact.matching.multipart import (
    MultipartPlan,
    hide_part_secrets,
    parse_multipart,
)
from pypact.model.body import ExpectedBody, parse_content_type
from pypact.model.rules import Rule, RuleList

TYPE = {"match": "type"}
DIGITS = {"match": "regex", "regex": r"\d+"}
BOUNDARY = r"multipart/form-data;(\s*charset=[^;]*;)?\s*boundary=.*"


def body(*parts, boundary="b"):
    """Build a multipart body from parts (header lines, content)."""
    pieces = []
    for headers, content in parts:
        head = "".join(f"{line}\r\n" for line in headers)
        pieces.append(f"--{boundary}\r\n{head}\r\n{content}\r\n")
    return "".join(pieces) + f"--{boundary}--\r\n"


def field(name, content, *headers):
    return [f'Content-Disposition: form-data; name="{name}"', *headers], content


def file(name, content, *headers):
    disposition = f'form-data; name="{name}"; filename="any"'
    return [f"Content-Disposition: {disposition}", *headers], content


def problems(expected, actual, rules=None, *, boundary="b", header_rule=True):
    content_type = "multipart/form-data; boundary=b"
    response = {
        "headers": {"Content-Type": [content_type]},
        "body": {"content": expected, "contentType": content_type},
        "matchingRules": {
            "body": {path: matchers(rule) for path, rule in (rules or {}).items()}
        },
    }
    if header_rule:
        response["matchingRules"]["header"] = {
            "Content-Type": matchers({"match": "regex", "regex": BOUNDARY})
        }
    headers = [("Content-Type", f"multipart/form-data; boundary={boundary}")]
    found = pypact.match_response(
        http(response=response),
        pypact.Response.from_http(200, headers, actual.encode()),
    )
    return [(one.path, one.message) for one in found]


TWO = (field("a", "1"), file("f", '{"x": 1}', "Content-Type: application/json"))


class TestParts:
    @pytest.mark.parametrize(
        "actual",
        [
            body(*TWO),
            body(*TWO[::-1]),
            body(*TWO, field("more", "1")),
            "a preamble\r\n" + body(*TWO),
            body(field("a", "1", "Content-Type: text/plain"), TWO[1]),
        ],
    )
    def test_parts_are_paired_by_name(self, actual):
        assert [] == problems(body(*TWO), actual)

    def test_a_missing_part_is_a_mismatch(self):
        assert [
            ("$", "Expected a MIME part 'a' but was missing"),
            ("$", "Expected a MIME file 'f' but was missing"),
        ] == problems(body(*TWO), body(field("z", "1")))

    def test_parts_of_equal_names_are_paired_in_order(self):
        twice = body(field("a", "1"), field("a", "2"))

        assert [] == problems(twice, twice)
        assert 2 == len(problems(twice, body(field("a", "2"), field("a", "1"))))

    def test_parts_without_a_name_are_files_and_paired_by_index(self):
        expected = body(([], "1"), (["X-A: 1"], "2"))

        assert [] == problems(expected, expected)
        assert ["$[1]['x-a']"] == [
            path for path, _ in problems(expected, body(([], "1"), (["X-A: 2"], "2")))
        ]
        assert [("$", "Expected a MIME file '1' but was missing")] == problems(
            expected, body(([], "1"))
        )

    def test_a_file_does_not_match_a_field(self):
        assert [("$", "Expected a MIME file 'f' but was field")] == problems(
            body(file("f", "1")), body(field("f", "1"))
        )
        assert [("$", "Expected a MIME field 'f' but was file")] == problems(
            body(field("f", "1")), body(file("f", "1"))
        )


class TestContents:
    def test_a_field_is_compared_as_a_string(self):
        assert [("$.a", "MIME part 'a': Expected '2' to be equal to '1'")] == problems(
            body(field("a", "1")), body(field("a", "2"))
        )
        assert [] == problems(
            body(field("a", "1")), body(field("a", "22")), {"$.a": DIGITS}
        )
        assert [("$.a", "MIME part 'a': Expected 'x' to match '\\d+'")] == problems(
            body(field("a", "1")), body(field("a", "x")), {"$.a": DIGITS}
        )

    def test_a_file_is_compared_by_its_own_content_type(self):
        json = "Content-Type: application/json"

        assert [] == problems(
            body(file("f", '{"x": 1}', json)),
            body(file("f", '{"x": 2, "y": 3}', json)),
            {"$.f.x": TYPE},
        )
        assert [
            (
                "$.x",
                (
                    "MIME part 'f': Expected '1' (String) "
                    "to be the same type as 1 (Integer)"
                ),
            )
        ] == problems(
            body(file("f", '{"x": 1}', json)),
            body(file("f", '{"x": "1"}', json)),
            {"$.f": TYPE},
        )

    def test_rules_at_the_root_cascade_to_fields_but_not_to_files(self):
        assert [] == problems(body(field("a", "1")), body(field("a", "x")), {"$": TYPE})
        assert 1 == len(
            problems(body(file("a", "1")), body(file("a", "x")), {"$": TYPE})
        )

    def test_the_content_types_of_files_are_compared(self):
        assert 1 == len(
            problems(
                body(file("f", "1", "X-A: 1")),
                body(file("f", "1")),
            )
        )
        found = problems(
            body(file("f", "<a/>", "Content-Type: text/xml")),
            body(file("f", "<a/>", "Content-Type: text/html")),
            {"$.f['content-type']": TYPE},
        )
        assert [
            (
                "$",
                (
                    "MIME part 'f': Expected a body of 'text/xml' "
                    "but the actual content type was 'text/html'"
                ),
            )
        ] == found

    def test_a_file_without_a_content_type_is_compared_as_bytes(self):
        ((_, text),) = problems(body(file("f", "1")), body(file("f", "2")))

        assert text.startswith("MIME part 'f': Actual body [*/*, 1 bytes")

    def test_an_empty_file_expects_an_empty_one(self):
        assert [] == problems(body(file("f", "")), body(file("f", "")))
        ((_, text),) = problems(body(file("f", "")), body(file("f", "x")))
        assert text.startswith("MIME part 'f': Expected empty contents")

    def test_base64_is_decoded(self):
        base64 = "Content-Transfer-Encoding: base64"

        assert [] == problems(body(file("f", "YWJj", base64)), body(file("f", "abc")))
        assert 1 == len(
            problems(body(file("f", "no base64!", base64)), body(file("f", "abc")))
        )


class TestHeaders:
    def test_each_expected_header_must_be_present(self):
        expected = body(field("a", "1", "X-A: 1", "Content-Type: text/plain"))

        assert [
            ("$.a['x-a']", "MIME part 'a': Expected a header 'x-a' but was missing")
        ] == problems(expected, body(field("a", "1")))
        assert [
            (
                "$.a['x-a']",
                "MIME part 'a': Expected header 'x-a' to have value '1' but was '2'",
            )
        ] == problems(expected, body(field("a", "1", "X-A: 2")))
        assert [] == problems(expected, body(field("a", "1", "X-A: 1", "X-B: 1")))

    @pytest.mark.parametrize("path", ["$.a['x-a']", "$['a']['x-a']"])
    def test_a_rule_of_a_header_has_the_path_of_the_header(self, path):
        expected = body(field("a", "1", "X-A: 1"))

        assert [] == problems(
            expected, body(field("a", "1", "X-A: 22")), {path: DIGITS}
        )
        ((_, text),) = problems(
            expected, body(field("a", "1", "X-A: x")), {path: DIGITS}
        )
        assert (
            "MIME part 'a': Mismatch with header 'x-a': Expected 'x' to match" in text
        )

    def test_a_rule_of_the_part_does_not_apply_to_its_headers(self):
        expected = body(field("a", "1", "X-A: 1"))

        assert 1 == len(
            problems(expected, body(field("a", "1", "X-A: 2")), {"$.a": TYPE})
        )

    def test_the_disposition_is_compared_only_by_a_rule(self):
        rules = {"$.f['content-disposition']": {"match": "include", "value": "x.png"}}

        assert 1 == len(problems(body(file("f", "1")), body(file("f", "1")), rules))

    def test_folded_header_lines_are_joined(self):
        expected = body(field("a", "1", "X-A: 1 2"))

        assert [] == problems(expected, body(field("a", "1", "X-A: 1\r\n 2")))

    def test_a_name_may_be_encoded(self):
        expected = body(field("ä", "1"))
        disposition = "Content-Disposition: form-data; name*=utf-8''%C3%A4"

        assert [] == problems(expected, body(([disposition], "1")))


class TestBoundary:
    def test_another_boundary_needs_a_rule(self):
        expected, actual = body(*TWO), body(*TWO, boundary="zz")

        assert [] == problems(expected, actual, boundary="zz")
        assert 2 == len(problems(expected, actual, boundary="zz", header_rule=False))

    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (body(*TWO).replace("\r\n", "\n"), "is not followed by a line end"),
            ("a preamble\n--b\n\n1\n--b--\n", "its lines do not end in CR LF"),
            (body(*TWO).replace("--b--", ""), "not closed by the boundary '--b--'"),
            ("words", "not closed by the boundary"),
            ("--b words\r\n\r\n--b--", "is not followed by a line end"),
            ("--b\r\nX-A: 1\r\n--b--", "has no blank line"),
            ("--b\r\nwords\r\n\r\n\r\n--b--", "has no colon"),
        ],
    )
    def test_an_invalid_multipart_body_is_a_mismatch(self, bad, reason):
        ((path, text),) = problems(body(*TWO), bad)
        assert "$" == path
        assert text.startswith("Failed to parse the actual body")
        assert reason in text
        assert 2 == len(problems(bad, bad))

    def test_a_content_type_without_a_boundary_is_a_mismatch(self):
        response = {"body": {"content": "x", "contentType": "multipart/mixed"}}
        found = pypact.match_response(
            http(response=response),
            pypact.Response.from_http(200, [("Content-Type", "multipart/mixed")], b"x"),
        )

        assert 2 == len(found)
        assert "has no boundary" in found[0].message


def test_an_invalid_rule_path_is_reported_once():
    assert ["$.["] == [
        path for path, _ in problems(body(*TWO), body(*TWO), {"$.[": TYPE})
    ]


class TestBoundaryOfTheHeader:
    """Other tools declare the type of the body itself without its boundary."""

    OWN = "multipart/form-data"

    def part(self, boundary, *, header=True, own=OWN):
        content = body(*TWO, boundary=boundary)
        declared = f"multipart/form-data; boundary={boundary}"
        return {
            "headers": {"Content-Type": [declared]} if header else {},
            "body": {"content": content, "contentType": own, "encoded": False},
            "matchingRules": {
                "header": {
                    "Content-Type": matchers({"match": "regex", "regex": BOUNDARY})
                }
            },
        }

    def actual(self, boundary, *parts):
        headers = [("Content-Type", f"multipart/form-data; boundary={boundary}")]
        content = body(*(parts or TWO), boundary=boundary).encode()
        return headers, content

    def test_a_request_is_compared(self):
        interaction = http(request={"method": "POST", **self.part("one")})
        other = (field("a", "2"), TWO[1])

        for parts, count in ((TWO, 0), (other, 1)):
            request = pypact.Request.from_http("POST", "/", *self.actual("two", *parts))
            assert count == len(pypact.match_request(interaction, request))

    def test_a_response_is_compared(self):
        interaction = http(response=self.part("one"))
        other = (field("a", "2"), TWO[1])

        for parts, count in ((TWO, 0), (other, 1)):
            response = pypact.Response.from_http(200, *self.actual("two", *parts))
            assert count == len(pypact.match_response(interaction, response))

    def test_two_parts_of_files_are_compared(self):
        interaction = http(response=self.part("one"))

        assert [] == pypact.match_response(interaction, self.part("two"))

    def test_the_boundary_of_the_header_is_preferred(self):
        own = "multipart/form-data; boundary=other"
        interaction = http(response=self.part("one", own=own))
        response = pypact.Response.from_http(200, *self.actual("two"))

        assert [] == pypact.match_response(interaction, response)

    def test_a_header_of_another_type_does_not_count(self):
        part = self.part("one")
        part["headers"]["Content-Type"] = ["multipart/mixed; boundary=one"]
        *_, found = pypact.match_response(http(response=part), part)

        assert "has no boundary" in found.message

    def test_without_a_boundary_the_body_cannot_be_parsed(self):
        part = self.part("one", header=False)
        found = pypact.match_response(http(response=part), part)

        assert ["expected", "actual"] == [one.message.split()[4] for one in found]
        assert "has no boundary" in found[0].message

    def test_a_message_has_it_in_its_metadata(self):
        content = body(*TWO, boundary="one")
        message = {
            "contents": {"content": content, "contentType": self.OWN},
            "metadata": {"contentType": "multipart/form-data; boundary=one"},
        }
        data = {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [{"type": "Asynchronous/Messages", **message}],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        (interaction,) = pypact.read_pact(data).interactions
        found = pypact.match_message(interaction, content.encode(), message["metadata"])

        assert [] == found


def test_secrets_of_parts_are_hidden():
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    content = head % b"a" + b"1\r\n" + head % b"token" + b"%s\r\n--b--\r\n"

    hidden = hide_part_secrets(content % b"x\r\ny", find_secret_names)

    assert content % b"[hidden]" == hidden


def test_parts_nested_too_deeply_to_compare_are_a_mismatch(monkeypatch):
    def recurse(*_):
        raise RecursionError

    monkeypatch.setattr(MultipartPlan, "_compare", recurse)
    ((_, message),) = problems(body(*TWO), body(*TWO))

    assert "it is nested too deeply" in message


def test_a_header_of_a_part_that_is_not_utf_8_is_read():
    content_type = parse_content_type("multipart/mixed; boundary=b")

    (part,) = parse_multipart(b"--b\r\nX-A: \xff\r\n\r\n1\r\n--b--", content_type)

    assert {"x-a": "\ufffd"} == part.headers


def test_as_many_rules_as_the_bound_are_compared(monkeypatch):
    monkeypatch.setattr(multipart, "_MOST_RULES", 1)
    expected = body(field("a", "1"))

    assert [] == problems(expected, body(field("a", "2")), {"$.a": DIGITS})


def test_a_mismatch_of_a_header_has_both_values():
    content_type = parse_content_type("multipart/mixed; boundary=b")
    expected, actual = (body(field("a", "1", f"X-A: {value}")) for value in "1x")
    rules = {"$.a['x-a']": RuleList((Rule("regex", {"regex": r"\d+"}),))}
    plan = MultipartPlan(ExpectedBody(expected.encode(), content_type, rules, False))

    (found,) = plan.check(actual.encode(), content_type)

    assert ("1", "x") == (found.expected, found.actual)
