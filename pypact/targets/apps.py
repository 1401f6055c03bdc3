"""Which target drives this app?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from pypact.errors import InvalidExpectation
from pypact.targets.answers import Target
from pypact.targets.asgi import AsgiTarget
from pypact.targets.django import DjangoAsgiTarget, django_app, is_django
from pypact.targets.http import HttpTarget
from pypact.targets.importing import imported
from pypact.targets.interfaces import made, refuse_other, speaks_asgi
from pypact.targets.wsgi import WsgiTarget

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

__all__ = ["TargetOptions", "target_for"]


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


def target_for(
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
        if any(one not in (None, False) for one in (app, wsgi, asgi, django)):
            raise InvalidExpectation(
                "expected either an application or base_url=, got both"
            )
        known = _checked_options(settings, _HTTP_OPTIONS, "a provider at a base URL")
        return HttpTarget(base_url, **known)
    app, kind = _select_app(app, wsgi, asgi, django=django)
    if isinstance(app, str):
        app = imported(app)
    send = getattr(app, "send", None)
    if callable(send) and not callable(app):
        return app  # type: ignore[no-any-return]  # a Target that the user wrote
    app = made(app)
    if django or is_django(app):
        settings.setdefault("host", "testserver")
    as_asgi = kind == "asgi" or (kind is None and speaks_asgi(app))
    refuse_other(app, asgi=as_asgi)
    if as_asgi:
        target = DjangoAsgiTarget if django or is_django(app) else AsgiTarget
        return target(
            app, **_checked_options(settings, _ASGI_OPTIONS, "an ASGI application")
        )
    return WsgiTarget(
        app, **_checked_options(settings, _WSGI_OPTIONS, "a WSGI application")
    )


def _select_app(
    app: Any, wsgi: Any, asgi: Any, *, django: bool
) -> tuple[Any, str | None]:
    named = {"wsgi": wsgi, "asgi": asgi}
    kinds = [kind for kind, value in named.items() if value not in (None, False)]
    if len(kinds) > 1:
        raise InvalidExpectation("expected either wsgi= or asgi=, got both")
    kind = kinds[0] if kinds else None
    given = [one for one in (app, named.get(kind or "")) if one not in (None, True)]
    if django and not given:
        return django_app(asgi=kind == "asgi"), kind or "wsgi"
    if len(given) != 1:
        problem = "expected only one" if given else "no provider is given; pass one"
        raise InvalidExpectation(
            f"{problem} of app=, wsgi=, asgi=, django=True or base_url="
        )
    return given[0], kind


def _checked_options(
    options: dict[str, Any], known: tuple[str, ...], what: str
) -> dict[str, Any]:
    """Return `options`; raise InvalidExpectation if one of them is not in `known`."""
    unknown = ", ".join(name for name in options if name not in known)
    if unknown:
        raise InvalidExpectation(
            f"{what} has no option {unknown}; its options are {', '.join(known)}"
        )
    return options


_ASGI_OPTIONS = (
    "host",
    "lifespan",
    "max_body",
    "mount",
    "scheme",
    "scope_extra",
    "timeout",
)
_HTTP_OPTIONS = (
    "cert",
    "max_body",
    "proxy",
    "timeout",
    "tls",
    "verify",
    "wait_for",
)
_WSGI_OPTIONS = (
    "environ_extra",
    "host",
    "max_body",
    "mount",
    "scheme",
    "strict",
    "timeout",
)
