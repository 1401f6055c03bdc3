"""Options of `pypact verify` for the broker and the provider.

Each option is one row of a table.

Source: docs/internals/conventions.md, "Option names"; a broker's own option names
take precedence over those of other tools.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import click

from pypact._lazy import import_later
from pypact.masking import HIDDEN, escape_control_characters
from pypact.model.json import Json

if TYPE_CHECKING:
    from pypact import broker, web
    from pypact.broker import Broker
else:
    broker = import_later("pypact.broker")
    web = import_later("pypact.web")

_Command = TypeVar("_Command", bound=Callable[..., Any])

Option: TypeAlias = Callable[[Any], Any]
"""A decorator that adds one option to a command."""


def echo_error(text: str) -> None:
    """Write a line to the error stream, with control characters escaped."""
    click.echo(escape_control_characters(text), err=True)


def option(form: str, text: str, *parameter: str, **settings: Any) -> Option:
    """Return an option; `form` is written as in the help, such as "--log -l FILE".

    An option without a metavar and a type is a flag. `parameter` is the name of its
    parameter, unless that is the first name of the option.
    """
    words = form.split()
    names = [word for word in words if word.startswith("-")]
    metavar = " ".join(words[len(names) :]) or None
    if metavar is None and not settings:
        settings = {"is_flag": True}
    return click.option(*names, *parameter, metavar=metavar, help=text, **settings)


def add_options(options: Iterable[Option]) -> Callable[[_Command], _Command]:
    """Return a decorator that adds a table of options to a command."""

    def add(command: _Command) -> _Command:
        for option in reversed(list(options)):
            command = option(command)
        return command

    return add


def name_report_parameter(report_format: str) -> str:
    """Return the parameter with the file of a report format."""
    return f"{report_format.replace('-', '_')}_file"


def build_broker(given: dict[str, Any], *, has_pacts: bool) -> Broker | None:
    """Return the broker that the options describe, or None.

    Without broker options, a broker is used only if the command line has no pacts and
    the environment variables name a broker or a pact.

    Raises: InvalidExpectation, for options that do not fit together.
    """
    pact_url = given["webhook_pact_url"]
    if not has_pacts and pact_url is None:
        pact_url = _environment_variable("PACT_WEBHOOK_CALLBACK_URL", "PACT_URL")
    variable = _environment_variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL")
    has_broker_option = pact_url or any(given.get(name) for name in _BROKER_ONLY)
    if not has_broker_option and (has_pacts or variable is None):
        return None
    return broker.Broker(
        given["broker_url"],
        username=given["broker_username"],
        password=given["broker_password"],
        token=given["broker_token"],
        selectors=given["selectors"],
        pact_url=pact_url,
        retries=given["broker_retries"],
        **_read_verification(given),
    )


def _read_verification(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a broker that only a verification has."""
    if "publish" not in given:
        return {}
    return {
        "pending": given["enable_pending"],
        "wip_since": given["include_wip_pacts_since"],
        "publish": given["publish"] or None,
        "provider_version": given["provider_version"],
        "provider_branch": given["provider_branch"],
        "provider_tags": given["provider_tag"],
        "build_url": given["build_url"],
        "detect_build": given["detect_build"],
    }


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

# The pacts that a broker has for a provider.
BROKER_SOURCE_OPTIONS = [
    option(
        "--broker-url URL",
        "Read the pacts of this broker. Credentials are read from PACT_BROKER_TOKEN, "
        "or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD.",
    ),
    option("--broker-username NAME", "User name for the broker."),
    option("--broker-password TEXT", "Password for the broker."),
    option("--broker-token TEXT", "Bearer token for the broker."),
    option(
        "--broker-retries N",
        "Times to repeat a request to the broker after a temporary failure.  "
        "[default: PACT_BROKER_HTTP_RETRIES, or 8]",
        type=click.IntRange(min=0),
    ),
    option(
        "--selector --consumer-version-selector --consumer-version-selectors JSON",
        "Consumer version selector, such as '{\"mainBranch\": true}'. Repeatable.",
        "selectors",
        multiple=True,
        type=_parse_selector,
    ),
    option(
        "--webhook-pact-url URL",
        "Read only the pact at this URL, as passed by a webhook.",
    ),
]

BROKER_OPTIONS = [
    *BROKER_SOURCE_OPTIONS,
    option("--enable-pending", "Do not fail the run for pending pacts."),
    option(
        "--include-wip-pacts-since DATE",
        "Also verify work in progress (WIP) pacts published since this date.",
    ),
    option("--publish", "Publish the results of a complete run to the broker."),
    option(
        "--provider-version TEXT", "Version of the provider to publish results for."
    ),
    option("--provider-branch NAME", "Branch of the provider version in the broker."),
    option(
        "--provider-tag NAME",
        "Tag of the provider version in the broker. Repeatable.",
        multiple=True,
    ),
    option("--build-url URL", "URL of the CI build, shown in the broker."),
    option(
        "--detect-build",
        "Read version, branch and build URL from the CI server, or from git.",
    ),
]


