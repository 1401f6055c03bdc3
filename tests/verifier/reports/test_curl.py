"""The curl command that repeats a request."""

import pytest

from pypact.masking import secret
from pypact.model.body import Body
from pypact.model.http import Request
from pypact.verifier.reports.text import build_curl_command


def build(content, secrets=()):
    request = Request("POST", "/x", body=Body.of(content))
    return build_curl_command(request, secrets=secrets)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b"a=1", "--data-raw a=1"),
        (b"it's", "--data-raw 'it'\"'\"'s'"),
        (b"--b\r\n\r\nx\r\n", r"--data-raw $'--b\r\n\r\nx\r\n'"),
        (b"it's\n\ta\\n\x1b", r"--data-raw $'it\'s\n\ta\\n\x1b'"),
        ("\x85\u2028é".encode(), r"--data-raw $'\u0085\u2028é'"),
        (b"a\0b", "--data-binary @FILE-OF-3-BYTES"),
        (b"\xff", "--data-binary @FILE-OF-1-BYTES"),
    ],
)
def test_a_shell_reads_the_body_as_it_was_sent(content, data):
    assert f"curl -H Content-Type: {data} http://localhost/x" == build(content)


@pytest.mark.parametrize("content", [b"key=it's me", b"key=it's me\r\n"])
def test_a_secret_is_hidden_before_it_is_quoted(content):
    assert "me" not in build(content, [secret("it's me")])
