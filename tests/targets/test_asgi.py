"""Requests to an ASGI application, and its responses."""

import asyncio
import contextlib
import contextvars
import threading
import types

import pytest

from pypact.errors import BlockMisuse, InvalidExpectation, ProviderProtocolError
from pypact.model.http import Request
from pypact.targets import AsgiTarget
from pypact.targets import asgi as asgi_target

PLAIN = [(b"content-type", b"text/plain")]


def request(method="GET", target="/", headers=(), body=None):
    return Request.from_http(method, target, headers, body)


HEAD = "Traceback (most recent call last):"


def call(app, method="GET", target="/", headers=(), body=None, **settings):
    """Send one request to an application, then stop it."""
    asgi = AsgiTarget(app, **settings)
    try:
        return asgi.send(request(method, target, headers, body))
    finally:
        asgi.close()


def http_only(app):
    """Reject the lifespan, as applications without lifespan support do."""

    async def checked(scope, receive, send):
        if scope["type"] != "http":
            raise ValueError("only http")
        await app(scope, receive, send)

    return checked


async def start(send, status=200, headers=PLAIN):
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def end(send, body=b"", *, more=False):
    await send({"type": "http.response.body", "body": body, "more_body": more})


class Recorder:
    """An application that keeps scopes and received events, and responds with 200."""

    def __init__(self):
        self.scopes = []
        self.events = []

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise ValueError("only http")
        self.scopes.append(scope)
        self.events.append(await receive())
        await start(send)
        await end(send, b"ok")


def seen(*arguments, **more):
    app = Recorder()

    assert 200 == call(app, *arguments, **more).status
    return app.scopes[0]


def test_a_bare_request_has_a_host_and_nothing_else():
    scope = seen(target="/users")

    assert [(b"host", b"localhost")] == scope["headers"]
    assert ("GET", "/users", b"/users", b"") == (
        scope["method"],
        scope["path"],
        scope["raw_path"],
        scope["query_string"],
    )


def test_the_scope_describes_protocol_and_server():
    scope = seen()

    assert ("http", "1.1", "http", "") == (
        scope["type"],
        scope["http_version"],
        scope["scheme"],
        scope["root_path"],
    )
    assert {"version": "3.0", "spec_version": "2.5"} == scope["asgi"]
    assert ("localhost", 80) == scope["server"]
    assert "127.0.0.1" == scope["client"][0]
    assert {} == scope["extensions"]


@pytest.mark.parametrize(
    ("target", "path", "raw"),
    [
        ("/users/caf%C3%A9", "/users/café", b"/users/caf%C3%A9"),
        ("/users/café", "/users/café", b"/users/caf%C3%A9"),
        ("/a%2Fb", "/a/b", b"/a%2Fb"),
        ("//a/../b", "//a/../b", b"//a/../b"),
        ("/a+b", "/a+b", b"/a+b"),
    ],
)
def test_the_path_is_decoded_once_and_not_normalised(target, path, raw):
    scope = seen(target=target)

    assert (path, raw) == (scope["path"], scope["raw_path"])


@pytest.mark.parametrize("query", ["a=1&a=2&b=%C3%A9", "x=a+b&y=a%20b", "q", "a=%2F"])
def test_the_query_is_sent_unchanged(query):
    assert query.encode() == seen(target=f"/?{query}")["query_string"]


def test_header_names_are_lower_case_bytes_and_values_are_joined():
    headers = seen(headers=[("X-A", "1"), ("Accept", "a"), ("accept", "b")])["headers"]

    assert [(b"host", b"localhost"), (b"x-a", b"1"), (b"accept", b"a, b")] == headers


def test_cookies_are_joined_by_semicolons():
    headers = seen(headers=[("Cookie", "a=1"), ("Cookie", "b=2")])["headers"]

    assert (b"cookie", b"a=1; b=2") in headers


def test_the_host_of_the_contract_replaces_the_default():
    assert [(b"host", b"shop")] == seen(headers=[("Host", "shop")])["headers"]


@pytest.mark.parametrize(
    ("method", "body", "lengths"),
    [("POST", b"abc", [b"3"]), ("PUT", None, [b"0"]), ("GET", None, [])],
)
def test_a_body_has_its_length(method, body, lengths):
    headers = seen(method, body=body)["headers"]

    assert lengths == [value for name, value in headers if name == b"content-length"]


