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

_Command = TypeVar("_Command", bound=Callable[..., Any])


def provider_options(command: _Command) -> _Command:
    """Give a command the options of the provider."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def app_of(given: dict[str, Any]) -> Any:
    """Import the application, or give None where another provider is meant.

    Raises: UsageError for none or several of them, InvalidExpectation for what cannot
    be imported.
    """
    if sum(bool(given[name]) for name in ("app", "base_url", "django")) != 1:
        raise click.UsageError("give one of --app, --django and --base-url")
    return made(imported(given["app"])) if given["app"] else None


def settings_of(given: dict[str, Any], app: Any) -> dict[str, Any]:
    """Give the arguments of a verifier."""
    others = _IN_PROCESS if given["base_url"] else _AT_A_URL
    for name in others:
        if given[name]:
            option = name.replace("_", "-")
            wanted = "--app or --django" if given["base_url"] else "--base-url"
            raise click.UsageError(f"--{option} is for a provider given by {wanted}")
    settings = {name: given[name] for name in _PLAIN if given[name]}
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
        raise click.UsageError("--client-key belongs to --client-cert")
    headers = headers_of(given["state_headers"], "--state-header")
    if headers:
        settings["state_headers"] = dict(headers)
    return settings


def headers_of(texts: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Read headers, as `Name: value`."""
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"{option} takes 'Name: value'")
        found.append((name.strip(), value.strip()))
    return found


def provider_parts(context: click.Context, given: dict[str, Any]) -> list[str]:
    """Write the options again, values of headers hidden."""
    parts: list[str] = []
    for option in context.command.params:
        value = given.get(option.name or "")
        if option.name not in _REPEATED or value in (None, False, ()):
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


_OPTIONS = [
    click.option(
        "--app", metavar="MODULE:APP", help="Verify this application in process."
    ),
    click.option(
        "--django", is_flag=True, help="Verify the project of DJANGO_SETTINGS_MODULE."
    ),
    click.option("--base-url", metavar="URL", help="Verify what listens there."),
    click.option("--wsgi", is_flag=True, help="Call the application as WSGI."),
    click.option("--asgi", is_flag=True, help="Call the application as ASGI."),
    click.option(
        "--host", metavar="NAME", help="Sent to an application where no pact has one."
    ),
    click.option(
        "--mount", metavar="PATH", help="Where it is mounted; no pact has this path."
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="How long an answer may take.  [default: 30]",
    ),
    click.option(
        "--wait-for",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="How long what is at the base URL may refuse connections at first.",
    ),
    click.option(
        "--follow-redirects", is_flag=True, help="Follow those within the provider."
    ),
    click.option("--ca-file", metavar="FILE", help="Trust these certificates, in PEM."),
    click.option(
        "--insecure",
        "--disable-ssl-verification",
        is_flag=True,
        help="Trust any certificate.",
    ),
    click.option(
        "--client-cert", metavar="FILE", help="Show this certificate, in PEM."
    ),
    click.option("--client-key", metavar="FILE", help="Its key, where not in there."),
    click.option(
        "--header",
        "headers",
        metavar="'NAME: VALUE'",
        multiple=True,
        help="Send this header with each request; no report shows its value. "
        "Repeatable.",
    ),
    click.option(
        "--state-url", metavar="URL", help="Where states are set up, by POST."
    ),
    click.option(
        "--state-teardown", is_flag=True, help="Call it after each state, too."
    ),
    click.option(
        "--state-as-query", is_flag=True, help="Tell it the state in the query."
    ),
    click.option(
        "--state-header",
        "state_headers",
        metavar="'NAME: VALUE'",
        multiple=True,
        help="Send this header there. Repeatable.",
    ),
    click.option(
        "--unknown-states",
        type=click.Choice(["error", "warn", "ignore"]),
        help="What a state without a function is.  [default: warn]",
    ),
]

# Given to a verifier under the same names.
_PLAIN = (
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

_AT_A_URL = ("ca_file", "client_cert", "insecure", "wait_for")
_IN_PROCESS = ("asgi", "host", "mount", "wsgi")

_REPEATED = (
    *_PLAIN,
    "app",
    "ca_file",
    "client_cert",
    "client_key",
    "headers",
    "insecure",
    "state_headers",
)
