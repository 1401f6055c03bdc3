"""The command `pypact verify`: verify a provider from a shell.

The exit code is 0 if the verification succeeds, 1 if the provider breaks a contract or
there is nothing to verify, and 2 if it could not run. Source:
docs/internals/conventions.md, "Exit codes".
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pypact._lazy import import_later
from pypact.cli.options import (
    BROKER_OPTIONS,
    PROVIDER_OPTIONS,
    add_options,
    name_report_parameter,
    option,
)
from pypact.verifier.reports import REPORT_FORMATS, ReportFormat

if TYPE_CHECKING:
    from pypact.cli import verification
else:
    # Not for the help: it imports the verifier.
    verification = import_later("pypact.cli.verification")


@functools.cache
def _report_option(report_format: ReportFormat) -> click.Option:
    names = [f"--{report_format.name}", name_report_parameter(report_format.name)]
    return click.Option(names, metavar="FILE", help=report_format.help)


class _VerifyCommand(click.Command):
    """A command with options for the report formats registered when it is run."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        names = {name for one in own for name in one.opts}
        for taken in names & {f"--{name}" for name in REPORT_FORMATS}:
            raise click.UsageError(
                f"a report format cannot have the name of another option: {taken}"
            )
        options = map(_report_option, REPORT_FORMATS.values())
        return [*own[:-1], *options, own[-1]]  # before --help


@click.command("verify", cls=_VerifyCommand)
@click.argument("pacts", nargs=-1)
@add_options(
    [
        option("--provider NAME", "Name of the provider in the pacts."),
        *PROVIDER_OPTIONS,
        option(
            "--consumer NAME",
            "Verify only the pacts of this consumer. Repeatable.",
            multiple=True,
        ),
        option(
            "--description REGEX", "Verify only interactions whose description matches."
        ),
        option("--state REGEX", "Verify only interactions with a matching state."),
        option("--no-state", "Verify only interactions without a state."),
        option("--allow-empty", "Do not fail if there is nothing to verify."),
        option(
            "--coverage", "Show which routes of the application the contracts cover."
        ),
        option(
            "--coverage-json FILE", "Write the route coverage to this file, as JSON."
        ),
        option(
            "--examples N",
            "Verify each interaction N more times, with other requests that its rules "
            "accept. Needs the extra pypact-contracts[examples].",
            type=click.IntRange(min=1),
        ),
        option(
            "--examples-for PLACE",
            "Compare the whole response although this value differs: a place such as "
            "$.name, or the name of a query parameter. Repeatable.",
            multiple=True,
        ),
        option("--quiet -q", "Show only failures."),
        option("--no-color --no-colour", "Do not use colours."),
        *BROKER_OPTIONS,
    ]
)
@click.pass_context
def verify_command(
    context: click.Context, /, pacts: Sequence[str], **given: Any
) -> None:
    """Verify a provider against the contracts of its consumers.

    PACTS are files, directories, patterns or URLs; the default is the directory
    `pacts`, or the broker of the broker options or of PACT_BROKER_BASE_URL. One of them
    can be MODULE:NAME, the import string of a `pypact.Verifier`: its states, messages,
    filters and hooks are used, and its provider, application and pacts where the
    command line gives no others. The exit code is 0 if the verification succeeds, 1 if
    it fails or there is nothing to verify, and 2 if it could not run.
    """
    verification.run(context, pacts, given)
