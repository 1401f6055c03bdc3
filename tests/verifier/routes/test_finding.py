"""Routes of requests in apps with mounts, includes, hosts and middleware."""

import sys
import types
from typing import Any

import bottle
import falcon
import fastapi
import flask
import litestar
import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path
from django_settings import configure_django
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount
from starlette.routing import Route as StarletteRoute
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from pypact.verifier.routes import RouteQuery, RouteUnknown, find_router


def found(app, path, method="GET", **headers):
    router = find_router(app)
    one = router.find(RouteQuery(method, path, tuple(headers.items())))
    if one is None:
        return None
    view = one.view.rpartition(".")[2]
    flags = "" if one.accepts_method else " (not the method)"
    return f"{one.path} -> {view}{flags}{'' if one.is_exact else ' (opaque)'}"


def listed(app):
    return [
        f"{'/'.join(route.methods)} {route.path}" for route in find_router(app).routes()
    ]


def answer(request):
    return PlainTextResponse("")


def included():
    inner, outer, app = fastapi.APIRouter(), fastapi.APIRouter(), fastapi.FastAPI()

    @inner.get("/{number}")
    def show(number: int): ...

    @outer.post("")
    def add(): ...

    outer.include_router(inner, prefix="/users")
    app.include_router(outer, prefix="/api")
    return app


def test_fastapi_lists_the_routes_of_included_routers():
    app = included()

    assert ["GET /api/users/{number}", "POST /api"] == sorted(listed(app))
    assert "/api/users/{number} -> show" == found(app, "/api/users/1")
    assert "/api -> add" == found(app, "/api", "POST")
    assert "/api ->  (not the method)" == found(app, "/api")
    assert None is found(app, "/users/1")


def test_fastapi_finds_routes_below_its_root_path():
    app = fastapi.FastAPI()
    app.root_path = "/v1"  # like the parameter, which newer versions deprecate
    app.get("/users")(answer)

    assert "/users -> answer" == found(app, "/v1/users") == found(app, "/users")


def test_fastapi_lists_only_the_routes_of_the_app():
    app = fastapi.FastAPI()
    app.get("/health", include_in_schema=False)(answer)

    assert ["GET /health"] == listed(app)


def test_fastapi_has_no_statuses_without_an_openapi_description(monkeypatch):
    app = included()
    monkeypatch.setattr(app, "openapi", lambda: 1 / 0)

    assert [{}, {}] == [route.statuses for route in find_router(app).routes()]


def test_starlette_finds_routes_by_host_and_below_mounts():
    users = Starlette(routes=[StarletteRoute("/users", answer)])

    async def files(scope, receive, send): ...

    app = Starlette(
        routes=[
            Mount("/files", files),
            Host("api.example.org", users),
            StarletteRoute("/users", answer, methods=["POST"]),
            Mount("/v1", users),
        ]
    )

    assert "/users -> answer" == found(app, "/users", host="api.example.org")
    assert "/users ->  (not the method)" == found(app, "/users", host="example.org")
    assert "/v1/users -> answer" == found(app, "/v1/users")
    assert "/files/... -> files (opaque)" == found(app, "/files/a.txt")
    assert None is found(app, "/v1/orders")


@pytest.mark.parametrize(
    ("options", "rule", "config"),
    [
        ({"host_matching": True, "static_host": "s"}, {"host": "api.x"}, {}),
        ({"subdomain_matching": True}, {"subdomain": "api"}, {"SERVER_NAME": "x"}),
    ],
    ids=["hosts", "subdomains"],
)
def test_flask_finds_routes_by_host(options, rule, config):
    app = flask.Flask("users", **options)
    app.config.update(config)
    app.route("/users", **rule)(answer)

    assert "/users -> answer" == found(app, "/users", host="api.x")
    assert None is found(app, "/users", host="other.x")


def flask_app(*rules):
    app = flask.Flask("users")
    for rule in rules:
        app.add_url_rule(rule, rule.replace("/", "_"), answer)
    return app


def test_a_dispatcher_uses_the_router_of_the_mounted_app():
    def unknown(environ, start_response): ...

    app = DispatcherMiddleware(
        flask_app("/users"), {"/v2": flask_app("/orders"), "/plain": unknown}
    )

    assert ["GET /users", "GET /v2/orders"] == listed(app)
    assert "/users -> answer" == found(app, "/users")
    assert "/v2/orders -> answer" == found(app, "/v2/orders")
    assert None is found(app, "/v2/users")
    assert None is found(app, "/v2orders")
    with pytest.raises(RouteUnknown, match="/plain/ are unknown"):
        found(app, "/plain/users")


class Wrapper:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response): ...


def wrapped_inside():
    app = flask_app("/users")
    app.wsgi_app = Wrapper(app.wsgi_app)
    return app


@pytest.mark.parametrize("app", [Wrapper(flask_app("/users")), wrapped_inside()])
def test_a_missing_route_is_uncertain_below_unknown_middleware(app):
    assert "/users -> answer" == found(app, "/users")
    with pytest.raises(RouteUnknown, match=r"Wrapper, which may change paths"):
        found(app, "/api/users")


