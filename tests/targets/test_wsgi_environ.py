"""The WSGI environ of requests."""

import contextvars
import warnings
from wsgiref.validate import validator

import pytest

from pypact.model.body import Body
from pypact.model.http import Headers, Query, Request
from pypact.targets import WsgiTarget


class Recorder:
    """A valid application that keeps the environ and the request body."""

    def __init__(self):
        self.environ = {}
        self.body = b""

    def __call__(self, environ, start_response):
        self.environ = environ
        if environ.get("CONTENT_LENGTH"):
            self.body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]


def seen(method="GET", target="/", headers=(), body=None, **settings):
    """Send a request, also through the validator, and return the environ."""
    app = Recorder()
    request = Request.from_http(method, target, headers, body)
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert WsgiTarget(validator(app), **settings).send(request).status == 200

    assert WsgiTarget(app, **settings).send(request).status == 200
    return app.environ


def test_a_bare_request_adds_nothing_but_the_host():
    environ = seen(target="/users")

    assert {"HTTP_HOST": "localhost"} == {
        key: value for key, value in environ.items() if key.startswith("HTTP_")
    }
    assert "CONTENT_TYPE" not in environ
    assert "CONTENT_LENGTH" not in environ


def test_the_environ_is_a_plain_dict_of_plain_strings():
    environ = seen("POST", "/a?b=c", [("X-A", "1")], b"x")

    assert type(environ) is dict
    assert {str} == {
        type(value) for key, value in environ.items() if not key.startswith("wsgi.")
    }


def test_the_server_is_described():
    environ = seen(target="/users")

    assert "localhost" == environ["SERVER_NAME"]
    assert "80" == environ["SERVER_PORT"]
    assert "HTTP/1.1" == environ["SERVER_PROTOCOL"]
    assert "127.0.0.1" == environ["REMOTE_ADDR"]
    assert (1, 0) == environ["wsgi.version"]
    assert "http" == environ["wsgi.url_scheme"]
    assert [False] * 3 == [
        environ[f"wsgi.{name}"] for name in ("multithread", "multiprocess", "run_once")
    ]
    assert "wsgi.file_wrapper" not in environ


@pytest.mark.parametrize(
    ("target", "path_info"),
    [
        ("/users", "/users"),
        ("/", "/"),
        ("/users/caf%C3%A9", "/users/caf\xc3\xa9"),
        ("/users/café", "/users/caf\xc3\xa9"),
        ("/caf%E9", "/caf\xe9"),
        ("/a%2Fb", "/a/b"),
        ("/a%20b+c", "/a b+c"),
        ("/a b", "/a b"),
        ("/100%", "/100%"),
        ("//a/b", "//a/b"),
        ("/a/../b/./c", "/a/../b/./c"),
        ("/a;v=1/b", "/a;v=1/b"),
    ],
)
def test_the_path_is_decoded_only_to_bytes(target, path_info):
    assert path_info == seen(target=target)["PATH_INFO"]


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/a%2Fb?x=%2F", "/a%2Fb?x=%2F"),
        ("/users/café", "/users/caf%C3%A9"),
        ("/a b", "/a%20b"),
        ("/a#b", "/a%23b"),
        ("/{id}/<b>", "/%7Bid%7D/%3Cb%3E"),
        ('/"^`|\\', "/%22%5E%60%7C%5C"),
        ("/a[0]:@!$&'()*+,;=~%zz", "/a[0]:@!$&'()*+,;=~%zz"),
        ("/users", "/users"),
    ],
)
def test_the_request_target_is_kept_unchanged(target, sent):
    environ = seen(target=target)

    assert sent == environ["REQUEST_URI"]
    assert sent == environ["RAW_URI"]


def test_a_question_mark_in_the_path_does_not_begin_a_query():
    app = Recorder()
    WsgiTarget(app).send(Request(path="/what?"))

    assert "/what?" == app.environ["PATH_INFO"]
    assert "/what%3F" == app.environ["REQUEST_URI"]
    assert "" == app.environ["QUERY_STRING"]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("id=1&id=2&a", "id=1&id=2&a"),
        ("b=%2f&a=+x%20y", "b=%2f&a=+x%20y"),
        ("z=1&a=2", "z=1&a=2"),
        ("name=café", "name=caf%C3%A9"),
        ('q={"a":[1]}|^`<>', "q=%7B%22a%22:[1]%7D%7C%5E%60%3C%3E"),
        ("a=?&b=/", "a=?&b=/"),
        ("", ""),
    ],
)
def test_the_query_is_sent_as_given(query, sent):
    assert sent == seen(target=f"/?{query}")["QUERY_STRING"]


def test_a_query_of_names_and_values_is_written_in_their_order():
    app = Recorder()
    query = Query([("z", ("1", "a b")), ("a", ("+&",))])
    WsgiTarget(app).send(Request(query=query))

    assert "z=1&z=a%20b&a=%2B%26" == app.environ["QUERY_STRING"]


