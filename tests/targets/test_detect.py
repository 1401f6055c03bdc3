"""The detection of WSGI applications, ASGI applications and factories."""

import asyncio
import functools
import sys

import flask
import pytest
import werkzeug

from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.targets import (
    AsgiTarget,
    ProviderResponse,
    Target,
    WsgiTarget,
    create_target,
    is_target,
)


def wsgi_function(environ, start_response):
    """A WSGI application that is a function."""


async def asgi_function(scope, receive, send):
    """An ASGI application that is a function."""


def asgi_wrapped(scope, receive, send):
    """Return the coroutine of another application, as middleware does."""
    return asgi_function(scope, receive, send)


def asgi_optional(scope, receive=None, send=None):
    """Require only a scope, as older middleware does."""


class AsgiByItself:
    __slots__ = ("__call__",)

    def __init__(self):
        self.__call__ = asgi_function


class Wrapping:
    def __init__(self, app):
        self.app = app

    def __call__(self, *arguments, **named):
        """Pass on any arguments."""


class AsgiObject:
    async def __call__(self, scope, receive, send):
        """An ASGI application that is an object."""


class WsgiClass:
    def __init__(self, environ, start_response):
        """A WSGI application that is a class; its instances are response bodies."""


async def asgi_with_settings(settings, scope, receive, send):
    """An ASGI application after its settings are bound."""


def decorated(function):
    """Wrap a function, keeping its signature as `__wrapped__`."""

    @functools.wraps(function)
    def called(*given):
        return function(*given)

    return called


@pytest.mark.parametrize(
    "app",
    [
        wsgi_function,
        flask.Flask("app"),
        WsgiClass,
        flask.Flask("app").wsgi_app,
        lambda environ=None, start_response=None: [],
        Wrapping(Wrapping(wsgi_function)),
    ],
)
def test_a_callable_with_two_arguments_is_wsgi(app):
    assert isinstance(create_target(app), WsgiTarget)


@pytest.mark.parametrize(
    "app",
    [
        asgi_function,
        asgi_wrapped,
        asgi_optional,
        AsgiObject(),
        AsgiByItself(),
        Wrapping(AsgiObject()),
        functools.partial(asgi_with_settings, {}),
    ],
)
def test_a_coroutine_function_or_a_callable_with_three_arguments_is_asgi(app):
    assert isinstance(create_target(app), AsgiTarget)


def test_a_factory_is_called():
    def create_wsgi():
        return wsgi_function

    def create_asgi(settings=None):
        return asgi_function

    assert isinstance(create_target(create_wsgi), WsgiTarget)
    assert isinstance(create_target(create_asgi), AsgiTarget)
    assert isinstance(create_target(AsgiObject), AsgiTarget)


@pytest.mark.parametrize(
    "create",
    [
        lambda settings=None, testing=False: wsgi_function,
        lambda settings=None, testing=False, db=None: wsgi_function,
        lambda *, testing=False: wsgi_function,
        functools.cache(lambda settings=None: wsgi_function),
        decorated(lambda: wsgi_function),
    ],
)
def test_a_factory_may_have_settings(create):
    assert create_target(create).app is wsgi_function


def test_a_target_is_used_unchanged():
    target = WsgiTarget(wsgi_function)

    assert target is create_target(target)


def test_the_kind_can_be_forced():
    def anything(*arguments):
        """Accept the arguments of both interfaces."""

    assert isinstance(create_target(asgi=anything), AsgiTarget)
    assert isinstance(create_target(anything, asgi=True), AsgiTarget)
    assert isinstance(create_target(wsgi=anything), WsgiTarget)
    assert isinstance(create_target(anything, wsgi=True), WsgiTarget)


