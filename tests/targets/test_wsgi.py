"""The responses of WSGI applications.

Each point of docs/internals/verification.md, "WSGI rules", "WSGI fidelity", about
responses has an application here; valid applications also run under `wsgiref.validate`.
Points about the environ are in `test_environ`.
"""

import gc
import io
import logging
import sys
import threading
import time
import types
from wsgiref.validate import validator

import pytest

from pypact.errors import ProviderProtocolError
from pypact.model.http import Request
from pypact.targets import WsgiTarget, watch, wsgi
from tests.support.exceptions import Custom, Mute

PLAIN = [("Content-Type", "text/plain")]


def send(app, method="GET", **settings):
    target = WsgiTarget(app, **settings)
    try:
        return target.send(Request(method=method))
    finally:
        target.close()  # no report of a slow call may come later


def valid(app, method="GET"):
    """Send to a valid application; the validator must not change the response."""
    response = send(app, method)
    checked = send(validator(app), method)

    assert response[:4] == checked[:4]
    assert response.warnings == checked.warnings
    assert repr(response.exception) == repr(checked.exception)
    return response


class Body:
    """A response body that counts how often it is closed."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.closed = 0

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self):
        self.closed += 1


def test_status_reason_headers_and_body_are_returned():
    def app(environ, start_response):
        start_response("201 Made It", [*PLAIN, ("X-A", "1")])
        return [b"a", b"", b"b"]

    response = valid(app)

    assert (201, "Made It", b"ab") == (response.status, response.reason, response.body)
    assert (("Content-Type", "text/plain"), ("X-A", "1")) == response.headers
    assert response.exception is None


def test_two_cookies_are_two_header_lines():
    cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, *cookies])
        return [b""]

    response = valid(app)

    assert tuple(cookies) == response.headers[1:]
    assert ("a=1", "b=2") == response.to_response().headers["set-cookie"]


def test_an_empty_body_is_a_complete_response():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return []

    assert (200, b"") == valid(app)[0:4:3]


def test_the_body_may_be_a_generator_that_starts_the_response_late():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b"late"

    assert b"late" == valid(app).body


def test_the_response_may_start_after_an_empty_first_chunk():
    def app(environ, start_response):
        yield b""
        start_response("200 OK", PLAIN)
        yield b"late"

    assert (200, b"late") == send(app)[0:4:3]


def test_headers_may_be_added_until_the_first_chunk_of_the_body():
    def app(environ, start_response):
        headers = list(PLAIN)
        start_response("200 OK", headers)
        headers.append(("X-Before", "1"))
        yield b""
        headers.append(("X-Still", "1"))
        yield b"a"
        headers.append(("X-Late", "1"))
        yield b"b"

    names = [name for name, _ in valid(app).headers]

    assert ["Content-Type", "X-Before", "X-Still"] == names


def test_written_data_come_before_the_returned_body():
    def app(environ, start_response):
        write = start_response("200 OK", PLAIN)
        write(b"first ")
        write(b"second ")
        return [b"third"]

    assert b"first second third" == valid(app).body


def test_a_body_is_closed_once():
    body = Body(b"a")

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return body

    assert b"a" == send(app).body
    assert 1 == body.closed
    assert b"a" == valid(app).body
    assert 3 == body.closed


@pytest.mark.parametrize("pieces", [(ValueError("no"),), (b"a", ValueError("no"))])
def test_a_body_is_closed_once_when_it_fails(pieces):
    body = Body(*pieces)

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return body

    response = send(app)

    assert 1 == body.closed
    assert response.status is None
    assert "no" == str(response.exception)


def test_a_body_is_closed_when_it_violates_the_protocol():
    body = Body("text")

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return body

    send(app)

    assert 1 == body.closed


def test_an_error_in_close_is_returned_with_the_response():
    class Bad(Body):
        def close(self):
            raise OSError("disk")

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return Bad(b"a")

    response = send(app)

    assert (200, b"a") == (response.status, response.body)
    assert ("close() of the body raised OSError: disk",) == response.warnings
    assert "disk" == str(response.exception)


def test_an_exception_is_kept_with_the_frames_of_the_application_only():
    def app(environ, start_response):
        raise KeyError("email")

    response = send(app)

    assert response.status is None
    assert "KeyError('email')" == repr(response.exception)
    assert "app" == response.exception.__traceback__.tb_frame.f_code.co_name


def test_an_exception_after_data_notes_the_data_sent():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b"abc"
        raise ValueError("late")

    response = send(app)

    assert response.status is None
    assert ("the response had begun: 200 OK, 3 bytes of body",) == response.warnings


def test_an_application_that_exits_does_not_end_the_run():
    def app(environ, start_response):
        raise SystemExit(3)

    assert "SystemExit(3)" == repr(send(app).exception)


def test_an_interrupt_is_not_kept():
    def app(environ, start_response):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(app)


def view():
    raise ValueError("view")


def failing(environ, start_response):
    """Begin a response, fail, and begin another one, as in PEP 3333."""
    start_response("200 OK", [*PLAIN, ("X-A", "1")])
    try:
        view()
    except ValueError:
        start_response("500 Oops", PLAIN, sys.exc_info())
    return [b"sorry"]


def test_exc_info_before_data_replaces_the_response():
    response = valid(failing)

    assert (500, "Oops") == (response.status, response.reason)
    assert (("Content-Type", "text/plain"),) == response.headers


def test_the_exception_of_exc_info_is_kept_with_the_response():
    assert "view" == str(send(failing).exception)


def test_exc_info_after_data_raises_the_exception_again():
    def app(environ, start_response):
        write = start_response("200 OK", PLAIN)
        write(b"data")
        try:
            view()
        except ValueError:
            start_response("500 Oops", PLAIN, sys.exc_info())
        return [b"never"]

    response = send(app)

    assert response.status is None
    assert "view" == str(response.exception)


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("HEAD", "200 OK"),
        ("GET", "204 No Content"),
        ("GET", "304 Not Modified"),
        ("GET", "101 Switching Protocols"),
    ],
)
def test_a_body_where_none_is_allowed_is_dropped(method, status):
    def app(environ, start_response):
        start_response(status, PLAIN if status[:3] not in ("204", "304") else [])
        return [b"body"]

    assert b"" == valid(app, method).body


def test_a_head_response_keeps_its_length():
    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Length", "500")])
        return []

    response = valid(app, "HEAD")

    assert ("Content-Length", "500") in response.headers
    assert () == response.warnings


@pytest.mark.parametrize("code", [204, 304])
def test_a_body_where_none_is_allowed_adds_a_warning(code):
    def app(environ, start_response):
        start_response(f"{code} Nothing", [])
        return [b"body"]

    assert (f"a {code} response must not have a body, but it has 4 bytes",) == valid(
        app
    ).warnings


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("2", "Content-Length is 2, but the body has 3 bytes"),
        ("5", "Content-Length is 5, but the body has 3 bytes"),
        ("9" * 5000, "but the body has 3 bytes"),
        ("abc", "Content-Length is 'abc', not a number"),
        ("-1", "Content-Length is '-1', not a number"),
        ("+3", "Content-Length is '+3', not a number"),
        ("3, 3", "Content-Length is '3, 3', not a number"),
        ("", "Content-Length is '', not a number"),
    ],
)
def test_a_wrong_content_length_is_a_violation(declared, problem):
    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, ("content-length", declared)])
        return [b"abc"]

    response = send(app)

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)
    assert problem in str(response.exception)
    assert (declared.isdecimal()) == (200 == send(app, "HEAD").status)


def test_a_content_length_with_zeros_is_valid():
    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, ("content-length", "0" * 30 + "3")])
        return [b"abc"]

    assert b"abc" == send(app).body


def test_a_status_without_reason_adds_a_warning():
    def app(environ, start_response):
        start_response("200", PLAIN)
        return [b""]

    response = send(app)

    assert (200, "") == (response.status, response.reason)
    assert ("the status '200' has no reason phrase",) == response.warnings


def test_a_redirect_is_not_followed():
    calls = []

    def app(environ, start_response):
        calls.append(environ["PATH_INFO"])
        start_response("302 Found", [*PLAIN, ("Location", "/elsewhere")])
        return [b""]

    assert 302 == send(app).status
    assert ["/"] == calls
    assert 302 == valid(app).status


def test_a_cookie_is_not_sent_back():
    seen = []

    def app(environ, start_response):
        seen.append(environ.get("HTTP_COOKIE"))
        start_response("200 OK", [*PLAIN, ("Set-Cookie", "sid=1; Path=/")])
        return [b""]

    target = WsgiTarget(app)
    for _ in range(2):
        assert 200 == target.send(Request()).status
    assert [None, None] == seen
    assert 200 == valid(app).status


def test_a_file_is_read_like_any_other_body():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        file = io.BytesIO(b"of a file")
        wrap = environ.get("wsgi.file_wrapper", lambda file: iter(file.readline, b""))
        return wrap(file)

    assert b"of a file" == valid(app).body


def test_patches_of_the_test_apply_to_the_application(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 86400.0)
    local = threading.local()
    local.name = "of the test"

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return [f"{time.time():g} {local.name}".encode()]

    assert b"86400 of the test" == valid(app).body


def test_compressed_bodies_are_not_decoded():
    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Encoding", "gzip")])
        return [b"\x1f\x8bno gzip"]

    assert b"\x1f\x8bno gzip" == valid(app).body


def test_the_error_stream_of_the_application_is_kept():
    def app(environ, start_response):
        errors = environ["wsgi.errors"]
        errors.write("one ")
        errors.writelines(["two ", "thrée"])
        errors.flush()
        start_response("200 OK", PLAIN)
        return [b""]

    assert "one two thrée" == valid(app).errors


def test_the_application_runs_in_the_callers_thread():
    threads = []

    def app(environ, start_response):
        threads.append(threading.current_thread())
        start_response("200 OK", PLAIN)
        return [b""]

    send(app)

    assert [threading.current_thread()] == threads


def with_start(status="200 OK", headers=PLAIN, body=(b"",)):
    def app(environ, start_response):
        start_response(status, headers)
        return body

    return app


def never_starting(environ, start_response):
    return [b"data"]


def starting_twice(environ, start_response):
    start_response("200 OK", PLAIN)
    start_response("201 Created", PLAIN)
    return [b""]


def writing_text(environ, start_response):
    start_response("200 OK", PLAIN)("text")
    return [b""]


async def asynchronous(environ, start_response):
    return [b""]


@pytest.mark.parametrize(
    ("app", "named"),
    [
        (with_start(status=b"200 OK"), "b'200 OK' (bytes)"),
        (with_start(status=200), "200 (int)"),
        (with_start(status="OK"), "'OK'"),
        (with_start(status="2000 OK"), "'2000 OK'"),
        (with_start(status="200 OK\r\nX: 1"), r"'200 OK\r\nX: 1'"),
        (with_start(headers=tuple(PLAIN)), "(('Content-Type', 'text/plain'),)"),
        (with_start(headers=[["X-A", "1"]]), "['X-A', '1']"),
        (with_start(headers=[("X-A", "1", "2")]), "('X-A', '1', '2')"),
        (with_start(headers=[(b"X-A", "1")]), "b'X-A'"),
        (with_start(headers=[("X A", "1")]), "'X A'"),
        (with_start(headers=[("X-A:", "1")]), "'X-A:'"),
        (with_start(headers=[("X-A", 1)]), "1 (int)"),
        (with_start(headers=[("X-A", b"1")]), "b'1' (bytes)"),
        (with_start(headers=[("X-A", "1\r\nX-B: 2")]), r"'1\r\nX-B: 2'"),
        (with_start(headers=[("X-A", "1\n")]), r"'1\n'"),
        (with_start(headers=[("X-A", "\u2603")]), "'\u2603'"),
        (with_start(body=["text"]), "'text' (str)"),
        (with_start(body=[b"a", 7]), "7 (int)"),
        (with_start(body="text"), "'text'"),
        (with_start(body=b"bytes"), "b'bytes'"),
        (with_start(body=None), "None (NoneType)"),
        (never_starting, "did not call start_response"),
        (starting_twice, "'201 Created'"),
        (writing_text, "'text' (str)"),
        (asynchronous, "(coroutine)"),
    ],
)
def test_a_violation_of_wsgi_is_reported_with_the_value(app, named):
    response = send(app)

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)
    assert named in str(response.exception)


def test_a_violation_that_the_application_swallows_is_reported():
    def app(environ, start_response):
        try:
            start_response("200 OK", [("X-A", 1)])
            start_response("200 OK", PLAIN)
        except ProviderProtocolError:
            logging.getLogger("app").debug("swallowed")
        return [b""]

    response = send(app)

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)


def test_strict_adds_the_checks_of_the_standard_library():
    def app(environ, start_response):
        start_response("204 No Content", PLAIN)
        return []

    assert 204 == send(app).status
    refused = send(app, strict=True).exception

    assert isinstance(refused, ProviderProtocolError)
    assert "wsgiref.validate: Content-Type header found in a 204" in str(refused)


def test_strict_leaves_the_applications_own_assertions_alone():
    def app(environ, start_response):
        raise AssertionError("mine")

    assert "AssertionError('mine')" == repr(send(app, strict=True).exception)


def test_a_response_without_status_cannot_be_compared():
    with pytest.raises(ValueError, match="no complete response"):
        send(never_starting).to_response()


class Endless(Body):
    def __iter__(self):
        while True:
            yield b"tick "


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"max_body": 12}, "the response was cut off after 12 bytes; it had 15 bytes"),
        ({"timeout": 0.0}, "the response was cut off after 0 s; it had "),
    ],
    ids=["bytes", "seconds"],
)
def test_an_endless_body_is_cut_off_and_closed(bounds, message):
    body = Endless()

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return body

    response = send(app, **bounds)

    assert (200, b"tick ") == (response.status, response.body[:5])
    assert response.warnings[0].startswith(message)
    assert 1 == body.closed


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"max_body": 12}, "the response was cut off after 12 bytes; it had 15 bytes"),
        ({"timeout": 0.0}, "the response was cut off after 0 s; it had "),
    ],
)
@pytest.mark.parametrize("swallows", [False, True])
def test_an_endless_written_body_is_cut_off(bounds, message, swallows):
    body = Body(b"not read")

    def app(environ, start_response):
        write = start_response("200 OK", PLAIN)
        try:
            while True:
                write(b"tick ")
        except OSError:
            if not swallows:
                raise
        return body

    response = send(app, **bounds)

    assert (200, b"tick ") == (response.status, response.body[:5])
    assert b"not read" not in response.body
    assert response.exception is None
    assert response.warnings[0].startswith(message)
    assert swallows == body.closed


def test_endless_empty_chunks_are_cut_off_with_the_headers_kept():
    def app(environ, start_response):
        write = start_response("200 OK", PLAIN)
        while True:
            write(b"")

    response = send(app, timeout=0.0)

    assert (200, tuple(PLAIN), b"") == (
        response.status,
        response.headers,
        response.body,
    )


def test_a_head_response_that_is_cut_off_has_no_body():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return Endless()

    response = send(app, "HEAD", max_body=12)

    assert (200, b"") == (response.status, response.body)
    assert response.warnings[0].startswith("the response was cut off after 12 bytes")


@pytest.mark.parametrize("kind", [GeneratorExit, SystemExit, Custom, Mute, MemoryError])
def test_any_exception_of_the_application_is_returned(kind):
    def app(environ, start_response):
        raise kind

    def app_that_fails_late(environ, start_response):
        class Bad(Body):
            def close(self):
                raise kind

        start_response("200 OK", PLAIN)
        return Bad(b"a")

    assert isinstance(send(app).exception, kind)
    [warning] = send(app_that_fails_late).warnings
    assert warning.startswith(f"close() of the body raised {kind.__name__}")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, pytest.skip.Exception])
def test_an_exception_of_the_caller_propagates(kind):
    def app(environ, start_response):
        raise kind

    with pytest.raises(kind):
        send(app)


class Flushed(io.StringIO):
    """A stream with an event that is set when it is flushed."""

    def __init__(self):
        super().__init__()
        self.event = threading.Event()

    def flush(self):
        self.event.set()


class TestHangs:
    def test_a_hanging_application_is_reported_with_its_line(self, monkeypatch):
        clock = types.SimpleNamespace(now=0.0)
        clock.monotonic = lambda: clock.now
        monkeypatch.setattr(watch, "time", clock)
        monkeypatch.setattr(sys, "stderr", Flushed())

        def hang():
            clock.now += 9
            assert sys.stderr.event.wait(60)
            time.sleep(0.05)  # a second report would come meanwhile

        def app(environ, start_response):
            hang()  # the line that is shown
            start_response("200 OK", PLAIN)
            return [b""]

        target = WsgiTarget(app, timeout=0.01)
        response = target.send(Request(method="GET", path="/slow"))
        target.close()
        shown = sys.stderr.getvalue()

        assert response.status is None
        assert isinstance(response.exception, ProviderProtocolError)
        assert "the limit is 0.01 s (`timeout`)" in str(response.exception)
        assert "for 9.0 s since it received GET /slow; it is here" in shown
        assert "the line that is shown" in shown
        assert 1 == shown.count("it is here")

    @pytest.mark.parametrize("is_enabled", [True, False])
    def test_no_garbage_is_collected_while_the_line_is_found(
        self, monkeypatch, is_enabled
    ):
        """Otherwise some versions of Python hang, holding the GIL."""
        during = []
        monkeypatch.setattr(sys, "stderr", Flushed())
        monkeypatch.setattr(
            sys, "_current_frames", lambda: during.append(gc.isenabled()) or {}
        )

        def app(environ, start_response):
            assert sys.stderr.event.wait(60)
            start_response("200 OK", PLAIN)
            return [b""]

        before = gc.isenabled()
        (gc.enable if is_enabled else gc.disable)()
        try:
            send(app, timeout=0.01)
            after = gc.isenabled()
        finally:
            (gc.enable if before else gc.disable)()

        assert [False] == during
        assert is_enabled == after

    @pytest.mark.parametrize("pause", [0.5, 2.0])
    def test_a_hang_between_two_chunks_is_a_violation(self, monkeypatch, pause):
        clock = types.SimpleNamespace(now=1.0)
        clock.monotonic = lambda: clock.now
        monkeypatch.setattr(wsgi, "time", clock)
        monkeypatch.setattr(watch, "time", clock)

        def app(environ, start_response):
            start_response("200 OK", PLAIN)
            for _ in range(9):
                yield b"a"
                clock.now += pause

        response = send(app, timeout=1.0)

        if pause > 1.0:
            assert "took 2.0 s; the limit is 1 s (`timeout`)" in str(response.exception)
        else:
            assert ("the response was cut off after 1 s; it had 4 bytes",) == (
                response.warnings
            )

    def test_a_quick_application_is_not_reported(self, capsys):
        target = WsgiTarget(lambda _, start: start("200 OK", []) and [b""], timeout=5)
        for _ in range(3):
            assert 200 == target.send(Request()).status
        target.close()

        assert "" == capsys.readouterr().err

    def test_the_thread_ends_with_the_target(self):
        target = WsgiTarget(lambda _, start: start("200 OK", []) and [b""])
        for _ in range(2):
            before = set(threading.enumerate())
            target.send(Request())
            (watch,) = set(threading.enumerate()) - before
            assert "pypact-watch" == watch.name
            target.close()
            assert not watch.is_alive()