def test_a_mount_point_is_the_script_name():
    environ = seen(target="/users?a=b", mount="/api/")

    assert "/api" == environ["SCRIPT_NAME"]
    assert "/users" == environ["PATH_INFO"]
    assert "/api/users?a=b" == environ["REQUEST_URI"]


def test_without_a_mount_point_the_script_name_is_empty():
    assert "" == seen()["SCRIPT_NAME"]


def test_the_host_can_be_chosen():
    environ = seen(host="testserver:8080")

    assert "testserver:8080" == environ["HTTP_HOST"]
    assert ("testserver", "8080") == (environ["SERVER_NAME"], environ["SERVER_PORT"])


def test_the_host_of_the_request_is_kept():
    assert "api.example.com" == seen(headers=[("Host", "api.example.com")])["HTTP_HOST"]


def test_headers_become_variables():
    environ = seen(headers=[("x-request-id", "7"), ("Accept", "text/html")])

    assert "7" == environ["HTTP_X_REQUEST_ID"]
    assert "text/html" == environ["HTTP_ACCEPT"]


def test_content_type_and_length_are_not_duplicated():
    headers = [("Content-Type", "application/json"), ("Content-Length", "2")]
    environ = seen("POST", "/", headers, b"{}")

    assert "application/json" == environ["CONTENT_TYPE"]
    assert "2" == environ["CONTENT_LENGTH"]
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_repeated_header_is_joined_with_commas():
    assert "1, 2" == seen(headers=[("X-A", "1"), ("x-a", "2")])["HTTP_X_A"]


def test_repeated_cookies_are_joined_with_semicolons():
    headers = [("Cookie", "a=1"), ("Cookie", "b=2")]

    assert "a=1; b=2" == seen(headers=headers)["HTTP_COOKIE"]


def test_a_header_without_values_is_not_sent():
    app = Recorder()
    WsgiTarget(app).send(Request(headers=Headers([("X-A", ())])))

    assert "HTTP_X_A" not in app.environ


@pytest.mark.parametrize(
    ("value", "sent"), [("caf\xe9", "caf\xc3\xa9"), ("\u2603", "\xe2\x98\x83")]
)
def test_a_header_beyond_ascii_is_sent_as_utf_8(value, sent):
    assert sent == seen(headers=[("X-A", value)])["HTTP_X_A"]


def test_a_body_has_its_length_as_a_string():
    assert "3" == seen("POST", "/", (), b"abc")["CONTENT_LENGTH"]


def test_a_body_is_sent_with_any_method():
    app = Recorder()
    WsgiTarget(app).send(Request.from_http("GET", "/", (), b"abc"))

    assert b"abc" == app.body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_methods_with_bodies_send_length_zero_for_no_body(method):
    assert "0" == seen(method)["CONTENT_LENGTH"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_methods_without_bodies_send_no_length(method):
    assert "CONTENT_LENGTH" not in seen(method)


def test_a_wrong_length_in_the_contract_is_corrected():
    headers = [("Content-Length", "99")]

    assert "3" == seen("POST", "/", headers, b"abc")["CONTENT_LENGTH"]
    assert "0" == seen("GET", "/", headers)["CONTENT_LENGTH"]


def test_a_chunked_request_ends_where_its_input_ends():
    environ = seen("POST", "/", [("Transfer-Encoding", "chunked")], b"abc")

    assert "chunked" == environ["HTTP_TRANSFER_ENCODING"]
    assert environ["wsgi.input_terminated"] is True
    assert "CONTENT_LENGTH" not in environ


def test_the_input_is_a_file_that_ends():
    def app(environ, start_response):
        source = environ["wsgi.input"]
        parts = [source.read(2), source.readline(), source.readlines(), source.read()]
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [repr(parts).encode()]

    request = Request(method="POST", body=Body.of(b"abc\nd\ne"))

    assert (
        b"[b'ab', b'c\\n', [b'd\\n', b'e'], b'']" == WsgiTarget(app).send(request).body
    )


def test_requests_do_not_share_an_environ():
    app = Recorder()
    target = WsgiTarget(app)
    target.send(Request.from_http("POST", "/", [("X-A", "1")], b"abc"))
    target.send(Request())

    assert "HTTP_X_A" not in app.environ
    assert "CONTENT_LENGTH" not in app.environ


def test_entries_can_be_added_to_the_environ():
    environ = seen(environ_extra={"REMOTE_USER": "ann"})

    assert "ann" == environ["REMOTE_USER"]


def test_the_scheme_can_be_chosen():
    environ = seen(scheme="https", host="users.test")

    assert ("https", "443") == (environ["wsgi.url_scheme"], environ["SERVER_PORT"])


def test_the_application_sees_the_context_variables_of_the_caller():
    variable = contextvars.ContextVar("of_the_test")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [variable.get().encode()]

    variable.set("set by the test")

    assert b"set by the test" == WsgiTarget(app).send(Request()).body
