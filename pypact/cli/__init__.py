"""The command `pypact`; its subcommands are imported on first use."""

from __future__ import annotations

import importlib

import click

import pypact
from pypact.errors import PactError
from pypact.masking import escape_control_characters

__all__ = ["main"]


class _Commands(click.Group):
    """A command group that imports its commands on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a `PactError` is shown without a traceback, exit code 1."""
        try:
            return super().invoke(ctx)
        except PactError as error:
            text = escape_control_characters(str(error))
            raise click.ClickException(text) from error

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 -- click's signature
    if value:
        click.echo(f"pypact, version {pypact.__version__}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Consumer-driven contract testing with Pact, without a server."""


# Name of the command: the module with its `NAME_command`, and its help.
_COMMANDS = {
    "broker": (
        "pypact.cli.broker",
        "Publish to a Pact Broker, and check and record deployments.",
    ),
    "complete": (
        "pypact.cli.complete",
        "Complete contracts after a process was killed.",
    ),
    "diff": (
        "pypact.cli.diff",
        "Show how contracts changed, and what needs the provider.",
    ),
    "html": (
        "pypact.cli.html",
        "Write contracts and results as pages for a browser.",
    ),
    "mock": (
        "pypact.cli.serve",
        "Serve interactions to consumers, and write the pact.",
    ),
    "states": (
        "pypact.cli.states",
        "List the provider states of contracts, and missing state functions.",
    ),
    "prune": (
        "pypact.cli.prune",
        "List or remove interactions that no test has written.",
    ),
    "stub": ("pypact.cli.serve", "Serve the responses of existing contracts."),
    "verify": ("pypact.cli.verify", "Verify a provider against its contracts."),
}
