"""What a consumer has sent is hidden, what the contract declares is shown."""

import pytest

from pypact.explain.mismatches import HiddenValue, format_mismatches
from pypact.explain.secrets import (
    find_request_secrets,
    find_undeclared_secrets,
    hide_mismatch_secrets,
    hide_request_secrets,
)
from pypact.model.http import Request
from pypact.model.mismatches import Mismatch, MismatchKind


def post(content_type, body, target="/", *headers):
    return Request.from_http(
        "POST", target, [("Content-Type", content_type), *headers], body
    )


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"a": [{"password": "p w"}], "b": 1}'),
        ("application/json", b'{"password": "p w", "a'),
        ("application/x-www-form-urlencoded", b"a=1&grant_type=x&code=p+w"),
        ("application/xml", b"<a><password>p w</password>\xff</a>"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\np w\r\n--b--',
        ),
    ],
)
def test_the_secrets_of_a_body_are_found_and_hidden(content_type, body):
    request = post(content_type, body)
    shown = hide_request_secrets(request).body.content

    assert {"p w"} == find_request_secrets(request)
    assert b"[hidden]" in shown
    assert b"p w" not in shown
    assert b"p+w" not in shown


def test_secrets_of_query_and_headers_are_found_and_hidden():
    request = post("text/plain", b"", "/?sig=p+w&a=1", ("Authorization", "Bearer b"))
    shown = hide_request_secrets(request)

    assert {"p w", "b"} == find_request_secrets(request)
    assert "sig=[hidden]&a=1" == shown.query.encoded()
    assert ("Bearer [hidden]",) == shown.headers["authorization"]


def test_a_declared_value_is_no_secret():
    sent = post("application/json", b'{"password": "abc"}', "/?token=def")
    declared = post("application/json", b'{"password": "abcd"}')

    assert {"def"} == find_undeclared_secrets(sent, [declared])


@pytest.mark.parametrize(
    ("kind", "path", "expected", "actual", "shown"),
    [
        (MismatchKind.HEADER, "Authorization", "Bearer a", "Basic b", "Basic [hidden]"),
        (
            MismatchKind.HEADER,
            "Cookie",
            "a=1",
            ["a=2", "b=3"],
            "a=[hidden], b=[hidden]",
        ),
        (MismatchKind.HEADER, "Accept", "a", "b", "b"),
        (MismatchKind.QUERY, "sig", "a", "b", "[hidden]"),
        (MismatchKind.QUERY, "sig", ["a", "b"], ["b"], "[hidden]"),
        (MismatchKind.QUERY, "page", "a", "b", "b"),
        (MismatchKind.QUERY, "", "a=1&sig=2", "sig=2&a=1", "sig=[hidden]&a=1"),
        (MismatchKind.BODY, "$.user.password", "a", "b", "[hidden]"),
        (MismatchKind.BODY, "$.a['@ns:token']", "a", "b", "[hidden]"),
        (MismatchKind.BODY, "$.code", "a", "b", "[hidden]"),
        (MismatchKind.BODY, "$.tokens", ["a"], ["b", True], ["[hidden]", True]),
        (MismatchKind.BODY, "$.a", "a", {"password": "b"}, {"password": "[hidden]"}),
        (MismatchKind.BODY, "$.password", "a", True, True),
        (MismatchKind.BODY, "$.password", "a", None, None),
        (MismatchKind.BODY, "$.name", "a", "b", "b"),
        (MismatchKind.PATH, "", "/a", "/b", "/b"),
    ],
)
def test_the_actual_value_of_a_mismatch_is_hidden(kind, path, expected, actual, shown):
    request = post(
        "application/json", b'{"code": "b", "client_id": "c"}', "/?sig=b&page=1"
    )
    mismatch = Mismatch(kind, path, None, expected, actual, "{expected}, {actual}")
    (hidden,) = hide_mismatch_secrets([mismatch], request)

    assert shown == hidden.actual
    assert expected == hidden.expected


@pytest.mark.parametrize(
    ("content_type", "body", "shown"),
    [
        ("application/json", b'{"password": "p w"}', '{"password":"[hidden]"}'),
        ("application/x-www-form-urlencoded", b"token=p+w&a=1", "token=[hidden]&a=1"),
        ("text/plain", b"p w", "p w"),
        ("application/octet-stream", b"\xff", b"\xff"),
    ],
)
def test_a_body_that_should_be_empty_is_shown_without_secrets(
    content_type, body, shown
):
    request = post(content_type, body)
    problem = "Expected empty body but received {actual}"
    mismatch = Mismatch(
        MismatchKind.BODY, "/", None, None, body.decode("latin-1"), problem
    )
    (hidden,) = hide_mismatch_secrets([mismatch], request)

    assert shown == hidden.actual


def test_a_missing_body_has_nothing_to_hide():
    missing = Mismatch(MismatchKind.BODY, "/", None, "a", None, "{expected}")

    assert [missing] == hide_mismatch_secrets([missing], post("text/plain", b""))


def test_a_hidden_value_is_shown_as_different_with_its_type():
    pin, sig = HiddenValue("[hidden]", "2"), HiddenValue("[hidden]")
    mismatches = [
        Mismatch(MismatchKind.BODY, "$.pin", None, 1, pin, "{actual:typed}"),
        Mismatch(MismatchKind.QUERY, "sig", None, None, sig, ""),
    ]

    expected = """\
  $.pin       equality       expected 1 (integer)   got [hidden], and different (string)
  query sig   not expected   got [hidden]"""

    assert expected == format_mismatches(mismatches, shows_declared=True)