def test_a_decorator_does_not_hide_the_interface():
    """The decorated function may take other arguments, as with werkzeug."""

    @werkzeug.Request.application
    def answering(request):
        """Return a response."""

    assert isinstance(create_target(decorated(wsgi_function)), WsgiTarget)
    assert isinstance(create_target(decorated(decorated(asgi_function))), AsgiTarget)
    assert isinstance(create_target(answering, wsgi=True), WsgiTarget)
    with pytest.raises(InvalidExpectation, match="choose one with wsgi=True"):
        create_target(answering)


async def coroutine_of_one(request):
    """Fit neither interface."""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"app": lambda environ: []}, r"takes \(environ\), expected WSGI's"),
        ({"app": coroutine_of_one}, r"takes \(request\), expected ASGI's"),
        (
            {"wsgi": asgi_function},
            r"send\), expected WSGI's \(environ, start_response\)",
        ),
        (
            {"asgi": wsgi_function},
            r"start_response\), expected ASGI's \(scope, receive",
        ),
    ],
)
def test_a_callable_with_other_arguments_is_rejected_before_it_is_called(
    given, message
):
    with pytest.raises(InvalidExpectation, match=message):
        create_target(**given)


def test_more_than_one_application_or_none_is_rejected():
    with pytest.raises(InvalidExpectation, match="only one of app="):
        create_target(wsgi_function, asgi=asgi_function)
    with pytest.raises(InvalidExpectation, match="got both"):
        create_target(wsgi=wsgi_function, asgi=asgi_function)
    with pytest.raises(InvalidExpectation, match="pass one of app="):
        create_target()


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (7, "7 is neither a WSGI nor an ASGI application"),
        (lambda one: None, "neither WSGI's"),
        (lambda: None, "returned None, which is neither"),
        (lambda a, b, c, d: None, "neither WSGI's"),
        (lambda scope: None, "neither WSGI's"),
        (lambda *given: None, "choose one with wsgi=True or asgi=True"),
    ],
)
def test_other_objects_than_applications_are_rejected(app, message):
    with pytest.raises(InvalidExpectation, match=message):
        create_target(app)


def test_an_async_factory_is_rejected():
    async def create():
        """Return nothing."""

    with pytest.raises(InvalidExpectation, match="async factory"):
        create_target(create, wsgi=True)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A package `shop_of_tests` with a module `web`."""
    package = tmp_path / "shop_of_tests"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "web.py").write_text(
        "def app(environ, start_response): ...\n"
        "class inner:\n"
        "    async def api(scope, receive, send): ...\n"
        "def create_app(): return app\n"
    )
    (package / "broken.py").write_text("import not_there_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("shop_of_tests")]:
        del sys.modules[name]


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("shop_of_tests.web:app", WsgiTarget),
        ("shop_of_tests.web", WsgiTarget),
        ("shop_of_tests.web:create_app", WsgiTarget),
        ("shop_of_tests.web:create_app()", WsgiTarget),
        ("shop_of_tests.web:inner.api", AsgiTarget),
    ],
)
def test_an_import_string_is_imported(text, kind):
    assert isinstance(create_target(text), kind)


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop_of_tests.no:app", "there is no module 'shop_of_tests.no'"),
        ("no_shop:app", "there is no module 'no_shop'"),
        ("shop_of_tests.web:api", "shop_of_tests.web has no 'api'"),
        ("", "is not a string like"),
    ],
)
def test_an_import_string_without_an_object_is_rejected(text, message):
    with pytest.raises(InvalidExpectation, match=message):
        create_target(text)


@pytest.mark.usefixtures("module")
def test_an_error_inside_the_imported_module_propagates_unchanged():
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        create_target("shop_of_tests.broken:app")


def test_an_option_of_the_other_kind_is_rejected_with_the_valid_options():
    with pytest.raises(
        InvalidExpectation, match="no option scope_extra; its options are env"
    ):
        create_target(wsgi_function, options={"scope_extra": {}})
    with pytest.raises(InvalidExpectation, match="no option strict"):
        create_target(asgi_function, options={"strict": True})


class Minimal:
    """A user's own target, which only sends."""

    def send(self, request):
        return ProviderResponse(200, body=request.path.encode())


