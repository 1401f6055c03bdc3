"""Options that the broker's commands share, and the forms of their output."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import click

from pypact.broker import Broker
from pypact.cli.options import Option, option, parse_headers
from pypact.model.json import Json, dump_json, dump_pretty_json

CONNECTION_OPTIONS: list[Option] = [
    option(
        "-b --broker-base-url URL",
        "Base URL of the broker.  [env: PACT_BROKER_BASE_URL]",
        envvar=["PACT_BROKER_BASE_URL", "PACT_BROKER_URL"],
        required=True,
    ),
    option("-u --broker-username NAME", "User name.  [env: PACT_BROKER_USERNAME]"),
    option("-p --broker-password TEXT", "Password.  [env: PACT_BROKER_PASSWORD]"),
    option("-k --broker-token TEXT", "Bearer token.  [env: PACT_BROKER_TOKEN]"),
    option(
        "--custom-header 'NAME: VALUE'",
        "Send this header to the broker. Repeatable.",
        "custom_headers",
        multiple=True,
    ),
    option(
        "--retries N",
        "Times to repeat a request after a temporary failure.  "
        "[env: PACT_BROKER_HTTP_RETRIES; default: 8]",
        envvar="PACT_BROKER_HTTP_RETRIES",
        type=click.IntRange(min=0),
    ),
    option(
        "-c --ssl-certificate FILE",
        "PEM file of the CA certificates to trust.  [env: SSL_CERT_FILE]",
    ),
    option(
        "--skip-ssl-verification",
        "Do not verify TLS certificates.  [env: SSL_SKIP_VERIFICATION]",
    ),
    option(
        "--ssl-trust-store BOOL",
        "Accepted as by the official client; without --ssl-certificate the CA "
        "certificates of Python's `requests` are trusted.",
        type=bool,
        expose_value=False,
    ),
    option(
        "--log-level LEVEL",
        "Log the requests to standard error, from level info on.  [default: off]",
        type=click.Choice(["off", "none", "error", "warn", "info", "debug", "trace"]),
    ),
]


def output_option(*forms: str, default: str) -> Option:
    """Return the option for the form of the output."""
    return option(
        "-o --output FORM",
        f"Form of the output: {', '.join(forms)}.  [default: {default}]",
        type=click.Choice(forms),
        default=default,
    )


TEXT_OUTPUT = output_option("json", "text", "pretty", default="text")
TABLE_OUTPUT = output_option("json", "table", default="table")


def open_broker(given: Mapping[str, Any]) -> Broker:
    """Return the broker that the options describe.

    Raises: InvalidExpectation, for options that are not valid.
    """
    if given["log_level"] in ("info", "debug", "trace"):
        logging.basicConfig(format="%(message)s")
        logging.getLogger("pypact.web").setLevel("INFO")
    verify: bool | str | None = given["ssl_certificate"]
    if given["skip_ssl_verification"]:
        verify = False
    return Broker(
        given["broker_base_url"],
        username=given["broker_username"],
        password=given["broker_password"],
        token=given["broker_token"],
        retries=given["retries"],
        verify=verify,
        headers=dict(parse_headers(given["custom_headers"], "--custom-header")),
        publish=False,
    )


def show(given: Mapping[str, Any], data: Json, text: str) -> None:
    """Print `data` if the output is JSON, otherwise `text`."""
    form = given["output"]
    if form == "json":
        click.echo(dump_json(data))
    elif form == "pretty":
        click.echo(dump_pretty_json(data))
    else:
        click.echo(text)


def split_names(values: Sequence[str]) -> list[str]:
    """Return the names in the values of an option, which may be lists with commas."""
    parts = [part.strip() for value in values for part in value.split(",")]
    return [part for part in parts if part]
