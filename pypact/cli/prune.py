"""The command `pypact prune`: list or remove interactions that no test has written.

Source: docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from pypact._dataclasses import dataclass
from pypact.errors import InvalidPact
from pypact.explain.mismatches import format_count
from pypact.formats import read_pact
from pypact.formats.files import PactFiles
from pypact.formats.records import (
    find_unrecorded,
    hash_interaction,
    remove_interactions,
)
from pypact.formats.store import merge_into_file
from pypact.masking import escape_line
from pypact.model.interactions import Contract, Interaction, SpecificationVersion
from pypact.review.rendering import describe_interaction, format_removed


@dataclass(frozen=True, slots=True)
class _Pruning:
    """A contract, and its interactions that no test has written."""

    path: Path
    contract: Contract
    interactions: list[Interaction]

    def remove(self) -> None:
        hashes = {hash_interaction(one) for one in self.interactions}
        names = self.contract.consumer, self.contract.provider
        # Merging nothing leaves the version and the metadata of the file.
        nothing = Contract(*names, version=SpecificationVersion.V1)
        merge_into_file(
            self.path, nothing, edit=lambda merged: remove_interactions(merged, hashes)
        )


@click.command("prune")
@click.argument("pacts", nargs=-1, required=True)
@click.option(
    "--run",
    metavar="FOLDER",
    help="Folder with the contracts that a run has written, in place of records.",
)
@click.option(
    "--suite", metavar="NAME", help="Count only records of this suite (`pypact_suite`)."
)
@click.option("--remove", is_flag=True, help="Remove the listed interactions.")
def prune_command(
    pacts: tuple[str, ...], run: str | None, suite: str | None, *, remove: bool
) -> None:
    """List the interactions of contracts that no test has written.

    PACTS are pact files, or folders with pact files. Under pytest, contracts remember
    which test wrote which interaction; the interactions without such a record are
    listed. For unittest and scripts, run all tests with PACT_OUTPUT_DIR set to an empty
    folder, and give that folder as --run: what its contracts do not have is listed.

    Interactions that are removed are printed whole, so that they can be restored.
    """
    if run is not None and suite is not None:
        raise click.UsageError("give either --run or --suite")
    run_contracts = None if run is None else _read_run(run)
    found = [
        _find_unwritten(path, run_contracts, suite)
        for pact in pacts
        for path in PactFiles(pact).require()
    ]
    for one in found:
        for interaction in one.interactions:
            click.echo(f"{one.path}: {escape_line(describe_interaction(interaction))}")
            if remove:
                click.echo("\n".join(format_removed(interaction, one.contract)))
        if remove and one.interactions:
            one.remove()
    count = format_count(sum(len(one.interactions) for one in found), "interaction")
    click.echo(f"{count} {'removed' if remove else 'not written by any test'}")


def _read_run(folder: str) -> dict[tuple[str, str], set[str]]:
    """Return the hashes of the interactions of a run, by consumer and provider."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in PactFiles(folder).require():
        contract = read_pact(path)
        pair = contract.consumer, contract.provider
        found.setdefault(pair, set()).update(_hash_all(contract.interactions))
    return found


def _hash_all(interactions: Iterable[Interaction]) -> set[str]:
    return {hash_interaction(one) for one in interactions}


def _find_unwritten(
    path: Path, run: dict[tuple[str, str], set[str]] | None, suite: str | None
) -> _Pruning:
    contract = read_pact(path)
    if run is None:
        hashes = find_unrecorded(contract, suite)
    else:
        written = run.get((contract.consumer, contract.provider))
        if written is None:
            # A run without this contract says nothing about it.
            raise InvalidPact(
                str(path),
                read=f"{contract.consumer} -> {contract.provider}",
                wanted="a contract that the run has written",
            )
        hashes = _hash_all(contract.interactions) - written
    interactions = [
        one for one in contract.interactions if hash_interaction(one) in hashes
    ]
    return _Pruning(path, contract, interactions)
