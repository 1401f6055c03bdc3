"""Behaviour of urllib3 and requests.

Every test runs twice, the second time against a real server on loopback.
"""

import io
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from urllib3.util import Retry

from pypact.model.body import EMPTY_BODY, MISSING_BODY
from pypact.model.http import Response


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


def make_json_response(value, status=200, headers=()):
    lines = [("Content-Type", "application/json"), *headers]
    return make_response(status, json.dumps(value).encode(), lines)


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def pools():
    with urllib3.PoolManager() as pools:
        yield pools


def retrying(session, **options):
    session.mount(
        "http://", HTTPAdapter(max_retries=Retry(backoff_factor=0, **options))
    )


def lines_of(request, *without):
    return [
        (name, values)
        for name, values in request.headers.items()
        if name.lower() not in without
    ]


def test_requests_gets_json(provider, session):
    provider.script = [make_json_response({"id": 23})]
    found = session.get(f"{provider.base_url}/user", params={"id": "23"}, timeout=5)

    assert {"id": 23} == found.json()
    assert (200, "OK") == (found.status_code, found.reason)
    assert f"{provider.base_url}/user?id=23" == found.url
    assert ("23",) == provider.requests[0].query["id"]


def test_unknown_and_error_status_codes_arrive(provider, session):
    provider.script = [make_response(299), make_response(503, b"later")]
    first = session.get(provider.base_url, timeout=5)
    second = session.get(provider.base_url, timeout=5)

    assert 299 == first.status_code
    assert (503, "Service Unavailable", b"later") == (
        second.status_code,
        second.reason,
        second.content,
    )


def test_elapsed_is_set(provider, session):
    provider.script = [make_response()]

    assert session.get(provider.base_url, timeout=5).elapsed.total_seconds() > 0


def test_the_version_of_http_is_known(provider, pools):
    provider.script = [make_response()]

    assert 11 == pools.request("GET", provider.base_url, timeout=5).version


def test_requests_retries_on_a_status_code(provider, session):
    retrying(session, total=3, status_forcelist=[503])
    provider.script = [
        make_response(503),
        make_response(503),
        make_response(200, b"well"),
    ]
    found = session.get(provider.base_url, timeout=5)

    assert b"well" == found.content
    assert [503, 503] == [past.status for past in found.raw.retries.history]


def test_requests_gives_up_retrying(provider, session):
    retrying(session, total=2, status_forcelist=[503])
    provider.script = [make_response(503)]

    with pytest.raises(requests.exceptions.RetryError):
        session.get(provider.base_url, timeout=5)

    assert 3 == len(provider.requests)


def test_urllib3_retries_on_a_status_code(provider, pools):
    provider.script = [make_response(502), make_response(200, b"well")]
    found = pools.request(
        "GET",
        provider.base_url,
        retries=Retry(total=2, backoff_factor=0, status_forcelist=[502]),
    )

    assert b"well" == found.data
    assert [502] == [past.status for past in found.retries.history]


def test_requests_keeps_the_history_of_redirects(provider, session):
    provider.script = [
        make_response(302, headers=[("Location", "/b")]),
        make_response(200, b"here"),
    ]
    found = session.get(f"{provider.base_url}/a", timeout=5)

    assert f"{provider.base_url}/b" == found.url
    assert [302] == [past.status_code for past in found.history]


def test_a_303_turns_post_into_get(provider, session):
    provider.script = [
        make_response(303, headers=[("Location", "/b")]),
        make_response(200),
    ]
    session.post(f"{provider.base_url}/a", data=b"x", timeout=5)

    assert ["POST", "GET"] == [request.method for request in provider.requests]
    assert MISSING_BODY == provider.requests[1].body


def test_urllib3_follows_a_redirect(provider, pools):
    provider.script = [
        make_response(302, headers=[("Location", "/b")]),
        make_response(200, b"here"),
    ]
    found = pools.request("GET", f"{provider.base_url}/a")

    assert ("/b", b"here") == (found.geturl(), found.data)


def test_the_top_level_function_of_urllib3_is_intercepted(provider):
    provider.script = [make_response(200, b"here")]

    assert b"here" == urllib3.request("GET", provider.base_url).data


def test_unread_content_is_read_and_released(provider, pools):
    provider.script = [make_response(200, b"0123456789")]
    found = pools.request("GET", provider.base_url, preload_content=False)

    assert b"0123" == found.read(4)
    assert b"456789" == found.read()
    assert b"" == found.read()
    found.release_conn()
    assert found.connection is None


def test_read1_and_drain_work(provider, pools):
    provider.script = [make_response(200, b"0123456789")]
    found = pools.request("GET", provider.base_url, preload_content=False)

    assert b"0123" == found.read(4)
    found.drain_conn()
    assert found.connection is None


