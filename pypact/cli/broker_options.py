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

_Command = TypeVar("_Command", bound=Callable[..., Any])


def broker_options(command: _Command) -> _Command:
    """Give a command the options of a broker."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def broker_of(given: dict[str, Any], *, has_pacts: bool) -> Broker | None:
    """Make the broker that the options mean, or None.

    Without any of them a broker is meant where the command has no pacts, and the
    variables name a broker or a pact.

    Raises: InvalidExpectation for options that cannot be meant together.
    """
    pact_url = given["webhook_pact_url"]
    if not has_pacts and pact_url is None:
        pact_url = _variable("PACT_WEBHOOK_CALLBACK_URL", "PACT_URL")
    is_named = _variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL") is not None
    is_meant = pact_url or any(given[name] for name in _MEANING)
    if not is_meant and (has_pacts or not is_named):
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
    """Write the options that ask the same of a broker, without login or publishing."""
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


def _selector(text: str) -> dict[str, Json]:
    try:
        selector = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no JSON: {error}") from None
    if not isinstance(selector, dict):
        raise click.BadParameter(f"{text!r} is no JSON object")
    return selector


def _variable(*names: str) -> str | None:
    return next(filter(None, map(os.environ.get, names)), None)


# What nobody says who does not mean a broker.
_MEANING = (
    "broker_url",
    "selectors",
    "enable_pending",
    "include_wip_pacts_since",
    "publish",
)

_OPTIONS = [
    click.option(
        "--broker-url",
        metavar="URL",
        help="Verify the pacts of this broker; its login is in PACT_BROKER_TOKEN, or "
        "in PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD.",
    ),
    click.option("--broker-username", metavar="NAME", help="In place of the variable."),
    click.option("--broker-password", metavar="TEXT", help="In place of the variable."),
    click.option("--broker-token", metavar="TEXT", help="In place of the variable."),
    click.option(
        "--broker-retries",
        type=click.IntRange(min=0),
        metavar="N",
        help="How often passing trouble is tried again.",
    ),
    click.option(
        "--selector",
        "--consumer-version-selector",
        "--consumer-version-selectors",
        "selectors",
        multiple=True,
        type=_selector,
        metavar="JSON",
        help="Which pacts, as '{\"mainBranch\": true}'. Repeatable.",
    ),
    click.option(
        "--enable-pending", is_flag=True, help="Let pacts that are pending fail."
    ),
    click.option(
        "--include-wip-pacts-since",
        metavar="DATE",
        help="Verify work in progress as well.",
    ),
    click.option(
        "--webhook-pact-url",
        metavar="URL",
        help="Verify this one pact, as a webhook names it.",
    ),
    click.option(
        "--publish", is_flag=True, help="Publish what came of a complete run."
    ),
    click.option("--provider-version", metavar="TEXT", help="What was verified."),
    click.option("--provider-branch", metavar="NAME", help="The version's branch."),
    click.option(
        "--provider-tag", multiple=True, metavar="NAME", help="Its tag. Repeatable."
    ),
    click.option("--build-url", metavar="URL", help="Where it was built."),
    click.option(
        "--detect-build",
        is_flag=True,
        help="Take version, branch and URL from the CI server, or from git.",
    ),
]
