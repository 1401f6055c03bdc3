"""Find the application that a user names, and create the target for it.

An application is ASGI if it is a coroutine function, has one as `__call__`, or takes
three arguments; WSGI if it takes two. A callable that needs no arguments is a factory.
Argument names take precedence over their number: `scope` means ASGI, `environ` WSGI.
"""

from __future__ import annotations

import importlib
import inspect
import operator
from typing import TYPE_CHECKING, Any, TypedDict

from pypact.errors import InvalidExpectation
from pypact.targets.asgi import AsgiTarget
from pypact.targets.base import Target
from pypact.targets.django import DjangoAsgiTarget, is_django, load_django_handler
from pypact.targets.http import HttpTarget
from pypact.targets.wsgi import WsgiTarget

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Mapping


def import_app(text: str) -> Any:
    """Import the application that `package.module:name` names.

    Without a name, `app` or `application` is used; else this is `import_object`.
    """
    if "://" in text:
        raise InvalidExpectation(
            f"app={text!r} is a URL; pass the URL of a running provider as base_url= "
            "(--base-url)"
        )
    return import_object(text, f"app={text!r}")


def import_object(text: str, label: str) -> Any:
    """Import the object that `package.module:name` names; `label` begins the errors.

    `name` may contain dots and may end with `()`, which calls a factory. Errors inside
    the module are not caught.

    Raises: InvalidExpectation if there is no such object.
    """
    module_name, _, names = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise InvalidExpectation(
            f"{label}: there is no module {error.name!r}; expected a string like "
            "'package.module:app', importable from the current directory"
        ) from error
    except SystemExit as error:
        raise InvalidExpectation(
            f"{label}: {module_name} exits when it is imported (SystemExit: "
            f"{error.code}); guard that code with `if __name__ == '__main__'`"
        ) from error
    except (ValueError, TypeError) as error:
        raise InvalidExpectation(
            f"{label} is not a string like 'package.module:app'"
        ) from error
    if not names:
        usual = ("app", "application")
        names = next((name for name in usual if hasattr(module, name)), usual[0])
    return _get_object(
        module, names.removesuffix("()"), label, call=names.endswith("()")
    )


def _get_object(module: Any, names: str, label: str, *, call: bool) -> Any:
    try:
        found = operator.attrgetter(names)(module)
    except AttributeError:
        raise InvalidExpectation(
            f"{label}: the module {module.__name__} has no {names!r}"
        ) from None
    return call_factory(found) if call else found


def call_factory(factory: Any) -> Any:
    """Call an application factory and return its product."""
    try:
        return factory()
    except SystemExit as error:
        raise InvalidExpectation(
            f"the factory app={factory!r} exited (SystemExit: {error.code})"
        ) from error


def resolve_factory(app: Any) -> Any:
    """Return the product of `app` if it is a factory, else `app` itself."""
    if not callable(app):
        raise InvalidExpectation(
            f"app={app!r} is neither a WSGI nor an ASGI application, nor a factory or "
            "an import string of one, nor a target with send()"
        )
    if not _is_factory(app):
        return app
    product = call_factory(app)
    if inspect.iscoroutine(product):
        product.close()
        raise InvalidExpectation(
            f"app={app!r} is an async factory; pass the application that it returns"
        )
    if not callable(product) or _is_factory(product):
        raise InvalidExpectation(
            f"app={app!r} needs no arguments, so it was called as a factory; it "
            f"returned {product!r}, which is neither a WSGI nor an ASGI application"
        )
    return product


def is_asgi(app: Any) -> bool:
    """Return whether `app` is an ASGI application, not a WSGI application."""
    detected = _detect_asgi(app)
    if detected is not None:
        return detected
    signature = _get_signature(app)
    if signature is not None and _accepts(signature, 2):
        raise InvalidExpectation(
            f"app={app!r} takes {signature}, which fits both {_WSGI} and {_ASGI}; "
            "choose one with wsgi=True or asgi=True, or pass its product if it is a "
            "factory"
        )
    raise InvalidExpectation(
        f"app={app!r} takes {signature}, which fits neither {_WSGI} nor {_ASGI}"
    )


def check_arguments(app: Any, *, asgi: bool) -> None:
    """Raise InvalidExpectation if `app` cannot be called as ASGI, or as WSGI."""
    signature = _get_signature(app)
    if signature is None or _accepts(signature, 3 if asgi else 2):
        return
    expected = _ASGI if asgi else _WSGI
    raise InvalidExpectation(f"app={app!r} takes {signature}, expected {expected}")