def test_content_streams_in_small_chunks(provider, session):
    provider.script = [make_response(200, b"0123456789")]
    found = session.get(provider.base_url, stream=True, timeout=5)

    assert [b"0123", b"4567", b"89"] == list(found.iter_content(4))


def test_lines_stream(provider, session):
    provider.script = [make_response(200, b"a\nb\nc")]
    found = session.get(provider.base_url, stream=True, timeout=5)

    assert [b"a", b"b", b"c"] == list(found.iter_lines())


def test_raw_is_read_and_streamed(provider, session):
    provider.script = [make_response(200, b"0123456789")]
    found = session.get(provider.base_url, stream=True, timeout=5)

    assert b"012" == found.raw.read(3)
    assert b"3456789" == b"".join(found.raw.stream(4))
    assert found.raw.closed


def test_a_text_wrapper_reads_raw(provider, pools):
    provider.script = [make_response(200, "ä\nb\n".encode())]
    found = pools.request("GET", provider.base_url, preload_content=False)
    found.auto_close = False

    assert ["ä\n", "b\n"] == list(io.TextIOWrapper(found, encoding="utf-8"))


def test_gzip_is_decoded_by_requests(provider, session):
    provider.script = [make_response(200, b"plain", [("Content-Encoding", "gzip")])]
    found = session.get(provider.base_url, timeout=5)

    assert b"plain" == found.content
    assert "gzip" == found.headers["Content-Encoding"]


def test_gzip_is_decoded_by_urllib3(provider, pools):
    provider.script = [make_response(200, b"plain", [("Content-Encoding", "gzip")])]

    assert b"plain" == pools.request("GET", provider.base_url).data


def test_gzip_stays_encoded_on_request(provider, pools):
    provider.script = [make_response(200, b"plain", [("Content-Encoding", "gzip")])]
    found = pools.request("GET", provider.base_url, decode_content=False)

    assert b"\x1f\x8b" == found.data[:2]


def test_a_response_with_a_chunked_header_is_streamed(provider, session):
    provider.script = [
        make_response(200, b"0123456789", [("Transfer-Encoding", "chunked")])
    ]
    found = session.get(provider.base_url, stream=True, timeout=5)

    assert b"0123456789" == b"".join(found.iter_content(4))


def test_cookies_stay_in_a_session(provider, session):
    provider.script = [
        make_response(200, headers=[("Set-Cookie", "a=1; Path=/")]),
        make_response(),
    ]
    session.get(provider.base_url, timeout=5)
    session.get(provider.base_url, timeout=5)

    assert "a=1" == provider.requests[1].headers.first("cookie")


def test_two_cookies_arrive(provider, session):
    lines = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
    provider.script = [make_response(200, headers=lines)]
    found = session.get(provider.base_url, timeout=5)

    assert {"a": "1", "b": "2"} == found.cookies.get_dict()
    assert ["a=1; Path=/", "b=2; Path=/"] == found.raw.headers.getlist("set-cookie")


def test_header_lines_of_one_name_are_joined(provider, session):
    lines = [("Vary", "Accept"), ("vary", "Origin"), ("Link", "<a>"), ("Link", "<b>")]
    provider.script = [make_response(200, headers=lines)]
    found = session.get(provider.base_url, timeout=5)

    assert ("Accept, Origin", "<a>, <b>") == (
        found.headers["Vary"],
        found.headers["link"],
    )


def test_files_are_uploaded_by_requests(provider, session):
    provider.script = [make_response()]
    session.post(provider.base_url, files={"f": ("a.txt", b"text")}, timeout=5)
    request = provider.requests[0]

    assert request.headers.first("content-type").startswith("multipart/form-data;")
    assert b'filename="a.txt"\r\n\r\ntext' in request.body.content


def test_fields_are_uploaded_by_urllib3(provider, pools):
    provider.script = [make_response()]
    pools.request("POST", provider.base_url, fields={"f": ("a.txt", b"text")})

    assert b'name="f"; filename="a.txt"' in provider.requests[0].body.content


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"bytes", b"bytes"),
        ("text ä", "text ä".encode()),
        (bytearray(b"array"), b"array"),
        (memoryview(b"view"), b"view"),
        (io.BytesIO(b"file"), b"file"),
        # urllib3 2.0 sends such a file in Latin-1, newer versions in UTF-8.
        (io.StringIO("text file"), b"text file"),
        ([b"a", "ä", b""], "aä".encode()),
        (b"", b""),
    ],
    ids=[
        "bytes",
        "str",
        "bytearray",
        "memoryview",
        "file",
        "text file",
        "list",
        "none",
    ],
)
def test_every_kind_of_body_is_read_whole(provider, pools, body, expected):
    if hasattr(body, "seek"):
        body.seek(0)
    provider.script = [make_response()]
    pools.request("POST", provider.base_url, body=body)

    assert expected == provider.requests[0].body.content


