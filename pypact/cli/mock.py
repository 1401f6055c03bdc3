"""How does a mock server run for consumers of any language?

The options are those of the Ruby mock service: conventions 4.6.
"""

from __future__ import annotations

import os
from typing import Any

import click

from pypact.cli.serving import log_to, until_stopped
from pypact.errors import PactError
from pypact.server import MockServer
from pypact.server.contracts import StubContracts
from pypact.server.session import WRITE_MODES

__all__ = ["command"]


@click.command("mock")
@click.argument("pacts", nargs=-1)
@click.option("--consumer", metavar="NAME", help="Name of the consumer in the pact.")
@click.option("--provider", metavar="NAME", help="Name of the provider in the pact.")
@click.option(
    "--port",
    "-p",
    default=8080,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--host",
    default="localhost",
    show_default=True,
    help="Host name or address to listen on.",
)
@click.option("--pact-dir", "-d", metavar="DIR", help="Directory to write the pact to.")
@click.option(
    "--pact-file-write-mode",
    "-m",
    "write_mode",
    type=click.Choice(WRITE_MODES),
    default="overwrite",
    show_default=True,
    help="How to write the pact if its file exists already.",
)
@click.option(
    "--pact-specification-version",
    "-i",
    "specification",
    metavar="VERSION",
    help="Version of the pact; by default the lowest that fits, at least 2.0.0.",
)
@click.option(
    "--cors", "-o", is_flag=True, help="Allow requests from browser pages (CORS)."
)
@click.option(
    "--log", "-l", metavar="FILE", help="Log file.  [default: standard error]"
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Lowest level of the messages to log.",
)
def command(pacts: tuple[str, ...], **given: Any) -> None:
    """Serve interactions to consumers in any process, and write the pact.

    PACTS are files, directories, patterns or URLs of contracts whose interactions are
    served from the start; clients register others by the protocol of the Ruby mock
    service. The pact contains the interactions that were requested. It is written when
    a client requests it, and on a clean stop (SIGINT or SIGTERM) if --consumer,
    --provider and --pact-dir are given.
    """
    log_to(given["log"], given.pop("log_level"))
    log = os.path.relpath(given["log"]) if given["log"] else "standard out/err"
    try:
        interactions = StubContracts(pacts).interactions if pacts else ()
        with until_stopped() as stopped:
            server = MockServer(**{**given, "log": log}, interactions=interactions)
            click.echo(f"pypact mock server at {server.url}")
            stopped.wait()
            server.close()
    except PactError as error:
        raise click.ClickException(str(error)) from error