class Complete(Minimal):
    """A user's own target with an event loop and other members of `Target`."""

    host = "shop.test"
    prefix = "/v1"
    base_url = "https://shop.test/v1"
    remark = "started by the user"

    def __init__(self):
        self.is_closed = False

    async def asend(self, request):
        return ProviderResponse(201, body=request.path.encode())

    def run(self, awaitable):
        return asyncio.run(awaitable)

    def close(self):
        self.is_closed = True


REQUEST = Request.from_http("GET", "/users", [])


def test_an_object_with_send_is_a_target_with_the_defaults_of_the_base_class():
    target = create_target(Minimal())

    assert isinstance(target, Target)
    assert target.send(REQUEST).body == b"/users"
    assert asyncio.run(target.asend(REQUEST)).body == b"/users"
    assert target.start() is None
    assert asyncio.run(target.astart()) is None
    assert (target.app, target.host, target.prefix) == (None, "", "")
    assert (target.base_url, target.remark) == ("", "")
    assert not target.is_async
    assert not target.is_remote
    asyncio.run(target.aclose())
    target.close()


def test_the_other_members_of_an_object_with_send_are_used():
    own = Complete()
    target = create_target(own)

    assert target.is_async
    assert asyncio.run(target.asend(REQUEST)).status == 201
    assert target.run(target.asend(REQUEST)).status == 201
    assert (target.host, target.prefix) == ("shop.test", "/v1")
    assert target.base_url == "https://shop.test/v1"
    assert target.remark == "started by the user"
    target.close()
    assert own.is_closed


def test_an_object_with_asend_but_no_event_loop_gets_one():
    own = Minimal()
    own.asend = Complete().asend
    target = create_target(own)

    assert target.run(target.asend(REQUEST)).status == 201
    target.close()


def test_a_subclass_of_target_is_used_as_it_is():
    target = WsgiTarget(wsgi_function)

    assert create_target(target) is target
    assert is_target(target)


def test_an_application_is_not_a_target():
    assert not is_target(wsgi_function)
    assert not is_target("shop_of_tests.web:app")


def test_a_target_without_send_raises_when_used():
    with pytest.raises(NotImplementedError):
        Target().send(REQUEST)


class Awaited(Target):
    """A subclass without a `run` of its own."""

    is_async = True

    async def asend(self, request):
        return ProviderResponse(200)

    def send(self, request):
        return self.run(self.asend(request))


def test_a_subclass_without_run_gets_a_loop_that_close_closes():
    target = Awaited()

    assert target.send(REQUEST).status == 200
    assert target.default_loop.loop is not None
    target.close()
    assert target.default_loop.loop is None


def test_attributes_of_an_own_object_are_read_when_they_are_used():
    own = Minimal()
    target = create_target(own)
    own.host, own.remark, own.base_url = "shop.test", "started", "http://shop.test"
    own.asend = Complete().asend

    assert (target.host, target.remark) == ("shop.test", "started")
    assert target.base_url == "http://shop.test"
    assert target.is_async


@pytest.mark.parametrize("names", [("close", "aclose", "remark", "run"), None])
def test_members_that_are_none_are_inherited(names):
    class Own(Minimal):
        def __getattr__(self, name):
            if names is not None and name not in names:
                raise AttributeError(name)

    target = create_target(Own())

    assert (target.remark, target.host, target.is_remote) == ("", "", False)
    assert not target.is_async
    assert target.start() is None
    assert asyncio.run(target.astart()) is None
    assert target.run(target.asend(REQUEST)).status == 200
    asyncio.run(target.aclose())
    target.close()


def test_an_own_object_is_only_started_if_it_has_astart():
    class Own(Minimal):
        def start(self):
            return self

    own = Own()
    target = create_target(own)

    assert target.start() is None
    own.astart = Complete().asend
    assert target.start() is own