def import_provider_app(given: dict[str, Any], *, needs_provider: bool = True) -> Any:
    """Import the application of `--app`; return None for other kinds of provider.

    With `needs_provider`, one of the options that name the provider is required.
    """
    # `mock` and `stub` share this module and need no target, which imports asyncio.
    from pypact.targets.detect import import_app, resolve_factory  # noqa: PLC0415

    count = sum(bool(given[name]) for name in ("app", "base_url", "django"))
    if count > 1 or (needs_provider and count == 0):
        raise click.UsageError("give exactly one of --app, --django and --base-url")
    return resolve_factory(import_app(given["app"])) if given["app"] else None


def build_verifier_arguments(
    given: dict[str, Any], app: Any, *, is_remote: bool
) -> dict[str, Any]:
    """Return the keyword arguments for `Verifier` that the options describe.

    `is_remote` is true for a provider at a base URL.
    """
    others = _APP_ONLY if is_remote else _BASE_URL_ONLY
    for name in others:
        if given[name]:
            option = name.replace("_", "-")
            required = "--app or --django" if is_remote else "--base-url"
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
    if headers := parse_headers(given["state_headers"], "--state-header"):
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


def format_options(context: click.Context, given: dict[str, Any]) -> list[str]:
    """Return the given options that affect the results, with header values hidden."""
    parts: list[str] = []
    for parameter in context.command.params:
        value = given.get(parameter.name or "")
        if parameter.name not in _RERUN_OPTIONS or value in (None, False, ()):
            continue
        name = parameter.opts[0]
        is_header = parameter.name in ("headers", "state_headers")
        for one in value if isinstance(value, tuple) else (value,):
            shown = [] if one is True else [_format_value(one, is_header=is_header)]
            parts += [name, *shown]
    return parts


def _format_value(value: Any, *, is_header: bool) -> str:
    if is_header:
        return f"{value.partition(':')[0]}: {HIDDEN}"
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:g}"
    shown = str(value)
    return web.mask_url(shown) if "://" in shown else shown


PROVIDER_OPTIONS = [
    option("--app MODULE:APP", "Verify this WSGI or ASGI application in process."),
    option("--django", "Verify the Django project of DJANGO_SETTINGS_MODULE."),
    option("--base-url URL", "Verify the provider that runs at this URL."),
    option("--wsgi", "Call the application as WSGI.  [default: detect]"),
    option("--asgi", "Call the application as ASGI.  [default: detect]"),
    option(
        "--host NAME",
        "Host header of requests to an application, unless the pact has one.  "
        "[default: localhost, for Django testserver]",
    ),
    option(
        "--mount PATH",
        "Path prefix of the application that is not in the pacts' paths.",
    ),
    option(
        "--timeout SECONDS",
        "Time limit for a complete response.  [default: 30]",
        type=click.FloatRange(min=0, min_open=True),
    ),
    option(
        "--wait-for SECONDS",
        "Time to wait until the provider at the base URL accepts connections.  "
        "[default: 0]",
        type=click.FloatRange(min=0),
    ),
    option(
        "--follow-redirects",
        "Follow redirects within the provider, instead of comparing them.",
    ),
    option("--ca-file FILE", "PEM file of the CA certificates to trust."),
    option("--insecure --disable-ssl-verification", "Do not verify TLS certificates."),
    option("--client-cert FILE", "PEM file of the TLS client certificate."),
    option(
        "--client-key FILE",
        "PEM file of its private key, unless the certificate file has it.",
    ),
    option(
        "--header 'NAME: VALUE'",
        "Send this header with each request; reports hide its value. Repeatable.",
        "headers",
        multiple=True,
    ),
    option(
        "--states MODULE:NAME",
        "Set up provider states by this mapping of state names to functions, function "
        "for all states, or Verifier.",
    ),
    option("--state-url URL", "Set up provider states by POST requests to this URL."),
    option("--state-teardown", "Also call the state URL for the teardown of states."),
    option(
        "--state-as-query",
        "Send the state in the query of the state URL, instead of a JSON body.",
    ),
    option(
        "--state-header 'NAME: VALUE'",
        "Send this header to the state URL. Repeatable.",
        "state_headers",
        multiple=True,
    ),
    option(
        "--unknown-states",
        "How to treat a state without a function.  [default: error if --states, "
        "--state-url or a Verifier sets up states, else warn]",
        type=click.Choice(["error", "warn", "ignore"]),
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

# Options of the command that verifies one interaction again: those of the provider, and
# those that select pacts of a broker, without login and publishing.
_RERUN_OPTIONS = (
    *_SAME_NAME,
    "app",
    "broker_url",
    "ca_file",
    "client_cert",
    "client_key",
    "enable_pending",
    "examples",
    "examples_for",
    "headers",
    "include_wip_pacts_since",
    "insecure",
    "provider",
    "provider_branch",
    "provider_tag",
    "selectors",
    "state_headers",
    "states",
    "webhook_pact_url",
)
