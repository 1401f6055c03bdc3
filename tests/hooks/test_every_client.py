"""Behaviour that all client families share.

Every test runs for each family, and again against a real server on loopback.
"""

import gzip
import json
from urllib.parse import urlsplit

import pytest

from pypact.model.body import EMPTY_BODY, MISSING_BODY
from pypact.model.http import Response


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


def test_json_of_a_query_arrives(provider, client):
    lines = [("Content-Type", "application/json")]
    provider.script = [make_response(200, json.dumps({"id": 23}).encode(), lines)]
    found = client.request("GET", f"{provider.base_url}/user?id=23&tag=a%20b&tag=c")

    assert {"id": 23} == json.loads(found.content)
    assert (200, "OK") == (found.status, found.reason)
    assert ["application/json"] == found.all("content-type")
    assert ("23",) == provider.requests[0].query["id"]
    assert ("a b", "c") == provider.requests[0].query["tag"]
    assert MISSING_BODY == provider.requests[0].body


@pytest.mark.parametrize("status", [201, 400, 404, 418, 500, 503])
def test_every_status_code_arrives_with_its_reason(provider, client, status):
    provider.script = [make_response(status, b"why")]
    found = client.request("GET", provider.base_url)

    assert (status, b"why") == (found.status, found.content)
    assert found.reason


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_arrives(provider, client, method):
    provider.script = [make_response(200, b"x")]
    client.request(method, f"{provider.base_url}/p")

    assert [(method, "/p")] == [(one.method, one.path) for one in provider.requests]


def test_bytes_arrive_as_they_were_sent(provider, client):
    content = bytes(range(256)) * 300
    provider.script = [make_response(200, content[::-1])]
    found = client.request("POST", f"{provider.base_url}/", body=content)

    assert content == provider.requests[0].body.content
    assert content[::-1] == found.content


def test_a_generator_is_sent_in_chunks(provider, client):
    provider.script = [make_response()]
    client.request(
        "POST", f"{provider.base_url}/", body=(p for p in [b"ab", b"cd", b"e"])
    )

    assert b"abcde" == provider.requests[0].body.content
    assert ("chunked",) == provider.requests[0].headers["transfer-encoding"]


def test_an_empty_body_is_empty_and_not_missing(provider, client):
    provider.script = [make_response()]
    client.request("POST", f"{provider.base_url}/", body=b"")

    assert provider.requests[0].body in (EMPTY_BODY, MISSING_BODY)


def test_headers_arrive_and_so_do_those_that_the_client_adds(provider, client):
    provider.script = [make_response()]
    client.request("GET", f"{provider.base_url}/", headers={"X-One": "a, b"})
    headers = provider.requests[0].headers

    assert "a, b" == headers.first("x-one")
    assert urlsplit(provider.base_url).netloc == headers.first("host")
    assert headers.first("accept-encoding")


def test_two_cookies_arrive(provider, client):
    lines = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
    provider.script = [make_response(200, b"", lines)]
    found = client.request("GET", f"{provider.base_url}/")

    assert ["a=1; Path=/", "b=2; Path=/"] == found.all("set-cookie")


def test_cookies_are_sent_again(provider, client):
    if not client.keeps_cookies:
        pytest.skip(f"{client!r} keeps no cookies")
    provider.script = [
        make_response(200, b"", [("Set-Cookie", "a=1; Path=/")]),
        make_response(),
    ]
    client.request("GET", f"{provider.base_url}/")
    client.request("GET", f"{provider.base_url}/")

    assert "a=1" == provider.requests[1].headers.first("cookie")


def test_head_keeps_the_content_length_and_has_no_content(provider, client):
    provider.script = [
        make_response(200, b"", [("Content-Length", "10")]),
        make_response(200, b"x"),
    ]
    found = client.request("HEAD", f"{provider.base_url}/")

    assert (["10"], b"") == (found.all("content-length"), found.content)
    assert b"x" == client.request("GET", f"{provider.base_url}/").content


@pytest.mark.parametrize("status", [204, 304])
def test_no_content_is_read_where_there_is_none(provider, client, status):
    provider.script = [make_response(status), make_response(200, b"next")]

    assert b"" == client.request("GET", f"{provider.base_url}/").content
    assert b"next" == client.request("GET", f"{provider.base_url}/").content


def test_gzip_is_decoded_by_clients_that_decode(provider, client):
    provider.script = [make_response(200, b"plain", [("Content-Encoding", "gzip")])]
    found = client.request("GET", f"{provider.base_url}/")
    content = found.content if client.decodes else gzip.decompress(found.content)

    assert b"plain" == content


def test_a_chunked_response_arrives(provider, client):
    provider.script = [
        make_response(200, b"0123456789", [("Transfer-Encoding", "chunked")])
    ]

    assert b"0123456789" == client.request("GET", f"{provider.base_url}/").content


def test_a_redirect_is_followed(provider, client):
    if not client.redirects:
        pytest.skip(f"{client!r} follows none")
    provider.script = [
        make_response(303, b"", [("Location", "/b")]),
        make_response(200, b"here"),
    ]
    found = client.request("POST", f"{provider.base_url}/a", body=b"x")

    assert (200, b"here") == (found.status, found.content)
    assert [("POST", "/a"), ("GET", "/b")] == [
        (one.method, one.path) for one in provider.requests
    ]


def test_a_path_arrives_as_it_is_sent(provider, client):
    provider.script = [make_response()]
    client.request("GET", f"{provider.base_url}/a%2Fb/%C3%BC?q=%26&r")

    assert "/a%2Fb/%C3%BC" == provider.requests[0].path
    assert ("&",) == provider.requests[0].query["q"]


def test_many_calls_in_a_row_get_their_own_responses(provider, client):
    provider.respond = lambda request: make_response(200, request.path.encode())
    paths = [f"/{number}" for number in range(30)]

    assert paths == [
        client.request("GET", provider.base_url + path).content.decode()
        for path in paths
    ]


def test_a_header_with_a_line_break_is_refused(provider, client):
    provider.script = [make_response()]

    with pytest.raises(Exception, match=r"(?i)invalid|illegal|forbidden"):
        client.request("GET", f"{provider.base_url}/", headers={"X-Bad": "a\r\nb: c"})

    assert [] == provider.requests
