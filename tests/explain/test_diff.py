"""The diff marks real differences, and only those."""

import pytest

from pypact.explain.diff import diff_bodies
from pypact.model.body import EMPTY_BODY, MISSING_BODY, Body, ContentType
from pypact.model.json import dump_json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Rule

JSON = ContentType("application", "json")


def at(path, rule=None):
    return Mismatch(MismatchKind.BODY, path, rule, None, None, "")


def diff(expected, actual, *paths, strict=False):
    lines = diff_bodies(
        Body.of(dump_json(expected).encode()),
        Body.of(dump_json(actual).encode()),
        [at(path) for path in paths],
        content_type=JSON,
        strict=strict,
    )
    return "\n".join(lines)


def test_only_differences_with_a_mismatch_are_marked():
    """The name differs too, but a rule accepts it."""
    expected = {"id": "42", "name": "John", "email": "a@x", "tags": ["a"]}
    actual = {"id": 42, "name": "Ann", "tags": ["a", "b"], "extra": 1}

    text = """\
  {
-   "email": "a@x",
-   "id": "42",
+   "extra": 1,
+   "id": 42,
    "name": "Ann",
    "tags": [
      "a",
+     "b"
    ]
  }"""

    assert text == diff(expected, actual, "$", "$.id", "$.tags", strict=True)


def test_extra_keys_are_accepted_in_a_response():
    text = """\
  {
-   "a": 1,
    "b": 2,
    "c": 3
  }"""

    assert text == diff({"a": 1, "b": 2}, {"c": 3, "b": 2}, "$")


def test_a_key_that_does_not_match_a_rule_is_marked():
    text = """\
  {
    "1": 1,
+   "x": 1
  }"""

    assert text == diff({"1": 1}, {"1": 1, "x": 1}, "$.x")


def test_nested_places_and_names_of_digits_are_found():
    text = """\
  {
    "a": [
      {
-       "7": 1
+       "7": 2
      }
    ]
  }"""

    assert text == diff({"a": [{"7": 1}]}, {"a": [{"7": 2}]}, "$.a[0][7]")


def test_items_beyond_the_example_are_compared_with_the_first():
    text = """\
  [
    1,
-   1
+   "x"
  ]"""

    assert text == diff([1], [1, "x"], "$[1]")


def test_missing_items_are_marked():
    text = """\
  [
    1
-   2
  ]"""

    assert text == diff([1, 2], [1], "$")


def test_a_value_is_shown_whole_if_a_rule_of_all_of_it_failed():
    text = """\
  [
-   1
+   2
  ]"""

    assert text == diff([1], [2], "$")


def test_values_of_different_types_are_shown_whole():
    assert '- {\n-   "a": 1\n- }\n+ []' == diff({"a": 1}, [], "$")


def test_equal_lines_far_from_a_difference_are_left_out():
    expected = list(range(60))
    actual = [*range(30), 99, *range(31, 60)]

    text = """\
  …
    27,
    28,
    29,
-   30,
+   99,
    31,
    32,
    33,"""

    assert text == diff(expected, actual, "$[30]")


def test_a_long_diff_ends_after_forty_lines():
    lines = diff(list(range(100)), [-1] * 100, "$", *(f"$[{n}]" for n in range(100)))

    assert 41 == len(lines.splitlines())
    assert "  … 162 more lines" == lines.splitlines()[-1]


def test_text_bodies_are_compared_line_by_line():
    lines = diff_bodies(
        Body.of(b"one\ntwo"),
        Body.of(b"one\nthree"),
        [at("$")],
        content_type=ContentType("text", "plain"),
        strict=False,
    )

    assert ["  one", "- two", "+ three"] == lines


@pytest.mark.parametrize(
    ("expected", "actual", "mismatches", "content_type"),
    [
        (b"{}", b"{", [at("$")], JSON),
        (b"\xff", b"a", [at("$")], ContentType("text", "plain")),
        (b"1", b"2", [], JSON),
        (b"1", b"2", [Mismatch(MismatchKind.STATUS, "", None, 1, 2, "")], JSON),
        (b"1", b"1", [at("$", Rule("nobody's"))], JSON),
        (b"1", b"[" + b"1," * 40000 + b"1]", [at("$")], JSON),
    ],
    ids=["not JSON", "not UTF-8", "no mismatch", "no body mismatch", "same", "large"],
)
def test_there_is_no_diff_if_bodies_cannot_be_compared(
    expected, actual, mismatches, content_type
):
    lines = diff_bodies(
        Body.of(expected),
        Body.of(actual),
        mismatches,
        content_type=content_type,
        strict=False,
    )

    assert [] == lines


@pytest.mark.parametrize("body", [MISSING_BODY, EMPTY_BODY])
def test_there_is_no_diff_against_a_missing_or_empty_body(body):
    lines = diff_bodies(Body.of(b"1"), body, [at("/")], content_type=JSON, strict=False)

    assert [] == lines


def test_trailing_commas_count_in_text_bodies():
    lines = diff_bodies(
        Body.of(b"a"),
        Body.of(b"a,"),
        [at("$")],
        content_type=ContentType("text", "plain"),
        strict=False,
    )

    assert ["- a", "+ a,"] == lines