def test_a_generator_is_sent(provider, session):
    provider.script = [make_response()]
    session.post(provider.base_url, data=(c for c in [b"ab", b"", b"cd"]), timeout=5)

    assert b"abcd" == provider.requests[0].body.content
    assert ("chunked",) == provider.requests[0].headers["transfer-encoding"]


def test_a_file_is_sent_again_on_retry(provider, session):
    retrying(session, total=1, status_forcelist=[503], allowed_methods=None)
    provider.script = [make_response(503), make_response(200)]
    session.put(provider.base_url, data=io.BytesIO(b"content"), timeout=5)

    assert [b"content"] * 2 == [request.body.content for request in provider.requests]


def test_an_absent_body_is_missing_and_one_without_bytes_is_empty(provider, session):
    provider.script = [make_response()]
    session.get(provider.base_url, timeout=5)
    session.post(provider.base_url, timeout=5)
    session.get(provider.base_url, headers={"Content-Length": "0"}, timeout=5)

    assert [MISSING_BODY, EMPTY_BODY, EMPTY_BODY] == [
        request.body for request in provider.requests
    ]


def test_head_keeps_its_content_length(provider, session):
    provider.script = [make_response(200, headers=[("Content-Length", "1234")])]
    found = session.head(provider.base_url, timeout=5)

    assert ("1234", b"") == (found.headers["Content-Length"], found.content)


def test_the_response_to_head_has_no_body(provider, pools):
    provider.script = [make_response(200, b"body", [("Content-Length", "4")])]

    assert b"" == pools.request("HEAD", provider.base_url).data


@pytest.mark.parametrize("status", [204, 304])
def test_these_status_codes_have_no_body(provider, session, status):
    provider.script = [make_response(status, b"not sent")]
    found = session.get(provider.base_url, timeout=5)

    assert (status, b"") == (found.status_code, found.content)


@pytest.mark.parametrize("preload", [True, False])
def test_a_blocking_pool_of_one_gets_its_slot_back(provider, preload):
    provider.script = [
        make_response(200, b"0123456789"),
        make_response(204),
        make_response(200, b"end"),
    ]
    with urllib3.PoolManager(maxsize=1, block=True) as pools:
        for expected in [b"0123456789", b"", b"end"]:
            found = pools.request(
                "GET", provider.base_url, preload_content=preload, pool_timeout=2
            )

            content = found.data if preload else b"".join(found.stream(5))

            assert expected == content


def test_a_content_length_that_is_too_large_raises(provider, pools):
    response = make_response(
        200, b"short", [("Content-Length", "9"), ("Connection", "close")]
    )
    provider.script = [response]

    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        pools.request("GET", provider.base_url, retries=False, timeout=0.5)


def test_a_content_length_that_is_too_small_truncates_the_content(provider, pools):
    response = make_response(
        200, b"longer", [("Content-Length", "4"), ("Connection", "close")]
    )
    provider.script = [response]

    assert b"long" == pools.request("GET", provider.base_url, retries=False).data


def test_requests_sends_these_headers(provider, session):
    provider.script = [make_response()]
    session.headers = {"X-One": "1", "Accept": "text/plain", "X-Bytes": b"b\xe4"}
    session.post(provider.base_url, json={}, timeout=5)

    assert [
        ("Host", (provider.base_url.removeprefix("http://"),)),
        ("Accept-Encoding", ("identity",)),
        ("User-Agent", (f"python-urllib3/{urllib3.__version__}",)),
        ("X-One", ("1",)),
        ("Accept", ("text/plain",)),
        ("X-Bytes", ("bä",)),
        ("Content-Length", ("2",)),
        ("Content-Type", ("application/json",)),
    ] == lines_of(provider.requests[0])


def test_urllib3_sends_these_headers(provider, pools):
    provider.script = [make_response()]
    pools.request("PUT", provider.base_url, headers={"X-Number": 5}, body=b"abc")

    assert [
        ("Host", (provider.base_url.removeprefix("http://"),)),
        ("Accept-Encoding", ("identity",)),
        ("Content-Length", ("3",)),
        ("User-Agent", (f"python-urllib3/{urllib3.__version__}",)),
        ("X-Number", ("5",)),
    ] == lines_of(provider.requests[0])


def test_default_headers_may_be_replaced_or_skipped(provider, pools):
    provider.script = [make_response()]
    skipped = urllib3.util.SKIP_HEADER
    headers = urllib3.HTTPHeaderDict(
        {"Host": "other.test", "user-agent": skipped, "Accept-Encoding": skipped}
    )
    headers.add("X-Twice", "1")
    headers.add("X-Twice", "2")
    pools.request("GET", provider.base_url, headers=headers)
    request = provider.requests[0]

    assert [("Host", ("other.test",))] == lines_of(request, "x-twice")
    assert "1, 2" == ", ".join(request.headers["x-twice"])