def test_a_chunked_body_has_no_length():
    headers = seen("POST", headers=[("Transfer-Encoding", "chunked")], body=b"a")

    assert b"content-length" not in dict(headers["headers"])


def test_the_body_is_one_whole_event():
    app = Recorder()
    call(app, "POST", body=b"abc")

    assert [{"type": "http.request", "body": b"abc", "more_body": False}] == app.events


def test_a_mount_is_the_root_path_and_part_of_the_path():
    scope = seen(target="/users", mount="/api/")

    assert ("/api", "/api/users") == (scope["root_path"], scope["path"])


def test_entries_can_be_added_to_the_scope():
    assert "ann" == seen(scope_extra={"user": "ann"})["user"]


def test_status_headers_and_body_are_returned():
    @http_only
    async def app(scope, receive, send):
        await start(send, 201, [*PLAIN, [b"Set-Cookie", b"a=1"], (b"set-cookie", b"b")])
        await end(send, b"a", more=True)
        await end(send, b"b")

    response = call(app)

    assert (201, "Created", b"ab") == (response.status, response.reason, response.body)
    assert (
        ("content-type", "text/plain"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b"),
    ) == response.headers
    assert response.exception is None


def test_receive_blocks_until_the_response_is_complete():
    """Starlette would stream nothing if a disconnect were reported at once."""
    order = []

    @http_only
    async def app(scope, receive, send):
        await receive()
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0.01)
        order.append(waiting.done())
        await start(send)
        await end(send, b"part", more=True)
        order.append(waiting.done())
        await end(send, b"end")
        order.append((await waiting)["type"])

    assert b"partend" == call(app).body
    assert [False, False, "http.disconnect"] == order


def test_background_work_is_done_before_the_next_request():
    done = []

    @http_only
    async def app(scope, receive, send):
        await start(send)
        await end(send, str(len(done)).encode())
        await asyncio.sleep(0.01)
        done.append(1)

    target = AsgiTarget(app)
    try:
        assert [b"0", b"1"] == [target.send(request()).body for _ in range(2)]
    finally:
        target.close()


def test_a_task_left_running_stays_in_the_loop_and_is_cancelled_at_the_end():
    fates = []

    async def forever():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            fates.append("cancelled")
            raise

    tasks = []

    @http_only
    async def app(scope, receive, send):
        if not tasks:
            tasks.append(asyncio.ensure_future(forever()))
            await asyncio.sleep(0)
        await start(send)
        await end(send, str(tasks[0].done()).encode())

    target = AsgiTarget(app)
    assert [b"False", b"False"] == [target.send(request()).body for _ in range(2)]
    target.close()

    assert ["cancelled"] == fates


def test_an_endless_stream_is_cut_off_after_the_timeout():
    gone = []

    @http_only
    async def app(scope, receive, send):
        await start(send)
        try:
            while True:
                await end(send, b"data: 1\n\n", more=True)
                await asyncio.sleep(0.01)
        except OSError:
            gone.append("client")
            raise

    response = call(app, timeout=0.1)

    assert 200 == response.status
    assert response.body.startswith(b"data: 1\n\ndata: 1\n\n")
    assert "the response was cut off after 0.1 s" in response.warnings[0]
    assert response.exception is None
    assert ["client"] == gone


@http_only
async def endless(scope, receive, send):
    await start(send)
    while True:
        await end(send, b"x" * 1000, more=True)


def test_an_endless_stream_is_cut_off_after_the_maximum_size():
    response = call(endless, max_body=5000)

    assert 6000 == len(response.body)
    assert ("the response was cut off after 5000 bytes; it had 6000 bytes",) == (
        response.warnings
    )


def test_a_head_response_that_is_cut_off_has_no_body():
    response = call(endless, method="HEAD", max_body=5000)

    assert (200, b"") == (response.status, response.body)
    assert "the response was cut off after 5000 bytes" in response.warnings[0]


def test_a_stream_that_ignores_a_disconnect_is_cancelled():
    @http_only
    async def app(scope, receive, send):
        await start(send)
        await end(send, b"first", more=True)
        await asyncio.sleep(3600)

    response = call(app, timeout=0.05)

    assert (200, b"first") == (response.status, response.body)