def _detect_asgi(app: Any) -> bool | None:
    """Return True for ASGI, False for WSGI, None if that cannot be detected."""
    if _is_async_callable(app):
        return True
    signature = _get_signature(app)
    first = _find_first_parameter(signature)
    if signature is None or first in _WSGI_NAMES:
        return False
    two, three = _accepts(signature, 2), _accepts(signature, 3)
    if two and three and first != "scope":
        wrapped = _find_wrapped(app)
        return None if wrapped is None else _detect_asgi(wrapped)
    return three if two or three else None


def _is_factory(app: Any) -> bool:
    """Return whether `app` has to be called without arguments to get the application.

    An optional first argument is a setting, unless it is named as in WSGI or ASGI.
    """
    signature = _get_wrapped_signature(app)
    if signature is None or not _accepts(signature, 0):
        return False
    first = _find_first_parameter(signature)
    if first is None:
        return not _accepts(signature, 2) and not _accepts(signature, 3)
    return first not in _WSGI_NAMES and first != "scope"


def _find_first_parameter(signature: inspect.Signature | None) -> str | None:
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature.parameters.values() if signature is not None else ()
    names = (parameter.name for parameter in parameters if parameter.kind in named)
    return next(names, None)


def _find_wrapped(app: Any) -> Any:
    """Return the application that a middleware holds under one of the usual names."""
    names = ("app", "application", "wrapped", "__wrapped__")
    found = (getattr(app, name, None) for name in names)
    return next(filter(callable, found), None)


def _is_async_callable(app: Any) -> bool:
    while hasattr(app, "func") and hasattr(app, "keywords"):  # functools.partial
        app = app.func
    # The `__call__` of an object may differ from that of its class.
    owners = (type(app),) if inspect.isclass(app) else (app, type(app))
    calls = [getattr(owner, "__call__", None) for owner in owners]  # noqa: B004 -- needed itself, not only whether it exists
    return any(map(inspect.iscoroutinefunction, [app, *calls]))