def test_an_invalid_header_is_refused(provider, pools):
    provider.script = [make_response()]

    with pytest.raises(UnicodeEncodeError):
        pools.request("GET", provider.base_url, headers={"X": "€"})
    with pytest.raises(ValueError, match="Invalid header value"):
        pools.request("GET", provider.base_url, headers={"X": "a\nb"})
    with pytest.raises(ValueError, match="Invalid header name"):
        pools.request("GET", provider.base_url, headers={"X:Y": "a"})

    assert [] == provider.requests


def test_chunked_encoding_may_be_requested(provider, pools):
    provider.script = [make_response()]
    pools.request("POST", provider.base_url, body=b"abc", chunked=True)
    pools.request("POST", provider.base_url, chunked=True)

    assert [b"abc", b""] == [request.body.content for request in provider.requests]
    assert all(
        ("chunked",) == request.headers["transfer-encoding"]
        and "content-length" not in request.headers
        for request in provider.requests
    )


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("/a b/ü?q=ü x", "/a%20b/%C3%BC?q=%C3%BC%20x"),
        ("/p;x=1/../q", "/q"),
        ("/a%2Fb%7e", "/a%2Fb~"),
        ("/a#fragment", "/a"),
        ("//a", "//a"),
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("/a?", "/a"),
    ],
)
def test_the_target_arrives_as_it_is_sent(provider, session, sent, expected):
    provider.script = [make_response()]
    session.get(provider.base_url + sent, timeout=5)
    request = provider.requests[0]
    query = request.query.encoded()

    assert expected == request.path + ("?" if query else "") + query


def test_the_method_arrives_as_it_is_sent(provider, pools):
    provider.script = [make_response()]
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]:
        pools.request(method, provider.base_url)

    assert ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"] == [
        request.method for request in provider.requests
    ]


def test_digest_authentication_sends_again(provider, session):
    challenge = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
    provider.script = [
        make_response(401, headers=[("WWW-Authenticate", challenge)]),
        make_response(),
    ]
    found = session.get(provider.base_url, auth=HTTPDigestAuth("me", "pw"), timeout=5)

    assert (200, [401]) == (found.status_code, [p.status_code for p in found.history])
    assert provider.requests[1].headers.first("authorization").startswith("Digest ")


def test_sessions_and_responses_are_pickled(provider, session):
    provider.script = [make_json_response({"a": 1})]
    found = session.get(provider.base_url, timeout=5)
    again = pickle.loads(pickle.dumps(session)).get(provider.base_url, timeout=5)

    assert {"a": 1} == again.json() == pickle.loads(pickle.dumps(found)).json()


def test_a_custom_adapter_is_called(provider, session):
    class Counting(HTTPAdapter):
        count = 0

        def send(self, *args, **kwargs):
            self.count += 1
            return super().send(*args, **kwargs)

    adapter = Counting()
    session.mount("http://", adapter)
    provider.script = [make_response()]
    session.get(provider.base_url, timeout=5)

    assert 1 == adapter.count


def test_a_pool_with_a_custom_connection_class_is_intercepted(provider):
    class Connection(urllib3.connection.HTTPConnection):
        pass

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    provider.script = [make_response(200, b"here")]
    host, _, port = provider.base_url.removeprefix("http://").partition(":")
    with Pool(host, int(port or 80)) as pool:
        assert b"here" == pool.request("GET", "/").data


def test_twenty_threads_each_get_their_response(provider, session):
    provider.respond = lambda request: make_response(200, request.path.encode())
    barrier = threading.Barrier(20)

    def fetch(number):
        barrier.wait()
        return [
            session.get(f"{provider.base_url}/{number}/{turn}", timeout=5).text
            for turn in range(10)
        ]

    with ThreadPoolExecutor(20) as executor:
        found = list(executor.map(fetch, range(20)))

    assert [[f"/{n}/{turn}" for turn in range(10)] for n in range(20)] == found


def test_hooks_of_requests_and_prepared_requests_work(provider, session):
    provider.script = [make_response(200, b"here")]
    seen = []
    prepared = session.prepare_request(
        requests.Request(
            "GET", provider.base_url, hooks={"response": lambda r, **_: seen.append(r)}
        )
    )
    found = session.send(prepared, timeout=5)

    assert ([found], b"here") == (seen, found.content)


def test_a_total_timeout_is_accepted(provider, pools):
    provider.script = [make_response(200, b"here")]
    timeout = urllib3.Timeout(total=5)

    assert b"here" == pools.request("GET", provider.base_url, timeout=timeout).data
