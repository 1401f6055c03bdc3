"""How do existing contracts answer consumers of any language?"""

from __future__ import annotations

from typing import Any

import click

from pypact.cli.serving import log_to, until_stopped
from pypact.errors import PactError
from pypact.server import StubServer
from pypact.server.stubbing import STATE_HEADER

__all__ = ["command"]


@click.command("stub")
@click.argument("pacts", nargs=-1, required=True)
@click.option("--port", "-p", default=8080, show_default=True, help="0: a free one.")
@click.option("--host", default="localhost", show_default=True, help="Where to listen.")
@click.option(
    "--state",
    "--provider-state",
    "-s",
    metavar="TEXT",
    help="Answer as the provider does in this state.",
)
@click.option(
    "--state-header",
    metavar="NAME",
    default=STATE_HEADER,
    show_default=True,
    help="The header by which a request chooses the state.",
)
@click.option("--cors", "-o", is_flag=True, help="Let pages of a browser ask.")
@click.option("--log", "-l", metavar="FILE", help="Where to log; else standard error.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
def command(pacts: tuple[str, ...], **given: Any) -> None:
    """Serve the answers of existing contracts.

    PACTS are files, directories, patterns or URLs. Files are read again when they
    change. Of several interactions that match, the most specific answers, and of those
    the one with the lowest status.
    """
    log_to(given.pop("log"), given.pop("log_level"))
    try:
        with until_stopped() as stopped, StubServer(pacts, **given) as server:
            count = len(server.contracts.interactions)
            click.echo(f"pypact stub of {count} interactions at {server.url}")
            stopped.wait()
    except PactError as error:
        raise click.ClickException(str(error)) from error
