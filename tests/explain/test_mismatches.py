"""Mismatches are listed with place, rule, expected and actual value."""

from decimal import Decimal

import pytest

from pypact.explain.mismatches import describe_place, format_mismatches
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Rule

TYPED = "Expected {actual:typed} to be equal to {expected:typed}"


def test_one_line_for_each_mismatch_in_columns():
    """A provider's response with five mismatches."""
    block = format_mismatches(
        [
            Mismatch(
                MismatchKind.STATUS, "", None, 200, 500, "expected {expected}, {actual}"
            ),
            Mismatch(
                MismatchKind.HEADER,
                "X-Trace",
                Rule("regex", {"regex": "[0-9a-f]+"}),
                "abc",
                "zzz",
                "Expected {actual} to match {regex}",
            ),
            Mismatch(MismatchKind.BODY, "$.id", None, "42", 42, TYPED),
            Mismatch(
                MismatchKind.BODY,
                "$.address.zip",
                Rule("integer"),
                89073,
                "89073",
                "Expected {actual:typed} to be an integer",
            ),
            Mismatch(
                MismatchKind.BODY,
                "$",
                None,
                ["email"],
                [],
                "Actual map is missing the following keys: {expected:list}",
            ),
        ]
    )

    expected = """\
  status           equality          expected 200             got 500
  header X-Trace   regex [0-9a-f]+   e.g. "abc"               got "zzz"
  $.id             equality          expected "42" (string)   got 42 (integer)
  $.address.zip    integer           e.g. 89073 (integer)     got "89073" (string)
  $                equality          Actual map is missing the following keys: email"""

    assert expected == block


def test_values_of_all_types_are_shown_with_their_type():
    for value, text in [
        (None, "null (null)"),
        (True, "true (boolean)"),
        (Decimal("1.50"), "1.50 (decimal)"),
        ({"a": [1]}, '{"a":[1]} (object)'),
        ([], "[] (array)"),
    ]:
        block = format_mismatches(
            [Mismatch(MismatchKind.BODY, "$.x", None, value, "a", TYPED)]
        )

        assert f'  $.x   equality   expected {text}   got "a" (string)' == block


def test_a_long_value_is_cut_and_stays_on_one_line():
    block = format_mismatches(
        [Mismatch(MismatchKind.BODY, "$", None, "a\n" * 300, "b", TYPED)]
    )

    assert "characters more) (string)" in block
    assert 1 == len(block.splitlines())
    assert 400 > len(block)


def test_a_long_cell_does_not_widen_the_column_of_others():
    block = format_mismatches(
        [
            Mismatch(MismatchKind.BODY, "$.a", None, "x" * 100, "b", TYPED),
            Mismatch(MismatchKind.BODY, "$.b", None, "x", "b", TYPED),
        ]
    )

    assert block.splitlines()[1] == (
        '  $.b   equality   expected "x" (string)   got "b" (string)'
    )


def test_the_message_is_shown_if_the_values_are_not_enough():
    block = format_mismatches(
        [
            Mismatch(
                MismatchKind.HEADER,
                "Accept",
                None,
                "a",
                None,
                "Expected a header, was missing",
            ),
            Mismatch(
                MismatchKind.BODY,
                "$",
                Rule("type", {"min": 2}),
                [1],
                [1],
                "Expected {actual} (size 1) to have minimum size of {min}",
            ),
        ],
        indent="",
    )

    expected = """\
header Accept   equality                      expected "a"   missing
$               at least 2 of the same type   Expected [1] (size 1) to have minimum \
size of 2"""

    assert expected == block


def test_an_extra_value_is_shown_as_not_expected():
    extra = Mismatch(
        MismatchKind.HEADER, "X-A", None, None, "b", "No {actual} was expected"
    )

    assert '  header X-A   equality   not expected   got "b"' == format_mismatches(
        [extra]
    )


def test_a_secret_header_shows_only_its_scheme():
    block = format_mismatches(
        [
            Mismatch(
                MismatchKind.HEADER,
                "Authorization",
                None,
                "Bearer aaaa",
                "Basic bbbb",
                "Expected {expected} but was {actual}",
            ),
            Mismatch(
                MismatchKind.HEADER,
                "Set-Cookie",
                None,
                ["a=1", "b=2"],
                ["a=1"],
                "Expected {expected} but was {actual}",
            ),
        ]
    )

    expected = """\
  header Authorization   equality   expected "Bearer [hidden]"   got "Basic [hidden]"
  header Set-Cookie      equality   Expected ["a=[hidden]", "b=[hidden]"] but was \
["a=[hidden]"]"""

    assert expected == block


@pytest.mark.parametrize(
    ("kind", "path", "place"),
    [
        (MismatchKind.METHOD, "", "method"),
        (MismatchKind.PATH, "", "path"),
        (MismatchKind.STATUS, "", "status"),
        (MismatchKind.QUERY, "id", "query id"),
        (MismatchKind.QUERY, "", "query"),
        (MismatchKind.HEADER, "Accept", "header Accept"),
        (MismatchKind.BODY_TYPE, "", "content type"),
        (MismatchKind.BODY, "$.a[0]", "$.a[0]"),
        (MismatchKind.BODY, "/", "body"),
        (MismatchKind.METADATA, "topic", "metadata topic"),
    ],
)
def test_each_place_has_a_name(kind, path, place):
    assert place == describe_place(Mismatch(kind, path, None, 1, 2, ""))
