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
    """How a provider is called; each target takes its part.

    In process: `host` is sent where the contract has none ("localhost", for Django
    "testserver"), `mount` is the path that the application is mounted at, which the
    contract's paths do not have, `scheme` is "http" or "https", `strict` adds the
    checks of `wsgiref.validate`, `lifespan` is "auto", "on" or "off", `environ_extra`
    and `scope_extra` are added to each call. `max_body` are the bytes of an endless
    answer that are taken, `timeout` the seconds: for the whole answer, of a WSGI
    application from the first piece of its body on.

    At a base URL: `timeout`, `max_body`; `wait_for` are the seconds that a provider may
    still refuse connections; `tls`, or `verify` and `cert`, are as for `HttpTarget`;
    `proxy` is the URL of one.
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
    """Find the target that drives `app`.

    `app` is an application, a factory or an import string of one, or a target. Its kind
    is found by looking at it; `wsgi` or `asgi` in its place, or as a flag beside it,
    say it. `django` takes the project of `DJANGO_SETTINGS_MODULE`. `base_url` is where
    a provider listens.

    Raises: InvalidExpectation when `app` is none that can be driven, and for an option
    that its target does not have.
    """
    settings: dict[str, Any] = dict(options or {})
    if base_url is not None:
        if any(one not in (None, False) for one in (app, wsgi, asgi, django)):
            raise InvalidExpectation("give an application or base_url=, not both")
        known = _taken(settings, _HTTP_OPTIONS, "a provider at a base URL")
        return HttpTarget(base_url, **known)
    app, kind = _one_of(app, wsgi, asgi, django=django)
    if isinstance(app, str):
        app = imported(app)
    send = getattr(app, "send", None)
    if callable(send) and not callable(app):
        return app  # type: ignore[no-any-return]  # a Target of the user's own
    app = made(app)
    if django or is_django(app):
        settings.setdefault("host", "testserver")
    is_asgi = kind == "asgi" or (kind is None and speaks_asgi(app))
    refuse_other(app, asgi=is_asgi)
    if is_asgi:
        target = DjangoAsgiTarget if django or is_django(app) else AsgiTarget
        return target(app, **_taken(settings, _ASGI_OPTIONS, "an ASGI application"))
    return WsgiTarget(app, **_taken(settings, _WSGI_OPTIONS, "a WSGI application"))


def _one_of(app: Any, wsgi: Any, asgi: Any, *, django: bool) -> tuple[Any, str | None]:
    named = {"wsgi": wsgi, "asgi": asgi}
    kinds = [kind for kind, value in named.items() if value not in (None, False)]
    if len(kinds) > 1:
        raise InvalidExpectation("give one of wsgi= and asgi=, not both")
    kind = kinds[0] if kinds else None
    given = [one for one in (app, named.get(kind or "")) if one not in (None, True)]
    if django and not given:
        return django_app(asgi=kind == "asgi"), kind or "wsgi"
    if len(given) != 1:
        many = "only one of them" if given else "one of them"
        raise InvalidExpectation(
            f"give {many}: app=, wsgi=, asgi=, django=True or base_url="
        )
    return given[0], kind


def _taken(
    options: dict[str, Any], known: tuple[str, ...], what: str
) -> dict[str, Any]:
    unknown = ", ".join(name for name in options if name not in known)
    if unknown:
        raise InvalidExpectation(
            f"{what} has no option {unknown}; it has {', '.join(known)}"
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