def test_a_missing_route_is_certain_below_known_middleware():
    assert None is found(CORSMiddleware(included()), "/orders")


@pytest.fixture
def configured(monkeypatch):
    configure_django()
    module = types.ModuleType("urls_of_finding")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def configure(*patterns, **options):
        module.urlpatterns = list(patterns)
        return override_settings(ROOT_URLCONF=module.__name__, **options)

    return configure


def django_app():
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler.__new__(WSGIHandler)


def test_django_patterns_are_joined_as_they_are_matched(configured):
    inner = [re_path(r"^users/(?P<pk>\d+)/$", answer), path("new/", answer)]
    patterns = [path("api/", include(inner)), re_path(r"^health$", answer)]
    with configured(*patterns):
        app = django_app()

        assert [
            r"ANY /api/users/(?P<pk>\d+)/$",
            "ANY /api/new/",
            "ANY /health$",
        ] == listed(app)
        assert r"/api/users/(?P<pk>\d+)/$ -> answer" == found(app, "/api/users/1/")
        assert "/health$ -> answer" == found(app, "/health")


def test_django_resolves_in_the_language_of_the_path(configured):
    patterns = i18n_patterns(path("users/", answer))
    with configured(*patterns, LANGUAGES=[("en", "e"), ("de", "d")], USE_I18N=True):
        assert "/de/users/ -> answer" == found(django_app(), "/de/users/")


def choosing(get_response):
    def middleware(request):
        request.urlconf = "others"
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    ("middleware", "certain"),
    [
        ("django.middleware.common.CommonMiddleware", True),
        (f"{__name__}.choosing", False),
        ("tests_of_nobody.middleware", False),
    ],
)
def test_django_routes_are_uncertain_if_a_middleware_may_choose_them(
    configured, middleware, certain
):
    with configured(path("users/", answer), MIDDLEWARE=[middleware]):
        if certain:
            assert None is found(django_app(), "/orders")
        else:
            with pytest.raises(
                RouteUnknown, match=f"{middleware} may choose other routes"
            ):
                found(django_app(), "/orders")


def test_django_reads_the_methods_of_a_class_based_view(configured):
    from django.views import View

    class Users(View):
        def get(self, request):
            return HttpResponse()

    with configured(path("users/", Users.as_view())):
        app = django_app()

        assert (
            "/users/ -> Users" == found(app, "/users/") == found(app, "/users/", "HEAD")
        )
        assert "/users/ ->  (not the method)" == found(app, "/users/", "POST")


def test_falcon_has_sinks_and_static_files(tmp_path):
    def sink(request, response): ...

    app = falcon.App()
    app.add_sink(sink, r"/proxy/(?P<rest>.*)")
    app.add_static_route("/files", tmp_path)

    assert r"/proxy/(?P<rest>.*) -> sink (opaque)" == found(app, "/proxy/x")
    assert "/files/... ->  (opaque)" == found(app, "/files/a.txt")
    assert None is found(app, "/users")


def test_bottle_and_falcon_find_a_route_that_rejects_the_method():
    app = bottle.Bottle()
    app.get("/users", callback=answer)

    assert "/users ->  (not the method)" == found(app, "/users", "DELETE")

    class Users:
        def on_get(self, request, response): ...

    app = falcon.App()
    app.add_route("/users", Users())

    assert "/users ->  (not the method)" == found(app, "/users", "DELETE")


def test_litestar_finds_mounts_and_routes_that_reject_the_method():
    @litestar.get("/users")
    async def users() -> dict:
        return {}

    @litestar.asgi("/files", is_mount=True, copy_scope=True)
    async def files(scope: Any, receive: Any, send: Any) -> None: ...

    app = litestar.Litestar([users, files])

    assert "/users ->  (not the method)" == found(app, "/users", "DELETE")
    assert found(app, "/files/a.txt").endswith("(opaque)")


def pyramid_app(configure):
    from quiet_pyramid import Configurator

    with Configurator() as config:
        configure(config)
        return config.make_wsgi_app()


def test_pyramid_finds_routes_by_headers_methods_and_query():
    def configure(config):
        config.add_route("new", "/users", header="X-Version:2")
        config.add_view(answer, route_name="new", request_method="GET")
        config.add_route("search", "/search", request_param="q")
        config.add_view(answer, route_name="search")
        config.add_static_view("files", "pyramid:static")

    app = pyramid_app(configure)
    router = find_router(app)

    assert ["GET /users", "ANY /search"] == listed(app)
    assert "/users -> answer" == found(app, "/users", **{"X-Version": "2"})
    assert "/users ->  (not the method)" == found(
        app, "/users", "POST", **{"X-Version": "2"}
    )
    assert None is found(app, "/users")
    assert "/search" == router.find(RouteQuery("GET", "/search", (), "q=1")).path
    assert "/files/*subpath ->  (opaque)" == found(app, "/files/a.txt")


def test_pyramid_views_found_by_traversal_have_no_routes():
    app = pyramid_app(lambda config: config.add_view(answer, name="users"))

    with pytest.raises(RouteUnknown, match="answer is found by traversal"):
        found(app, "/users")
