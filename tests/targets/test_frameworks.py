"""Applications of real frameworks, called without their test clients."""

import json
from contextlib import asynccontextmanager
from wsgiref.validate import validator

import bottle
import falcon
import falcon.asgi
import fastapi
import flask
import httpbin
import litestar
import pytest
import quart
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, RedirectResponse, StreamingResponse
from starlette.routing import Route

from pypact.model.http import Request
from pypact.targets import AsgiTarget, WsgiTarget, create_target


def flask_like(kind):
    app = kind("users")

    @app.get("/users/<name>")
    def show(name):
        return {"name": name}

    @app.get("/old")
    def old():
        return "", 302, {"Location": "/new"}

    return app


def flask_app():
    app = flask_like(flask.Flask)

    @app.post("/users")
    def create():
        return {"made": flask.request.get_json()["name"]}, 201

    return app


def quart_app():
    app = flask_like(quart.Quart)

    @app.post("/users")
    async def create():
        return {"made": (await quart.request.get_json())["name"]}, 201

    return app


def bottle_app():
    app = bottle.Bottle()

    @app.get("/users/<name>")
    def show(name):
        return {"name": name}

    @app.post("/users")
    def create():
        bottle.response.status = 201
        return {"made": bottle.request.json["name"]}

    @app.get("/old")
    def old():
        bottle.redirect("/new", 302)

    return app


class FalconUser:
    def on_get(self, request, response, name):
        response.media = {"name": name}


class FalconUsers:
    def on_post(self, request, response):
        response.media = {"made": request.media["name"]}
        response.status = falcon.HTTP_201


class FalconOld:
    def on_get(self, request, response):
        raise falcon.HTTPFound("/new")


class AsyncUser:
    async def on_get(self, request, response, name):
        response.media = {"name": name}


class AsyncUsers:
    async def on_post(self, request, response):
        response.media = {"made": (await request.get_media())["name"]}
        response.status = falcon.HTTP_201


class AsyncOld:
    async def on_get(self, request, response):
        raise falcon.HTTPFound("/new")


def falcon_app():
    app = falcon.App()
    app.add_route("/users/{name}", FalconUser())
    app.add_route("/users", FalconUsers())
    app.add_route("/old", FalconOld())
    return app


def falcon_async_app():
    app = falcon.asgi.App()
    app.add_route("/users/{name}", AsyncUser())
    app.add_route("/users", AsyncUsers())
    app.add_route("/old", AsyncOld())
    return app


def pyramid_app():
    from quiet_pyramid import Configurator, HTTPFound

    def create(request):
        request.response.status_code = 201
        return {"made": request.json_body["name"]}

    def old(request):
        raise HTTPFound("/new")

    with Configurator() as config:
        config.add_route("user", "/users/{name}")
        config.add_route("users", "/users")
        config.add_route("old", "/old")
        config.add_view(
            lambda request: dict(request.matchdict), route_name="user", renderer="json"
        )
        config.add_view(create, route_name="users", renderer="json")
        config.add_view(old, route_name="old")
    return config.make_wsgi_app()


def starlette_app():
    async def show(request):
        return JSONResponse({"name": request.path_params["name"]})

    async def create(request):
        return JSONResponse({"made": (await request.json())["name"]}, 201)

    async def old(request):
        return RedirectResponse("/new", 302)

    return Starlette(
        routes=[
            Route("/users/{name}", show),
            Route("/users", create, methods=["POST"]),
            Route("/old", old),
        ]
    )


def fastapi_app():
    app = fastapi.FastAPI()

    @app.get("/users/{name}")
    def show(name):  # runs in the thread pool
        return {"name": name}

    @app.post("/users", status_code=201)
    async def create(user: dict):
        return {"made": user["name"]}

    @app.get("/old")
    async def old():
        return RedirectResponse("/new", 302)

    return app


def litestar_app():
    @litestar.get("/users/{name:str}")
    async def show(request: litestar.Request) -> dict[str, str]:
        return {"name": request.path_params["name"]}

    @litestar.post("/users")
    async def create(request: litestar.Request) -> dict[str, str]:
        return {"made": (await request.json())["name"]}

    @litestar.get("/old")
    async def old() -> litestar.response.Redirect:
        return litestar.response.Redirect("/new", status_code=302)

    return litestar.Litestar([show, create, old])


APPS = {
    "bottle": (bottle_app, WsgiTarget),
    "falcon": (falcon_app, WsgiTarget),
    "falcon-asgi": (falcon_async_app, AsgiTarget),
    "fastapi": (fastapi_app, AsgiTarget),
    "flask": (flask_app, WsgiTarget),
    "litestar": (litestar_app, AsgiTarget),
    "pyramid": (pyramid_app, WsgiTarget),
    "quart": (quart_app, AsgiTarget),
    "starlette": (starlette_app, AsgiTarget),
}


def sending(target, method, path, headers=(), body=None):
    answer = target.send(Request.from_http(method, path, headers, body))

    assert answer.exception is None, answer
    return answer


@pytest.fixture(params=APPS)
def target(request):
    make, kind = APPS[request.param]
    found = create_target(make)  # given as a factory

    assert type(found) is kind
    yield found
    if kind is AsgiTarget:
        found.close()


@pytest.mark.parametrize("path", ["/users/caf%C3%A9", "/users/café"])
def test_a_path_parameter_arrives_decoded(target, path):
    answer = sending(target, "GET", path)

    assert 200 == answer.status
    assert {"name": "café"} == json.loads(answer.body)
    headers = {name.lower(): value for name, value in answer.headers}

    assert "application/json" in headers["content-type"]


