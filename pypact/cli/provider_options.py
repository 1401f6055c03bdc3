"""Which options say what the provider is, and how it is called and brought into states?

Names: conventions 4.2, where another tool has the option as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from pypact.masking import HIDDEN
from pypact.targets.importing import imported
from pypact.targets.interfaces import made
from pypact.web import without_secrets

__all__ = ["app_of", "headers_of", "provider_options", "provider_parts", "settings_of"]

_ProviderCommand = TypeVar("_ProviderCommand", bound=Callable[..., Any])


def provider_options(command: _ProviderCommand) -> _ProviderCommand:
    """Add the provider options to a command."""
    for option in reversed(_PROVIDER_OPTIONS):
        command = option(command)
    return command


def app_of(given: dict[str, Any]) -> Any:
    """Import the application of `--app`; return None for the other kinds of provider.

    Raises: UsageError, unless exactly one provider is given; InvalidExpectation, if the
    application cannot be imported.
    """
    if sum(bool(given[name]) for name in ("app", "base_url", "django")) != 1:
        raise click.UsageError("give exactly one of --app, --django and --base-url")
    return made(imported(given["app"])) if given["app"] else None


def settings_of(given: dict[str, Any], app: Any) -> dict[str, Any]:
    """Return the keyword arguments for `Verifier` that the options describe."""
    others = _APP_ONLY if given["base_url"] else _BASE_URL_ONLY
    for name in others:
        if given[name]:
            option = name.replace("_", "-")
            required = "--app or --django" if given["base_url"] else "--base-url"
            raise click.UsageError(f"--{option} can only be used with {required}")
    settings = {name: given[name] for name in _SAME_NAME if given[name]}
    if app is not None:
        settings["app"] = app
    if given["insecure"]:
        settings["verify"] = False
    elif given["ca_file"]:
        settings["verify"] = given["ca_file"]
    if given["client_cert"]:
        key = given["client_key"]
        settings["cert"] = (given["client_cert"], key) if key else given["client_cert"]
    elif given["client_key"]:
        raise click.UsageError("--client-key needs --client-cert")
    headers = headers_of(given["state_headers"], "--state-header")
    if headers:
        settings["state_headers"] = dict(headers)
    return settings


def headers_of(texts: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Parse headers of the form `Name: value`; errors name `option`."""
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"{option} must have the form 'Name: value'")
        found.append((name.strip(), value.strip()))
    return found


def provider_parts(context: click.Context, given: dict[str, Any]) -> list[str]:
    """Return the given provider options, with header values hidden."""
    parts: list[str] = []
    for option in context.command.params:
        value = given.get(option.name or "")
        if option.name not in _RERUN_OPTIONS or value in (None, False, ()):
            continue
        written = option.opts[0]
        if value is True:
            parts.append(written)
        elif isinstance(value, tuple):
            for text in value:
                parts += [written, f"{text.partition(':')[0]}: {HIDDEN}"]
        else:
            shown = f"{value:g}" if isinstance(value, float) else without_secrets(value)
            parts += [written, shown]
    return parts


_PROVIDER_OPTIONS = [
    click.option(
        "--app",
        metavar="MODULE:APP",
        help="Verify this WSGI or ASGI application in process.",
    ),
    click.option(
        "--django",
        is_flag=True,
        help="Verify the Django project of DJANGO_SETTINGS_MODULE.",
    ),
    click.option(
        "--base-url", metavar="URL", help="Verify the provider that runs at this URL."
    ),
    click.option("--wsgi", is_flag=True, help="Call the application as WSGI."),
    click.option("--asgi", is_flag=True, help="Call the application as ASGI."),
    click.option(
        "--host",
        metavar="NAME",
        help="Host header for requests to an application, unless the pact has one.",
    ),
    click.option(
        "--mount",
        metavar="PATH",
        help="Path prefix of the application that is not in the pacts' paths.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Time limit for a response.  [default: 30]",
    ),
    click.option(
        "--wait-for",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Time to wait for the provider at the base URL to accept connections.",
    ),
    click.option(
        "--follow-redirects", is_flag=True, help="Follow redirects within the provider."
    ),
    click.option(
        "--ca-file", metavar="FILE", help="Trust the CA certificates in this PEM file."
    ),
    click.option(
        "--insecure",
        "--disable-ssl-verification",
        is_flag=True,
        help="Do not verify TLS certificates.",
    ),
    click.option(
        "--client-cert", metavar="FILE", help="Client certificate (PEM file)."
    ),
    click.option(
        "--client-key",
        metavar="FILE",
        help="Private key, unless the certificate file has it.",
    ),
    click.option(
        "--header",
        "headers",
        metavar="'NAME: VALUE'",
        multiple=True,
        help="Send this header with each request; reports hide its value. Repeatable.",
    ),
    click.option(
        "--state-url", metavar="URL", help="URL to set up provider states by POST."
    ),
    click.option(
        "--state-teardown",
        is_flag=True,
        help="Also call the state URL for the teardown of states.",
    ),
    click.option(
        "--state-as-query",
        is_flag=True,
        help="Send the state in the query instead of the body.",
    ),
    click.option(
        "--state-header",
        "state_headers",
        metavar="'NAME: VALUE'",
        multiple=True,
        help="Send this header to the state URL. Repeatable.",
    ),
    click.option(
        "--unknown-states",
        type=click.Choice(["error", "warn", "ignore"]),
        help="How to treat a state without a function.  [default: warn]",
    ),
]

# Options that `Verifier` takes under the same names.
_SAME_NAME = (
    "asgi",
    "base_url",
    "django",
    "follow_redirects",
    "host",
    "mount",
    "state_as_query",
    "state_teardown",
    "state_url",
    "timeout",
    "unknown_states",
    "wait_for",
    "wsgi",
)

_BASE_URL_ONLY = ("ca_file", "client_cert", "insecure", "wait_for")
_APP_ONLY = ("asgi", "host", "mount", "wsgi")

_RERUN_OPTIONS = (
    *_SAME_NAME,
    "app",
    "ca_file",
    "client_cert",
    "client_key",
    "headers",
    "insecure",
    "state_headers",
)
