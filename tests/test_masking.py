"""Secrets are hidden, and everything else stays visible."""

import json

import pytest

from pypact.masking import (
    HIDDEN,
    escape_control_characters,
    find_header_secrets,
    is_secret_name,
    mask_header,
    mask_text,
    secret,
)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abc.def", "Bearer [hidden]"),
        ("authorization", "Basic dTpw", "Basic [hidden]"),
        ("Authorization", "AWS4-HMAC-SHA256 A=b, C=d", "AWS4-HMAC-SHA256 [hidden]"),
        ("Authorization", "abcdef", "[hidden]"),
        ("Authorization", "", ""),
        ("Proxy-Authorization", "Basic dTpw", "Basic [hidden]"),
        ("Cookie", "sid=abc; theme=dark", "sid=[hidden]; theme=[hidden]"),
        ("Cookie", "sid=", "sid="),
        (
            "Set-Cookie",
            "sid=abc; Path=/; Max-Age=3; HttpOnly",
            "sid=[hidden]; Path=/; Max-Age=3; HttpOnly",
        ),
        ("X-Api-Key", "k", "[hidden]"),
        ("X-CSRF-Token", "a b", "[hidden]"),
        ("Client-Secret", "two\nlines", "[hidden]"),
        ("X-Session-Id", "1", "[hidden]"),
        ("X-Password", "p", "[hidden]"),
        ("Accept", "application/json", "application/json"),
    ],
)
def test_a_secret_header_keeps_its_scheme_and_names(name, value, shown):
    assert shown == mask_header(name, value)


def test_header_names_are_case_insensitive():
    assert is_secret_name("SET-COOKIE")
    assert is_secret_name("X-TOKEN")
    assert not is_secret_name("X-Request-Id")


def test_the_secret_parts_of_header_lines_are_collected():
    lines = [
        ("Authorization", "Bearer abcdefgh"),
        ("Cookie", "a=one-value; b=other-value"),
        ("Accept", "text/html"),
    ]

    assert {"abcdefgh", "one-value", "other-value"} == find_header_secrets(lines)


def test_a_secret_is_hidden_wherever_its_value_appears():
    text = 'GET /users?t=abc%2Fdefgh {"token": "abc/defgh"}'

    assert 'GET /users?t=[hidden] {"token": "[hidden]"}' == mask_text(
        text, {"abc/defgh"}
    )


def test_the_longer_of_two_secrets_is_hidden_first():
    assert "[hidden] [hidden]" == mask_text("abcdefgh abcdef", {"abcdef", "abcdefgh"})


def test_a_short_unmarked_secret_stays_visible():
    assert "1 of 11" == mask_text("1 of 11", {"1"})


@pytest.mark.parametrize(
    "name", ["X-Auth", "Ocp-Apim-Subscription-Key", "X-Access-Key", "X-Credential"]
)
def test_further_headers_that_carry_keys_are_secret(name):
    assert is_secret_name(name)


def test_control_characters_and_surrogates_are_escaped():
    assert r"a\x1b[31m\x00\x7f\x9b" + "\n\té" == escape_control_characters(
        "a\x1b[31m\0\x7f\x9b\n\té"
    )
    assert r"\ud83d" == escape_control_characters("\ud83d")


def test_a_secret_is_hidden_in_every_escaped_form():
    value = "é\"\\'"
    for written in (
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        repr(value),
    ):
        assert HIDDEN in mask_text(written, [secret(value)])
