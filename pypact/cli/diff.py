"""The command `pypact diff`: show how contracts changed, and what needs the provider.

The exit code is 0, with `--fail-on` 1 if there are such changes, and 2 if the contracts
cannot be read.
"""

from __future__ import annotations

import click

from pypact.cli.options import echo_error
from pypact.cli.revisions import read_side
from pypact.errors import PactError
from pypact.masking import escape_control_characters
from pypact.review import ContractChanges, compare_all
from pypact.review.rendering import RENDERERS


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "-o",
    "--output",
    type=click.Choice(list(RENDERERS)),
    default="text",
    help="Format of the output.  [default: text]",
)
@click.option(
    "--fail-on",
    type=click.Choice(["provider", "any"]),
    help="Exit with 1 if a change needs the provider, or for any change.",
)
@click.option(
    "--broker-url", metavar="URL", help="The broker of versions `broker:NAME@VERSION`."
)
def diff_command(
    old: str, new: str, output: str, fail_on: str | None, broker_url: str | None
) -> None:
    """Show how contracts changed, and which changes need the provider.

    OLD and NEW are pact files, folders with pact files, paths in a revision of git such
    as main:pacts/, or versions of a consumer in a Pact Broker such as broker:Web@1.2.3.
    Credentials for the broker are read from the environment, as `pypact verify` does.

    A change is harmless if each provider that fulfils the old contract fulfils the new
    one. A change that cannot be decided needs the provider.
    """
    try:
        sides = [read_side(text, broker_url) for text in (old, new)]
        changed = compare_all(sides[0], sides[1])
    except PactError as error:
        echo_error(f"Error: {error}")
        raise SystemExit(2) from None
    click.echo(escape_control_characters(RENDERERS[output](changed)), nl=False)
    if _has_failed(changed, fail_on):
        raise SystemExit(1)


def _has_failed(changed: list[ContractChanges], fail_on: str | None) -> bool:
    if fail_on == "any":
        return bool(changed)
    return fail_on == "provider" and any(one.needs_provider for one in changed)