def test_a_missing_response_is_reported_after_the_timeout():
    @http_only
    async def app(scope, receive, send):
        await asyncio.sleep(3600)

    response = call(app, timeout=0.05)

    assert response.status is None
    assert "the provider sent no response within 0.05 s" == str(response.exception)


def test_work_after_the_response_is_ended_with_a_warning():
    @http_only
    async def app(scope, receive, send):
        await start(send)
        await end(send, b"all")
        await asyncio.sleep(3600)

    response = call(app, timeout=0.05)

    assert (200, b"all") == (response.status, response.body)
    [warning] = response.warnings
    assert "still running after 0.05 s, despite a complete response" in warning


def test_an_exception_before_a_response_is_kept_with_the_applications_frames():
    @http_only
    async def app(scope, receive, send):
        raise KeyError("email")

    response = call(app)

    assert response.status is None
    assert "KeyError('email')" == repr(response.exception)
    assert "test_asgi" in response.exception.__traceback__.tb_frame.f_code.co_filename


def test_an_exception_after_a_complete_response_is_returned_with_it():
    """FastAPI and Starlette send a 500 response, then raise the exception again."""

    @http_only
    async def app(scope, receive, send):
        await start(send, 500)
        await end(send, b"sorry")
        raise KeyError("email")

    response = call(app)

    assert (500, b"sorry") == (response.status, response.body)
    assert "KeyError('email')" == repr(response.exception)


def test_an_exception_in_the_middle_of_a_response_discards_it():
    @http_only
    async def app(scope, receive, send):
        await start(send)
        await end(send, b"abc", more=True)
        raise ValueError("late")

    response = call(app)

    assert response.status is None
    assert "late" == str(response.exception)
    assert ("the response had begun: 200, 3 bytes of body",) == response.warnings


def test_an_application_that_exits_or_cancels_itself_does_not_end_the_run():
    @http_only
    async def exits(scope, receive, send):
        raise SystemExit(3)

    @http_only
    async def cancels(scope, receive, send):
        raise asyncio.CancelledError

    assert "SystemExit(3)" == repr(call(exits).exception)
    assert isinstance(call(cancels).exception, asyncio.CancelledError)


def sending(*messages):
    @http_only
    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    return app


START = {"type": "http.response.start", "status": 200, "headers": PLAIN}
END = {"type": "http.response.body", "body": b"x"}


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ([START, START], "sent a second time"),
        ([END], "before http.response.start"),
        ([START, END, END], "after the end of the body"),
        ([START], "returned before the end of the body"),
        ([], "did not send http.response.start"),
        ([{"type": "http.response.push"}], "'http.response.push'"),
        (["text"], "'text' is not a known event"),
        ([{**START, "status": "200"}], "'200' (str)"),
        ([{**START, "status": 20}], "20"),
        ([{**START, "status": True}], "True (bool)"),
        ([{**START, "headers": [("a", "b")]}], "must be bytes"),
        ([{**START, "headers": [(b"a",)]}], "is not a pair"),
        ([{**START, "headers": [(b"a b", b"c")]}], "b'a b'"),
        ([{**START, "headers": [(b"a", b"b\r\nc: d")]}], "a line break"),
        ([START, {**END, "body": "text"}], "'text' (str)"),
    ],
)
def test_a_violation_of_asgi_is_reported_with_the_value(messages, named):
    response = call(sending(*messages))

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)
    assert named in str(response.exception)


def test_a_violation_that_the_application_swallows_is_reported():
    @http_only
    async def app(scope, receive, send):
        try:
            await start(send, "200")
        except ProviderProtocolError:
            await start(send)
        await end(send)

    response = call(app)

    assert response.status is None
    assert "'200'" in str(response.exception)


def test_a_body_where_none_is_allowed_is_dropped_with_a_warning():
    message = {**START, "status": 204}
    response = call(sending(message, END))

    assert (204, b"") == (response.status, response.body)
    assert (
        "a 204 response must not have a body, but it has 1 bytes",
    ) == response.warnings
    assert b"" == call(sending(START, END), "HEAD").body


