"""The group of the broker's commands."""

from __future__ import annotations

import click

from pypact.cli.broker import contracts, deployments, environments, matrix


@click.group("broker")
def broker_command() -> None:
    """Publish contracts to a Pact Broker, and check and record deployments.

    The commands have the options and exit codes of the official client (`pact broker`).
    The exit code is 0 if the command succeeds, 1 if it fails or the answer is no, and 2
    if the command line is not valid.
    """


for _module in (contracts, matrix, deployments, environments):
    for _command in _module.COMMANDS:
        broker_command.add_command(_command)