def test_a_body_is_read_as_json(target):
    headers = [("Content-Type", "application/json")]
    answer = sending(target, "POST", "/users", headers, b'{"name": "Ann"}')

    assert 201 == answer.status
    assert {"made": "Ann"} == json.loads(answer.body)


def test_a_redirect_is_returned_as_the_response(target):
    answer = sending(target, "GET", "/old")
    headers = {name.lower(): value for name, value in answer.headers}

    assert 302 == answer.status
    assert headers["location"].endswith("/new")


def test_an_unknown_path_is_a_404_and_head_has_no_body(target):
    assert 404 == sending(target, "GET", "/nowhere").status

    assert b"" == sending(target, "HEAD", "/users/ann").body


@pytest.mark.parametrize(
    "make", [make for make, kind in APPS.values() if kind is WsgiTarget]
)
def test_the_standard_librarys_validator_has_no_objection(make):
    app = make()
    plain, checked = WsgiTarget(app), WsgiTarget(validator(app))
    for method, path, body in (
        ("GET", "/users/ann", None),
        ("GET", "/nowhere", None),
        ("POST", "/users", b'{"name": "Ann"}'),
    ):
        headers = [("Content-Type", "application/json")] if body else []
        one = sending(plain, method, path, headers, body)
        two = sending(checked, method, path, headers, body)

        assert (one.status, one.body) == (two.status, two.body)


@pytest.fixture
def asgi():
    """Create a target for an application, which is stopped after the test."""
    targets = []

    def make(app, **settings):
        targets.append(AsgiTarget(app, **settings))
        return targets[-1]

    yield make
    for one in targets:
        one.close()


def test_a_stream_of_starlette_is_received_completely(asgi):
    async def pieces():
        for number in range(3):
            yield f"{number}\n"

    async def stream(request):
        return StreamingResponse(pieces())

    answer = sending(asgi(Starlette(routes=[Route("/", stream)])), "GET", "/")

    assert b"0\n1\n2\n" == answer.body


def test_an_endless_stream_of_starlette_is_cut_off(asgi):
    async def events():
        while True:
            yield "data: tick\n\n"

    async def stream(request):
        return StreamingResponse(events(), media_type="text/event-stream")

    app = Starlette(routes=[Route("/", stream)])
    answer = sending(asgi(app, max_body=100), "GET", "/")

    assert answer.body.startswith(b"data: tick\n\ndata: tick\n\n")
    assert "cut off after 100 bytes" in answer.warnings[0]


def test_a_background_task_is_done_before_the_next_request(asgi):
    done = []

    async def show(request):
        return JSONResponse(len(done), background=BackgroundTask(done.append, 1))

    target = asgi(Starlette(routes=[Route("/", show)]))

    assert [b"0", b"1"] == [sending(target, "GET", "/").body for _ in range(2)]


def test_the_lifespan_and_a_dependency_of_the_test_reach_a_view(asgi):
    log = []

    @asynccontextmanager
    async def lifespan(app):
        log.append("up")
        yield {"pool": "from the lifespan"}
        log.append("down")

    app = fastapi.FastAPI(lifespan=lifespan)

    def database():
        raise RuntimeError("not in a test")

    @app.get("/")
    async def show(request: fastapi.Request, found=fastapi.Depends(database)):  # noqa: B008 -- how FastAPI declares dependencies
        return [request.state.pool, found]

    app.dependency_overrides[database] = lambda: "from the test"
    target = asgi(app)
    answers = [sending(target, "GET", "/") for _ in range(2)]
    target.close()

    assert ["from the lifespan", "from the test"] == json.loads(answers[1].body)
    assert ["up", "down"] == log


def test_an_error_of_fastapi_is_a_response_and_an_exception(asgi):
    app = fastapi.FastAPI()

    @app.get("/")
    async def show():
        raise KeyError("email")

    answer = asgi(app).send(Request())

    assert 500 == answer.status
    assert "KeyError('email')" == repr(answer.exception)


def test_a_failed_lifespan_is_reported_with_its_reason(asgi):
    @asynccontextmanager
    async def lifespan(app):
        raise RuntimeError("no database")
        yield

    answer = asgi(fastapi.FastAPI(lifespan=lifespan)).send(Request())

    assert "the application did not start: RuntimeError: no database" == str(
        answer.exception
    )


@pytest.fixture(scope="module")
def bin_target():
    return create_target(httpbin.app)


def test_httpbin_receives_the_request_unchanged(bin_target):
    answer = sending(
        bin_target,
        "PUT",
        "/anything/caf%C3%A9?a=1&a=2&b=x%20y",
        [("Content-Type", "application/json"), ("X-A", "1")],
        b'{"n": 1}',
    )
    seen = json.loads(answer.body)

    assert {"a": ["1", "2"], "b": "x y"} == seen["args"]
    assert {"n": 1} == seen["json"]
    assert {
        "Content-Length": "8",
        "Content-Type": "application/json",
        "Host": "localhost",
        "X-A": "1",
    } == seen["headers"]


@pytest.mark.parametrize("code", [200, 204, 304, 404, 418, 500])
def test_httpbin_responds_with_every_status(bin_target, code):
    assert code == sending(bin_target, "GET", f"/status/{code}").status


def test_httpbin_sets_two_cookies(bin_target):
    answer = sending(bin_target, "GET", "/cookies/set?a=1&b=2")
    cookies = [value for name, value in answer.headers if name == "Set-Cookie"]

    assert ["a=1; Path=/", "b=2; Path=/"] == cookies


def test_httpbin_streams_and_compresses(bin_target):
    lines = sending(bin_target, "GET", "/stream/3").body.splitlines()
    packed = sending(bin_target, "GET", "/gzip")

    assert [0, 1, 2] == [json.loads(line)["id"] for line in lines]
    assert packed.body.startswith(b"\x1f\x8b")
