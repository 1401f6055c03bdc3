"""The routes of real apps, and the routes of requests."""

import bottle
import falcon
import falcon.asgi
import fastapi
import flask
import litestar
import pytest
import quart
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.views import View
from django_settings import configure_django
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.routing import Route as StarletteRoute

from pypact.errors import InvalidExpectation
from pypact.verifier.routes import RouteQuery, find_router


def flask_app(kind=flask.Flask):
    app = kind("users")

    @app.get("/users/<int:number>")
    def show(number):
        return {}

    @app.route("/users", methods=["GET", "POST"])
    def users():
        return {}

    return app


def starlette_app():
    async def answer(request):
        return PlainTextResponse("")

    below = [StarletteRoute("/{number:int}", answer, methods=["GET"])]
    root = StarletteRoute("/users", answer, methods=["GET", "POST"])
    return Starlette(routes=[root, Mount("/users", routes=below)])


def fastapi_app():
    app = fastapi.FastAPI()

    @app.get("/users/{number}", responses={404: {"description": "nobody"}})
    def show(number: int):
        return {}

    @app.get("/users")
    @app.post("/users", status_code=201)
    def users():
        return {}

    return app


def falcon_app(kind=falcon.App):
    class Users:
        def on_get(self, request, response, number=None): ...

        def on_post(self, request, response): ...

    class User:
        def on_get(self, request, response, number): ...

    app = kind()
    app.add_route("/users", Users())
    app.add_route("/users/{number:int}", User())
    return app


def pyramid_app():
    from quiet_pyramid import Configurator, Response

    def answer(request):
        return Response("")

    with Configurator() as config:
        config.add_route("user", r"/users/{number:\d+}")
        config.add_view(answer, route_name="user", request_method="GET")
        config.add_route("users", "/users")
        config.add_view(answer, route_name="users", request_method=("GET", "POST"))
        return config.make_wsgi_app()


def bottle_app():
    app = bottle.Bottle()
    app.route("/users/<number:int>", "GET", lambda number: "")
    app.route("/users", ["GET", "POST"], lambda: "")
    return app


@pytest.fixture(autouse=True)
def django_urls():
    configure_django()
    with override_settings(ROOT_URLCONF=__name__):
        yield


def django_app():
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


class Users(View):
    def get(self, request): ...

    def post(self, request): ...


urlpatterns = [
    path("users", Users.as_view()),
    path(
        "users/",
        include([path("<int:number>", lambda request, number: HttpResponse())]),
    ),
]


def falcon_async_app():
    class User:
        async def on_get(self, request, response, number): ...

    class Users:
        async def on_get(self, request, response): ...

        async def on_post(self, request, response): ...

    app = falcon.asgi.App()
    app.add_route("/users", Users())
    app.add_route("/users/{number:int}", User())
    return app


def litestar_app():
    @litestar.get("/{number:int}")
    async def show(request: litestar.Request) -> dict:
        return {}

    @litestar.get("/users")
    async def users() -> dict:
        return {}

    @litestar.post("/users")
    async def add() -> dict:
        return {}

    below = litestar.Router("/users", route_handlers=[show])
    return litestar.Litestar([users, add, below])


APPS = {
    "bottle": (bottle_app, "/users/<number:int>", ("GET",), "<lambda>"),
    "django": (django_app, "/users/<int:number>", ("ANY",), "<lambda>"),
    "falcon": (falcon_app, "/users/{number:int}", ("GET",), "User.on_get"),
    "falcon.asgi": (falcon_async_app, "/users/{number:int}", ("GET",), "User.on_get"),
    "fastapi": (fastapi_app, "/users/{number}", ("GET",), "show"),
    "flask": (flask_app, "/users/<int:number>", ("GET",), "show"),
    "litestar": (litestar_app, "/users/{number}", ("GET",), "show"),
    "pyramid": (pyramid_app, r"/users/{number:\d+}", ("GET",), "answer"),
    "quart": (lambda: flask_app(quart.Quart), "/users/<int:number>", ("GET",), "show"),
    "starlette": (starlette_app, "/users/{number:int}", ("GET",), "answer"),
}


@pytest.fixture(params=APPS)
def listed(request):
    make, user, methods, view = APPS[request.param]
    app = make()
    return find_router(app), user, methods, view


def test_all_routes_are_listed_with_their_methods(listed):
    router, user, methods, _ = listed
    found = {}
    for route in router.routes():
        found.setdefault(route.path, []).extend(route.methods)

    assert {user: list(methods), "/users": ["GET", "POST"]} == {
        path: sorted(of_path) for path, of_path in found.items()
    }


def test_a_request_is_matched_to_its_route_or_none(listed):
    router, user, _, view = listed

    found = router.find(RouteQuery("GET", "/users/23"))

    assert user == found.path
    assert found.view.startswith(__name__)
    assert found.view.endswith(view)
    assert "/users" == router.find(RouteQuery("POST", "/users")).path
    assert None is router.find(RouteQuery("GET", "/orders"))
    assert None is router.find(RouteQuery("GET", "/users/ann/x"))


def test_a_route_that_rejects_the_method_is_still_found(listed):
    router, user, *_ = listed

    found = router.find(RouteQuery("DELETE", "/users/23"))

    assert found is None or user == found.path


def test_statuses_are_read_if_the_app_declares_them():
    by_path = {route.path: route for route in find_router(fastapi_app()).routes()}

    assert {"GET": (200, 404, 422)} == by_path["/users/{number}"].statuses


def test_an_app_is_found_below_its_middleware():
    class Middleware:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            return self.app(environ, start_response)

    app = flask_app()
    app.wsgi_app = Middleware(app.wsgi_app)

    assert 2 == len(find_router(Middleware(Middleware(app))).routes())


def test_an_unknown_framework_is_rejected():
    with pytest.raises(
        InvalidExpectation, match="framework is not one of bottle, django"
    ):
        find_router(lambda environ, start_response: [])