def test_the_application_runs_in_the_callers_thread_and_in_one_loop():
    places = []

    @http_only
    async def app(scope, receive, send):
        places.append((threading.current_thread(), asyncio.get_running_loop()))
        await start(send)
        await end(send)

    target = AsgiTarget(app)
    target.send(request())
    target.send(request())
    target.close()

    assert threading.current_thread() is places[0][0]
    assert places[0] == places[1]


SET_AT_START = contextvars.ContextVar("set_at_start")
SET_BY_TEST = contextvars.ContextVar("set_by_test")


class WithLifespan:
    """An application that keeps its lifespan events and what requests see of them."""

    def __init__(self, *, fail="", stop_fail=False):
        self.log = []
        self.fail = fail
        self.stop_fail = stop_fail

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.live(scope, receive, send)
            return
        self.log.append("request")
        scope["state"]["mine"] = "changed"
        seen = (scope["state"].get("pool"), SET_AT_START.get(None), SET_BY_TEST.get(0))
        await start(send)
        await end(send, repr((*seen, asyncio.get_running_loop() is self.loop)).encode())

    async def live(self, scope, receive, send):
        assert "lifespan.startup" == (await receive())["type"]
        if self.fail:
            await send({"type": "lifespan.startup.failed", "message": self.fail})
            return
        self.loop = asyncio.get_running_loop()
        scope["state"]["pool"] = "p"
        self.state = scope["state"]
        SET_AT_START.set("s")
        self.log.append("up")
        await send({"type": "lifespan.startup.complete"})
        assert "lifespan.shutdown" == (await receive())["type"]
        self.log.append("down")
        if self.stop_fail:
            raise RuntimeError("stuck")
        await send({"type": "lifespan.shutdown.complete"})


def test_one_startup_and_one_shutdown_surround_all_requests():
    app = WithLifespan()
    target = AsgiTarget(app)
    target.send(request())
    target.send(request())
    target.close()

    assert ["up", "request", "request", "down"] == app.log


def test_requests_see_the_loop_state_and_context_variables_of_the_startup():
    assert b"('p', 's', 0, True)" == call(WithLifespan()).body


def test_requests_see_the_context_variables_of_the_caller():
    def within():
        SET_BY_TEST.set(7)
        SET_AT_START.set("mine")
        return call(WithLifespan()).body

    assert b"('p', 's', 7, True)" == contextvars.copy_context().run(within)


def test_each_request_has_a_copy_of_the_state():
    app = WithLifespan()
    call(app)

    assert {"pool": "p"} == app.state


def test_a_failed_startup_is_reported_with_the_applications_message():
    app = WithLifespan(fail=f"{HEAD}\n  File …\nRuntimeError: no database\n")
    target = AsgiTarget(app)
    responses = [target.send(request()) for _ in range(2)]
    target.close()

    assert [None, None] == [response.status for response in responses]
    assert "the application did not start: RuntimeError: no database" == str(
        responses[1].exception
    )


def test_an_application_without_lifespan_is_accepted_with_a_note():
    target = AsgiTarget(Recorder())
    response = target.send(Request.from_http("GET", "/", []))
    remark = target.remark
    target.close()

    assert (200, "") == (response.status, response.errors)
    assert "the lifespan was not run: ValueError: only http" == remark


def test_an_application_that_returns_from_the_lifespan_is_accepted():
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await start(send)
            await end(send)

    assert 200 == call(app).status


def test_a_lifespan_can_be_required():
    response = call(Recorder(), lifespan="on")

    assert response.status is None
    assert "did not start: ValueError: only http" in str(response.exception)


def test_a_lifespan_can_be_turned_off():
    app = WithLifespan()
    app.loop = None
    call(app, lifespan="off")

    assert ["request"] == app.log


def test_an_unknown_lifespan_mode_is_rejected():
    with pytest.raises(
        InvalidExpectation, match="'maybe' is not valid; use one of 'auto'"
    ):
        AsgiTarget(Recorder(), lifespan="maybe")


def test_a_failed_shutdown_issues_a_warning():
    target = AsgiTarget(WithLifespan(stop_fail=True))
    target.send(request())

    with pytest.warns(
        RuntimeWarning, match="did not stop properly: RuntimeError: stuck"
    ):
        target.close()


def test_an_application_starts_again_after_close():
    app = WithLifespan()
    target = AsgiTarget(app)
    for _ in range(2):
        target.send(request())
        target.close()

    assert ["up", "request", "down"] * 2 == app.log


