"""The commands `pypact mock` and `pypact stub`: serve consumers in any language.

The options of `pypact mock` are those of the Ruby mock service. Source:
docs/internals/conventions.md, "Ruby mock service protocol".
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from pypact.cli.options import add_options, option
from pypact.server import MockServer, StubServer
from pypact.server.parsing import DEFAULT_LIMITS
from pypact.server.session import WRITE_MODES
from pypact.server.stubs import STATE_HEADER, StubContracts


@contextmanager
def catch_stop_signals() -> Iterator[threading.Event]:
    """Catch SIGINT and SIGTERM in the block; yield an event that they set."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def configure_logging(file: str | None, level: str) -> None:
    """Log the server's messages to `file`, or to standard error if it is None."""
    handler: logging.Handler
    try:
        handler = logging.FileHandler(file) if file else logging.StreamHandler()
    except OSError as error:
        text = f"cannot write the log file {file}: {error}"
        raise click.ClickException(text) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("pypact.server")
    logger.addHandler(handler)
    logger.setLevel(level.upper())


_LISTEN_OPTIONS = [
    option(
        "--port -p",
        "Port to listen on; 0 picks a free one.",
        default=8080,
        show_default=True,
    ),
    option(
        "--host",
        "Host name or address to listen on.",
        default="localhost",
        show_default=True,
    ),
]

_SERVER_OPTIONS = [
    option(
        "--max-body BYTES",
        "Largest body of a request.",
        default=DEFAULT_LIMITS.max_body,
        show_default=True,
        type=int,
    ),
    option(
        "--timeout SECONDS",
        "Longest time that a client may take to send a request.",
        default=DEFAULT_LIMITS.timeout,
        show_default=True,
        type=float,
    ),
    option("--cors -o", "Allow requests from browser pages (CORS)."),
    option("--log -l FILE", "Write the log to this file.  [default: standard error]"),
    option(
        "--log-level",
        "Lowest level of the messages to log.",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
    ),
]


@click.command("mock")
@click.argument("pacts", nargs=-1)
@add_options(
    [
        option("--consumer NAME", "Name of the consumer in the pact."),
        option("--provider NAME", "Name of the provider in the pact."),
        *_LISTEN_OPTIONS,
        option("--pact-dir -d DIR", "Directory to write the pact to."),
        option(
            "--pact-file-write-mode -m",
            "How to write the pact if its file exists already.",
            "write_mode",
            type=click.Choice(WRITE_MODES),
            default="overwrite",
            show_default=True,
        ),
        option(
            "--pact-specification-version -i VERSION",
            "Specification version of the pact.  "
            "[default: the lowest that fits, at least 2.0.0]",
            "specification",
        ),
        option(
            "--allow-host NAME",
            "Accept administration under this host name as well. Repeatable.",
            "allow_hosts",
            multiple=True,
        ),
        option(
            "--allow-origin ORIGIN",
            "Accept administration by pages of this origin, such as "
            "http://localhost:9876. Repeatable.",
            "allow_origins",
            multiple=True,
        ),
        option(
            "--allow-pact-dir DIR",
            "Accept this directory, beside --pact-dir, and those inside of it from "
            "clients. Repeatable.",
            "allow_pact_dirs",
            multiple=True,
        ),
        *_SERVER_OPTIONS,
    ]
)
def mock_command(pacts: tuple[str, ...], **given: Any) -> None:
    """Serve interactions to consumers in any process, and write the pact.

    PACTS are files, directories, patterns or URLs of contracts whose interactions are
    served from the start; clients register others by the protocol of the Ruby mock
    service. The pact contains the interactions that were requested. It is written when
    a client requests it, and on a clean stop (SIGINT or SIGTERM) if --consumer,
    --provider and --pact-dir are given.

    Only requests to a loopback host, and no pages of other websites, can administer the
    server. Directories given by clients must be inside of --pact-dir, which is here the
    working directory by default.
    """
    configure_logging(given["log"], given.pop("log_level"))
    log = os.path.relpath(given["log"]) if given["log"] else "standard out/err"
    interactions = StubContracts(pacts).interactions if pacts else ()
    with catch_stop_signals() as stopped:
        server = MockServer(**{**given, "log": log}, interactions=interactions)
        click.echo(f"pypact mock server at {server.url}")
        stopped.wait()
        server.close()


@click.command("stub")
@click.argument("pacts", nargs=-1, required=True)
@add_options(
    [
        *_LISTEN_OPTIONS,
        option(
            "--state --provider-state -s TEXT",
            "Respond as the provider does in this provider state.",
        ),
        option(
            "--state-header NAME",
            "Request header that selects the provider state.",
            default=STATE_HEADER,
            show_default=True,
        ),
        *_SERVER_OPTIONS,
    ]
)
def stub_command(pacts: tuple[str, ...], **given: Any) -> None:
    """Serve the responses of existing contracts.

    PACTS are files, directories, patterns or URLs. Files are read again when they
    change. If several interactions match a request, the most specific one responds, and
    among equals the one with the lowest status code.
    """
    configure_logging(given.pop("log"), given.pop("log_level"))
    with catch_stop_signals() as stopped, StubServer(pacts, **given) as server:
        count = len(server.contracts.interactions)
        click.echo(f"pypact stub of {count} interactions at {server.url}")
        stopped.wait()
