"""The command `pypact broker`: what the official Rust client of the broker does.

Commands, options, environment variables, requests and exit codes are those of `pact
broker`: 0 if the command succeeded, 1 if it failed or the answer is no, 2 for a command
line that is not valid. Source: docs/internals/conventions.md, "The broker's client".
"""

from pypact.cli.broker.group import broker_command

__all__ = ["broker_command"]