@pytest.mark.asyncio
async def test_a_synchronous_call_inside_a_running_loop_is_rejected():
    target = AsgiTarget(Recorder())

    with pytest.raises(BlockMisuse, match=r"await verifier\.averify"):
        target.send(request())


@pytest.mark.asyncio
async def test_inside_a_running_loop_the_application_uses_that_loop():
    app = WithLifespan()
    target = AsgiTarget(app)
    response = await target.asend(request())
    await target.aclose()

    assert b"('p', 's', 0, True)" == response.body
    assert asyncio.get_running_loop() is app.loop
    assert ["up", "request", "down"] == app.log


@pytest.mark.asyncio
async def test_a_cancelled_caller_cancels_the_application():
    fates = []

    @http_only
    async def app(scope, receive, send):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            fates.append("cancelled")
            raise

    target = AsgiTarget(app)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(target.asend(request()), 0.05)
    await target.aclose()

    assert ["cancelled"] == fates


def test_a_request_that_ignores_its_cancellation_does_not_block(monkeypatch):
    swallowed = []

    async def app(scope, receive, send):
        while len(swallowed) < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:  # noqa: PERF203 -- it continues after each one
                swallowed.append(scope["path"])

    monkeypatch.setattr("pypact.targets.lifespan.GRACE", 0.05)
    target = AsgiTarget(app, timeout=0.05, lifespan="off")
    response = target.send(Request.from_http("GET", "/", []))
    target.close()

    assert None is response.status
    assert ["/", "/"] == swallowed


async def stubborn():
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


def test_a_task_that_ignores_its_cancellation_does_not_block_close(monkeypatch):
    tasks = []

    @http_only
    async def app(scope, receive, send):
        tasks.append(asyncio.create_task(stubborn()))
        await start(send)
        await end(send)

    monkeypatch.setattr("pypact.targets.lifespan.GRACE", 0.05)
    target = AsgiTarget(app)
    response = target.send(Request.from_http("GET", "/", []))
    with pytest.warns(RuntimeWarning, match="ignores its cancellation.* stubborn"):
        target.close()

    assert 200 == response.status


def test_a_lifespan_that_ignores_its_cancellation_does_not_block_close(monkeypatch):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await stubborn()
        await start(send)
        await end(send)

    monkeypatch.setattr("pypact.targets.lifespan.GRACE", 0.05)
    monkeypatch.setattr("pypact.targets.asgi._MIN_LIFESPAN_TIMEOUT", 0.05)
    target = AsgiTarget(app, timeout=0.05)
    response = target.send(Request.from_http("GET", "/", []))
    with pytest.warns(RuntimeWarning) as warned:
        target.close()

    assert 200 == response.status
    assert "no response to lifespan.shutdown within" in str(warned[0].message)
    assert "ignores its cancellation" in str(warned[1].message)


def test_an_application_that_blocks_the_loop_is_a_violation(monkeypatch):
    clock = types.SimpleNamespace(now=1.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(asgi_target, "time", clock)

    async def app(scope, receive, send):
        await start(send)
        clock.now += 40
        await end(send)

    response = call(app, lifespan="off")

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)
    assert "took 40.0 s; the limit is 30 s (`timeout`)" in str(response.exception)


def test_exceptions_for_the_test_runner_propagate():
    async def app(scope, receive, send):
        pytest.skip("not here")

    target = AsgiTarget(app, lifespan="off")
    with pytest.raises(pytest.skip.Exception):
        target.send(Request.from_http("GET", "/", []))
    target.close()


@pytest.mark.parametrize("is_requested", [True, False])
def test_an_application_is_stopped_when_its_loop_is_closed(is_requested):
    events = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            for phase in ("startup", "shutdown"):
                message = await receive()
                events.append(message["type"])
                await send({"type": f"lifespan.{phase}.complete"})
            return
        await start(send)
        await end(send)

    async def main():
        target = AsgiTarget(app)
        response = await target.asend(Request.from_http("GET", "/", []))
        if is_requested:
            await target.aclose()
        return response.status

    assert 200 == asyncio.run(main())
    assert ["lifespan.startup", "lifespan.shutdown"] == events
