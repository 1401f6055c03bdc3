"""Rule paths are parsed and rendered.

Source: docs/internals/specification.md, "5.1 Grammar".
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypact.model.rules import ROOT, RulePath, Wildcard, parse_path, render_path

TOKENS = st.lists(
    st.text(min_size=1) | st.integers(min_value=0) | st.sampled_from(Wildcard),
    max_size=6,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("$", ()),
        ("$.a.b", ("a", "b")),
        ("a.b", ("a", "b")),
        ("$['x y'].*", ("x y", Wildcard.ANY)),
        ("$.a[0][*]", ("a", 0, Wildcard.INDEX)),
        ("$['*']", ("*",)),
        ("$.a.0", ("a", "0")),
        ("$['2']", ("2",)),
        (r"$['it\'s']", ("it's",)),
        (r"$['a\\b']", ("a\\b",)),
        ("$.#text", ("#text",)),
        ("$['#text']", ("#text",)),
        ("$.ns:a-b.@id", ("ns:a-b", "@id")),
        ("$.größe", ("größe",)),
    ],
)
def test_a_path_is_parsed(text, tokens):
    assert RulePath(tokens) == parse_path(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("$a", 1),
        ("$.", 1),
        ("$[]", 1),
        ("$['']", 1),
        ("$['a", 1),
        ('$["a"]', 1),
        ("$..a", 1),
        ("$.a[-1]", 3),
        ("$.a[1:2]", 3),
        (".a", 0),
    ],
)
def test_an_invalid_path_is_rejected_with_the_position(text, position):
    with pytest.raises(ValueError, match=f"at position {position}"):
        parse_path(text)


@given(TOKENS)
def test_parsing_a_rendered_path_gives_the_same_path(tokens):
    assert RulePath(tuple(tokens)) == parse_path(render_path(tokens))


def test_a_path_has_a_length_and_can_be_extended():
    path = ROOT / "a" / 0

    assert "$.a[0]" == str(path)
    assert 3 == path.length