def _get_signature(app: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(app, follow_wrapped=False)
    except (TypeError, ValueError):
        return _get_wrapped_signature(app)


def _get_wrapped_signature(app: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(app)
    except (TypeError, ValueError):
        return None


def _accepts(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


_WSGI_NAMES = ("environ", "env")
_WSGI = "WSGI's (environ, start_response)"
_ASGI = "ASGI's (scope, receive, send)"


class TargetOptions(TypedDict, total=False):
    """Options for sending requests to a provider; each target accepts some of them.

    For an application in this process: `host` is the `Host` header of requests without
    one (default "localhost", for Django "testserver"). `mount` is the path that the
    application is mounted at, which the contract's paths do not contain. `scheme` is
    "http" or "https". `strict` adds the checks of `wsgiref.validate`. `lifespan` is
    "auto", "on" or "off". `environ_extra` and `scope_extra` are added to the WSGI
    environ or ASGI scope of each request. A response is cut off after `max_body` bytes
    or `timeout` seconds; for a WSGI application, that time begins with the first chunk
    of the body.

    For a provider at a base URL: `timeout` and `max_body`; `wait_for`, the seconds for
    which refused connections are retried; `tls`, or `verify` and `cert`, as for
    `HttpTarget`; `proxy`, the URL of a proxy.
    """

    host: str
    mount: str
    scheme: str
    strict: bool
    lifespan: str
    environ_extra: Mapping[str, Any]
    scope_extra: Mapping[str, Any]
    max_body: int
    timeout: float
    wait_for: float
    tls: ssl.SSLContext
    verify: bool | str
    cert: str | tuple[str, str]
    proxy: str


def is_target(app: object) -> bool:
    """Return whether `app` is a target, of pypact or the user, not an application."""
    return isinstance(app, Target) or (
        callable(getattr(app, "send", None)) and not callable(app)
    )


def _delegate(name: str) -> Any:
    """Return a property that reads an attribute of the user's object at each access."""
    return property(lambda custom: custom.get_member(name))


class CustomTarget(Target):
    """A target around a user's own object, which has the method `send`.

    The object may have other members of `Target` too; those that it lacks, and those
    that are None, are inherited. With `asend`, it is async; with `astart`, it is
    started by `start` or `astart`.
    """

    def __init__(self, target: Any) -> None:
        self._target = target

    app = _delegate("app")
    host = _delegate("host")
    prefix = _delegate("prefix")
    base_url = _delegate("base_url")
    is_remote = _delegate("is_remote")
    send = _delegate("send")
    asend = _delegate("asend")
    aclose = _delegate("aclose")

    def get_member(self, name: str) -> Any:
        """Return a member of the object, or the inherited one if it has none."""
        found = getattr(self._target, name, None)
        return getattr(super(), name) if found is None else found

    @property
    def is_async(self) -> bool:  # type: ignore[override]  # read-only here
        return self._defines("asend")

    @property
    def remark(self) -> str:
        return str(self.get_member("remark"))

    def start(self) -> BaseException | None:
        # An object without `astart` may use the name `start` for something else.
        if not self._defines("astart"):
            return None
        error: BaseException | None = self.get_member("start")()
        return error

    async def astart(self) -> BaseException | None:
        if not self._defines("astart"):
            return None
        error: BaseException | None = await self._target.astart()
        return error

    def run(self, awaitable: Awaitable[Any]) -> Any:
        return self.get_member("run")(awaitable)

    def close(self) -> None:
        self.get_member("close")()
        super().close()

    def _defines(self, name: str) -> bool:
        return getattr(self._target, name, None) is not None


def create_target(
    app: Any = None,
    *,
    wsgi: Any = None,
    asgi: Any = None,
    base_url: str | None = None,
    django: bool = False,
    options: TargetOptions | None = None,
) -> Target:
    """Create the target that sends requests to `app`.

    `app` is an application, a factory, the import string of either, or a target.
    Whether it is WSGI or ASGI is detected; to state it, pass the application as `wsgi`
    or `asgi` instead, or set one of them to True. `django` uses the project that
    `DJANGO_SETTINGS_MODULE` names. `base_url` is the URL of a running provider.

    Raises: InvalidExpectation if `app` is neither a WSGI nor an ASGI application, or
    for an option that its target does not accept.
    """
    settings: dict[str, Any] = dict(options or {})
    if base_url is not None:
        if any(given not in (None, False) for given in (app, wsgi, asgi, django)):
            raise InvalidExpectation(
                "expected either an application or base_url=, got both"
            )
        _check_options(settings, HttpTarget, "a provider at a base URL")
        return HttpTarget(base_url, **settings)
    app, kind = _select_app(app, wsgi, asgi, django=django)
    if isinstance(app, str):
        app = import_app(app)
    if isinstance(app, Target):
        return app
    if is_target(app):
        return CustomTarget(app)
    app = resolve_factory(app)
    if django or is_django(app):
        settings.setdefault("host", "testserver")
    as_asgi = kind == "asgi" or (kind is None and is_asgi(app))
    check_arguments(app, asgi=as_asgi)
    if as_asgi:
        _check_options(settings, AsgiTarget, "an ASGI application")
        target = DjangoAsgiTarget if django or is_django(app) else AsgiTarget
        return target(app, **settings)
    _check_options(settings, WsgiTarget, "a WSGI application")
    return WsgiTarget(app, **settings)


def _select_app(
    app: Any, wsgi: Any, asgi: Any, *, django: bool
) -> tuple[Any, str | None]:
    named = {"wsgi": wsgi, "asgi": asgi}
    kinds = [kind for kind, value in named.items() if value not in (None, False)]
    if len(kinds) > 1:
        raise InvalidExpectation("expected either wsgi= or asgi=, got both")
    kind = kinds[0] if kinds else None
    both = app, named.get(kind or "")
    given = [value for value in both if value not in (None, True)]
    if django and not given:
        return load_django_handler(asgi=kind == "asgi"), kind or "wsgi"
    if len(given) != 1:
        problem = "expected only one" if given else "no provider is given; pass one"
        raise InvalidExpectation(
            f"{problem} of app=, wsgi=, asgi=, django=True or base_url="
        )
    return given[0], kind


def _check_options(options: dict[str, Any], target: type[Target], what: str) -> None:
    """Raise InvalidExpectation unless `target` accepts all `options` by name."""
    constructor = target.__init__
    known = sorted(constructor.__kwdefaults__ or ())
    if unknown := ", ".join(name for name in options if name not in known):
        raise InvalidExpectation(
            f"{what} has no option {unknown}; its options are {', '.join(known)}"
        )
