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
@click.option(
    "--state",
    "--provider-state",
    "-s",
    metavar="TEXT",
    help="Respond as the provider does in this provider state.",
)
@click.option(
    "--state-header",
    metavar="NAME",
    default=STATE_HEADER,
    show_default=True,
    help="Request header that selects the provider state.",
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
    """Serve the responses of existing contracts.

    PACTS are files, directories, patterns or URLs. Files are read again when they
    change. If several interactions match a request, the most specific one responds, and
    among equals the one with the lowest status code.
    """
    log_to(given.pop("log"), given.pop("log_level"))
    try:
        with until_stopped() as stopped, StubServer(pacts, **given) as server:
            count = len(server.contracts.interactions)
            click.echo(f"pypact stub of {count} interactions at {server.url}")
            stopped.wait()
    except PactError as error:
        raise click.ClickException(str(error)) from error
