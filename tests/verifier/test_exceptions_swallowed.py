"""The provider's exception is reported, even if its framework turned it into a 500."""

import json
import logging
import sys
import types

import pytest

import pypact
from pypact.verifier.exceptions import parse_traceback


def normalise(data):
    return data["email"]


def flask():
    import flask

    app = flask.Flask("users")
    app.get("/users")(lambda: normalise({}))
    return app


def django():
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import path
    from django_settings import configure_django

    configure_django()
    urls = types.ModuleType("urls_of_hidden_exceptions")
    urls.urlpatterns = [path("users", lambda request: normalise({}))]
    sys.modules[urls.__name__] = urls
    handler = WSGIHandler()

    def app(environ, start_response):
        from django.test import override_settings

        with override_settings(ROOT_URLCONF=urls.__name__, ALLOWED_HOSTS=["*"]):
            return handler(environ, start_response)

    return app


def falcon():
    import falcon

    class Users:
        def on_get(self, req, resp):
            resp.media = normalise({})

    app = falcon.App()
    app.add_route("/users", Users())
    return app


def bottle():
    import bottle

    app = bottle.Bottle()
    app.get("/users")(lambda: normalise({}))
    return app


def pyramid():
    from quiet_pyramid import Configurator

    config = Configurator()
    config.add_route("users", "/users")
    config.add_view(lambda request: normalise({}), route_name="users", renderer="json")
    return config.make_wsgi_app()


def starlette():
    from starlette.applications import Starlette
    from starlette.routing import Route

    return Starlette(routes=[Route("/users", lambda request: normalise({}))])


def fastapi():
    import fastapi

    app = fastapi.FastAPI()
    app.get("/users")(lambda: normalise({}))
    return app


def quart():
    import quart

    app = quart.Quart("users")

    @app.get("/users")
    async def users():
        return normalise({})

    return app


def falcon_async():
    import falcon.asgi

    class Users:
        async def on_get(self, req, resp):
            resp.media = normalise({})

    app = falcon.asgi.App()
    app.add_route("/users", Users())
    return app


def litestar():
    import litestar

    @litestar.get("/users")
    async def users() -> dict:
        return normalise({})

    return litestar.Litestar([users])


FRAMEWORKS = [
    flask,
    django,
    falcon,
    falcon_async,
    bottle,
    pyramid,
    starlette,
    fastapi,
    quart,
    litestar,
]


def failure_of(app, tmp_path, status=299):
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [
            {
                "description": "all users",
                "request": {"method": "GET", "path": "/users"},
                "response": {"status": status},
            }
        ],
    }
    file = tmp_path / "pact.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    verifier = pypact.Verifier("Users", app=app, pacts=file)

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify(reports=[])

    return str(caught.value)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda made: made.__name__)
def test_the_exception_is_reported_with_its_traceback(framework, tmp_path):
    text = failure_of(framework(), tmp_path)

    assert "the provider raised KeyError: 'email'" in text
    assert "test_exceptions_swallowed.py" in text
    assert 'in normalise  ->  return data["email"]' in text


@pytest.mark.parametrize("status", [404, 500])
def test_a_logged_exception_is_reported_as_cause_only_of_a_server_error(
    status, tmp_path
):
    import flask

    app = flask.Flask("users")

    @app.get("/users")
    def users():
        try:
            normalise({})
        except KeyError:
            logging.getLogger("users").warning("no mail\n  for Ann", exc_info=True)
        return {}, status

    text = failure_of(app, tmp_path)

    assert (status == 500) is ("the provider raised KeyError" in text)
    assert "log        WARNING users: no mail [KeyError: 'email']" in text
    assert "\n                 for Ann\n" in text


def test_a_protocol_error_is_distinguished_from_the_providers_exception(tmp_path):
    def app(environ, start_response):
        try:
            normalise({})
        except KeyError:
            logging.getLogger("users").exception("no mail")
        return []

    text = failure_of(app, tmp_path)

    assert "the provider violated WSGI" in text
    assert 1 == text.count("the provider raised")
    assert "the provider raised KeyError: 'email'" in text


def test_an_exception_without_a_response_is_shown_once_in_its_block(tmp_path):
    def app(environ, start_response):
        normalise({})

    headline, _, block = failure_of(app, tmp_path).partition("request")

    assert "the provider raised KeyError: 'email'" in headline
    assert 1 == block.count("the provider raised KeyError")
    assert 'in normalise  ->  return data["email"]' in block


def test_the_last_traceback_in_a_string_is_parsed():
    text = """prefix Traceback (most recent call last):
  File "/app/old.py", line 1, in old
ValueError: first

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/lib/python3/site-packages/x/y.py", line 7, in serve
    view()
  File "/app/views.py", line 12, in view
    raise KeyError("email")
    ^^^^^^^^^^^^^^^^^^^^^^^
KeyError: 'email'
"""
    parsed = parse_traceback(["nothing here", text])

    assert "KeyError: 'email'" == parsed.headline
    assert (
        '/app/views.py:12 in view  ->  raise KeyError("email")',
        "(1 other frames not shown)",
    ) == parsed.lines
    assert parse_traceback(["Traceback (most recent call last):\n  cut off"]) is None
