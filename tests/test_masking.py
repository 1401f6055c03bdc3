"""Secrets are hidden, and everything else stays visible."""

import json
import time

import pytest

from pypact.explain.secrets import find_undeclared_secrets
from pypact.masking import (
    HIDDEN,
    escape_control_characters,
    escape_line,
    find_header_secrets,
    find_secret_names,
    is_secret_name,
    mask_header,
    mask_json,
    mask_members,
    mask_query,
    mask_text,
    mask_url_query,
    secret,
)
from pypact.model.http import Request


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


def test_characters_that_turn_text_or_end_a_line_are_escaped():
    assert r"\u202eabc\u2028\u2069\u200f" == escape_control_characters(
        "\u202eabc\u2028\u2069\u200f"
    )
    assert "👩\u200d👧" == escape_control_characters("👩\u200d👧")
    assert r"a\nb\tc\x1b" == escape_line("a\nb\tc\x1b")


def test_a_secret_is_hidden_in_every_escaped_form():
    value = "é\"\\'"
    for written in (
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        repr(value),
    ):
        assert HIDDEN in mask_text(written, [secret(value)])


MANY = frozenset(f'secret/{number} ä"' for number in range(3_000))


@pytest.mark.parametrize(
    "text",
    [
        'a secret/17 ä" b',
        "a secret%2F17%20%C3%A4%22 b",
        'a secret/17 \\u00e4\\" b',
        'a secret/17 ä\\" b',
        "a secret/1…",
        "a secre b",
        "x1 b",
        "",
    ],
)
def test_many_secrets_are_hidden_as_few_are(text):
    few = frozenset(['secret/17 ä"', secret("x1")])

    assert mask_text(text, few) == mask_text(text, MANY | few)


def test_many_secrets_are_hidden_in_time_that_does_not_depend_on_their_number():
    began = time.process_time()
    for number in range(1_000):
        mask_text(f"an ordinary line {number}", MANY)

    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "accessToken",
        "sig",
        "X-Amz-Signature",
        "api_key",
        "APIKey",
        "user[password]",
        "clientSecret",
        "session_id",
    ],
)
def test_a_parameter_that_carries_a_secret_is_known_by_its_words(name):
    assert {name} == find_secret_names([name, "page"])


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "nextPageToken",
        "token_type",
        "secretary",
        "author",
        "code",
        "sort",
    ],
)
def test_a_parameter_that_only_resembles_a_secret_is_shown(name):
    assert not find_secret_names([name])


@pytest.mark.parametrize(
    ("names", "secret"),
    [
        (("code", "grant_type"), {"code"}),
        (("code", "redirect_uri"), {"code"}),
        (("state", "code"), {"code"}),
        (("code", "state", "city"), set()),
        (("code", "language"), set()),
    ],
)
def test_a_code_is_secret_beside_parameters_of_oauth(names, secret):
    assert secret == find_secret_names(names)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a=1&token=abc&&b", "a=1&token=[hidden]&&b"),
        (
            "access%5Ftoken=abc&key=k&token=",
            "access%5Ftoken=[hidden]&key=[hidden]&token=",
        ),
        ("grant_type=x&code=abc", "grant_type=x&code=[hidden]"),
    ],
)
def test_secret_values_of_a_query_are_hidden(text, shown):
    assert shown == mask_query(text)
    assert f"https://u.example/x?{shown}" == mask_url_query(
        f"https://u.example/x?{text}"
    )


def test_everything_below_a_secret_member_is_hidden():
    value = {"tokens": ["abc", {"a": 1}, True, None, ""], "a": [{"pin": 12}], "b": 1}

    shown = {
        "tokens": ["[hidden]", {"a": "[hidden]"}, True, None, ""],
        "a": [{"pin": "[hidden]"}],
        "b": 1,
    }
    assert shown == mask_json(value)


def test_secret_members_of_text_that_was_cut_are_hidden():
    text = """{"password": "a\\"b", 'pin': 12, "a": "b", x=1&sig=abc "token": "ab"""

    shown = """{"password": "[hidden]", 'pin': [hidden], "a": "b", x=1&sig=[hidden] \
"token": "[hidden]"""
    assert shown == mask_members(text)


def test_members_of_text_are_searched_in_linear_time():
    began = time.process_time()
    assert "[" * 400_000 == mask_members("[" * 400_000)

    assert time.process_time() - began < 1
    assert "[token=[hidden]" == mask_members("[token=abc")


def test_many_secrets_of_a_request_are_hidden_unless_they_are_declared():
    def build(name, count):
        body = {f"a{number}_token": f"{name}-{number}" for number in range(count)}
        content = json.dumps(body).encode()
        headers = [("Content-Type", "application/json")]
        return Request.from_http("POST", "/", headers, content)

    found = find_undeclared_secrets(build("a", 2_000), [build("a", 1_900)])

    assert found == {f"a-{number}" for number in range(1_900, 2_000)}
    assert len(find_undeclared_secrets(build("a", 1_500), [build("b", 1_500)])) == 1_500
