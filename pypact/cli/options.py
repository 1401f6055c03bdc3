"""Options of `pypact verify` for the broker and the provider.

Source: docs/internals/conventions.md, "Option names"; a broker's own option names come
before those of other tools.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from pypact.broker import Broker
from pypact.masking import HIDDEN
from pypact.model.json import Json
from pypact.targets.detect import import_app, resolve_factory
from pypact.web import mask_url

_BrokerCommand = TypeVar("_BrokerCommand", bound=Callable[..., Any])


def add_broker_options(command: _BrokerCommand) -> _BrokerCommand:
    """Add the broker options to a command."""
    for option in reversed(_BROKER_OPTIONS):
        command = option(command)
    return command


def build_broker(given: dict[str, Any], *, has_pacts: bool) -> Broker | None:
    """Return the broker that the options describe, or None.

    Without broker options, a broker is used only if the command line has no pacts and
    the environment variables name a broker or a pact.

    Raises: InvalidExpectation, for options that do not fit together.
    """
    pact_url = given["webhook_pact_url"]
    if not has_pacts and pact_url is None:
        pact_url = _environment_variable("PACT_WEBHOOK_CALLBACK_URL", "PACT_URL")
    has_broker_variable = (
        _environment_variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL") is not None
    )
    has_broker_option = pact_url or any(given[name] for name in _BROKER_ONLY)
    if not has_broker_option and (has_pacts or not has_broker_variable):
        return None
    return Broker(
        given["broker_url"],
        username=given["broker_username"],
        password=given["broker_password"],
        token=given["broker_token"],
        selectors=given["selectors"],
        pending=given["enable_pending"],
        wip_since=given["include_wip_pacts_since"],
        pact_url=pact_url,
        publish=given["publish"] or None,
        provider_version=given["provider_version"],
        provider_branch=given["provider_branch"],
        provider_tags=given["provider_tag"],
        build_url=given["build_url"],
        detect_build=given["detect_build"],
        retries=given["broker_retries"],
    )


def format_broker_options(given: dict[str, Any]) -> list[str]:
    """Return the options that select the same pacts, without login and publishing."""
    parts: list[str] = []
    for name in ("broker_url", "webhook_pact_url"):
        if given[name] is not None:
            parts += [f"--{name.replace('_', '-')}", mask_url(given[name])]
    for selector in given["selectors"]:
        parts += ["--selector", json.dumps(selector)]
    if given["enable_pending"]:
        parts.append("--enable-pending")
    if given["include_wip_pacts_since"] is not None:
        parts += ["--include-wip-pacts-since", given["include_wip_pacts_since"]]
    if given["provider_branch"] is not None:
        parts += ["--provider-branch", given["provider_branch"]]
    for tag in given["provider_tag"]:
        parts += ["--provider-tag", tag]
    return parts


def _parse_selector(text: str) -> dict[str, Json]:
    try:
        selector = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not valid JSON: {error}") from None
    if not isinstance(selector, dict):
        raise click.BadParameter(f"{text!r} is not a JSON object")
    return selector


def _environment_variable(*names: str) -> str | None:
    return next(filter(None, map(os.environ.get, names)), None)


# Options that imply a broker.
_BROKER_ONLY = (
    "broker_url",
    "selectors",
    "enable_pending",
    "include_wip_pacts_since",
    "publish",
)

_BROKER_OPTIONS = [
    click.option(
        "--broker-url",
        metavar="URL",
        help="Verify the pacts of this broker. Credentials are read from "
        "PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD.",
    ),
    click.option("--broker-username", metavar="NAME", help="User name for the broker."),
    click.option("--broker-password", metavar="TEXT", help="Password for the broker."),
    click.option("--broker-token", metavar="TEXT", help="Bearer token for the broker."),
    click.option(
        "--broker-retries",
        type=click.IntRange(min=0),
        metavar="N",
        help="How often to retry a request after a temporary failure.",
    ),
    click.option(
        "--selector",
        "--consumer-version-selector",
        "--consumer-version-selectors",
        "selectors",
        multiple=True,
        type=_parse_selector,
        metavar="JSON",
        help="Consumer version selector, such as '{\"mainBranch\": true}'. Repeatable.",
    ),
    click.option(
        "--enable-pending", is_flag=True, help="Do not fail the run for pending pacts."
    ),
    click.option(
        "--include-wip-pacts-since",
        metavar="DATE",
        help="Also verify work in progress (WIP) pacts since this date.",
    ),
    click.option(
        "--webhook-pact-url",
        metavar="URL",
        help="Verify only the pact at this URL, as passed by a webhook.",
    ),
    click.option(
        "--publish",
        is_flag=True,
        help="Publish the results of a complete run to the broker.",
    ),
    click.option(
        "--provider-version",
        metavar="TEXT",
        help="Version of the provider, for publishing.",
    ),
    click.option(
        "--provider-branch", metavar="NAME", help="Branch of the provider version."
    ),
    click.option(
        "--provider-tag",
        multiple=True,
        metavar="NAME",
        help="Tag of the provider version. Repeatable.",
    ),
    click.option(
        "--build-url", metavar="URL", help="URL of the CI build, shown in the broker."
    ),
    click.option(
        "--detect-build",
        is_flag=True,
        help="Read version, branch and build URL from the CI server, or from git.",
    ),
]


_ProviderCommand = TypeVar("_ProviderCommand", bound=Callable[..., Any])


def add_provider_options(command: _ProviderCommand) -> _ProviderCommand:
    """Add the provider options to a command."""
    for option in reversed(_PROVIDER_OPTIONS):
        command = option(command)
    return command


def import_provider_app(given: dict[str, Any]) -> Any:
    """Import the application of `--app`; return None for the other kinds of provider.

    Raises: UsageError, unless exactly one provider is given; InvalidExpectation, if the
    application cannot be imported.
    """
    if sum(bool(given[name]) for name in ("app", "base_url", "django")) != 1:
        raise click.UsageError("give exactly one of --app, --django and --base-url")
    return resolve_factory(import_app(given["app"])) if given["app"] else None


def build_verifier_arguments(given: dict[str, Any], app: Any) -> dict[str, Any]:
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
    headers = parse_headers(given["state_headers"], "--state-header")
    if headers:
        settings["state_headers"] = dict(headers)
    return settings


def parse_headers(texts: Sequence[str], option: str) -> list[tuple[str, str]]:
    """Parse headers of the form `Name: value`; errors name `option`."""
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"{option} must have the form 'Name: value'")
        found.append((name.strip(), value.strip()))
    return found


def format_provider_options(context: click.Context, given: dict[str, Any]) -> list[str]:
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
            shown = f"{value:g}" if isinstance(value, float) else mask_url(value)
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
