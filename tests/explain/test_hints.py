"""A hint is given if its cause is certain, and only then."""

import pytest

from pypact.explain.hints import find_hint
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Rule

REGEX = Rule("regex", {"regex": "a"})


def path(expected, actual, rule=None):
    return Mismatch(MismatchKind.PATH, "", rule, expected, actual, "")


def body(expected, actual, rule=None):
    return Mismatch(MismatchKind.BODY, "$.id", rule, expected, actual, "")


def header(name, expected, actual, rule=None):
    return Mismatch(MismatchKind.HEADER, name, rule, expected, actual, "")


def query(name, expected, actual):
    return Mismatch(MismatchKind.QUERY, name, None, expected, actual, "")


@pytest.mark.parametrize(
    ("mismatches", "hint"),
    [
        ([path("/a", "/a/")], "the paths differ only in their trailing slash"),
        ([path("/a", "/A")], "the paths differ only in upper and lower case"),
        ([path("/a b", "/a%20b")], "the paths differ only in their percent-encoding"),
        (
            [body("42", 42)],
            (
                "$.id differs only in its type, string and integer; "
                "match.like(42) accepts any integer"
            ),
        ),
        (
            [body(1, 2), body(True, "true")],
            (
                "$.id differs only in its type, boolean and string; "
                'match.like("true") accepts any string'
            ),
        ),
        (
            [header("Content-Type", "text/html;charset=utf-8", "text/html")],
            "Content-Type differs only in its parameters or in case",
        ),
        (
            [query("fields", "id,name", "name"), header("X-Trace", "1", "2")],
            (
                "only 'fields' and 'X-Trace' differ; "
                'query={"fields": match.like("id,name")} accepts any value'
            ),
        ),
        (
            [header("X-Trace", "1", "2")],
            (
                "only 'X-Trace' differs; "
                'headers={"X-Trace": match.like("1")} accepts any value'
            ),
        ),
        (
            [header("Set-Cookie", "sid=2; Path=/", "sid=3; Path=/")],
            (
                "only 'Set-Cookie' differs; headers="
                '{"Set-Cookie": match.like("sid=[hidden]; Path=/")} accepts any value'
            ),
        ),
    ],
)
def test_a_certain_cause_gives_a_hint(mismatches, hint):
    assert hint == find_hint(mismatches)


@pytest.mark.parametrize(
    "mismatches",
    [
        [],
        [path("/a", "/b")],
        [path("/a", "/a/", REGEX)],
        [body("42", 42, REGEX)],
        [body("42", 43)],
        [body(1, "x")],
        [body({}, "{}")],
        [header("Accept", "a", None)],
        [header("X-Trace", "1", "2", REGEX)],
        [query("a", "1", "2"), path("/a", "/b")],
        [query("a", ["1"], ["1", "2"])],
        [query("a", None, "2")],
        [header("Content-Type", "text/html", None)],
    ],
)
def test_an_uncertain_cause_gives_no_hint(mismatches):
    assert find_hint(mismatches) is None


@pytest.mark.parametrize(
    ("mismatches", "hint"),
    [
        (
            [body(23, "23")],
            (
                "$.id differs only in its type, integer and string: return an integer "
                'in the provider; or, in the contract, match.like("23") accepts any '
                "string"
            ),
        ),
        (
            [body(1.5, "n/a", Rule("decimal"))],
            (
                "$.id differs in its type, decimal and string: return a decimal in the "
                'provider; or, in the contract, match.like("n/a") accepts any string'
            ),
        ),
        (
            [body("Al", None, Rule("type"))],
            (
                "$.id differs in its type, string and null: return a string in the "
                "provider; or, in the contract, match.one_of(…, None) accepts null too"
            ),
        ),
        (
            [body("a, b", ["a", "b"])],
            (
                "$.id differs in its type, string and array: return a string in the "
                "provider; or, in the contract, declare the array"
            ),
        ),
        ([body("a", "b")], None),
        ([body(1, "x", REGEX)], None),
        ([path("/a", "/a/")], None),
        (
            [Mismatch(MismatchKind.BODY, "$[1]", None, {"a": 1}, None, "was missing")],
            None,
        ),
    ],
)
def test_another_type_in_a_response_says_what_the_provider_can_change(mismatches, hint):
    assert find_hint(mismatches, is_response=True) == hint
