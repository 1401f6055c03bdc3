"""Which options say that, and how, a Pact Broker is asked?

Source: conventions 4.2; a broker's own names come before those of the other tools.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from pypact.broker import Broker
from pypact.model.json_text import Json
from pypact.web import without_secrets

__all__ = ["broker_of", "broker_options", "broker_parts"]

_BrokerCommand = TypeVar("_BrokerCommand", bound=Callable[..., Any])


def broker_options(command: _BrokerCommand) -> _BrokerCommand:
    """Add the broker options to a command."""
    for option in reversed(_BROKER_OPTIONS):
        command = option(command)
    return command


def broker_of(given: dict[str, Any], *, has_pacts: bool) -> Broker | None:
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


def broker_parts(given: dict[str, Any]) -> list[str]:
    """Return the options that select the same pacts, without login and publishing."""
    parts: list[str] = []
    for name in ("broker_url", "webhook_pact_url"):
        if given[name] is not None:
            parts += [f"--{name.replace('_', '-')}", without_secrets(given[name])]
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
