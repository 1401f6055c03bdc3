"""Complete the contracts that a killed process has left with a journal.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

from pathlib import Path

import click

from pypact.cli.options import echo_error
from pypact.errors import PactError
from pypact.formats.store import complete_file, find_incomplete_files


@click.command("complete")
@click.argument("pacts", nargs=-1, required=True, type=click.Path(exists=True))
def complete_command(pacts: tuple[str, ...]) -> None:
    """Complete the contracts that a killed process has left with a journal.

    PACTS are contracts, or folders with contracts. From 50 interactions on, a process
    collects further ones in a journal beside the contract until it ends. pypact reads
    both; this command completes the contract for other tools.
    """
    failed = completed = False
    for path in [file for pact in pacts for file in _list_files(Path(pact))]:
        try:
            if complete_file(path):
                click.echo(f"completed {path}")
                completed = True
        except PactError as error:  # noqa: PERF203 -- the others are still completed
            echo_error(f"Error: {error}")
            failed = True
    if failed:
        raise SystemExit(1)
    if not completed:
        click.echo("nothing to complete: no contract has a journal")


def _list_files(pact: Path) -> list[Path]:
    return find_incomplete_files(pact) if pact.is_dir() else [pact]
