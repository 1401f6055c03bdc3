"""The commands that list and change environments."""

from __future__ import annotations

from typing import Any

import click

from pypact.broker import Environment
from pypact.broker.tables import format_table
from pypact.cli.broker.options import (
    CONNECTION_OPTIONS,
    TEXT_OUTPUT,
    open_broker,
    output_option,
    show,
)
from pypact.cli.options import add_options, option

_UUID = option("--uuid UUID", "UUID of the environment.", required=True)
_CHANGE_OUTPUT = output_option("json", "text", "id", default="text")
_NAME = "Unique name of the environment."
_MEMBER_OPTIONS = [
    option("--display-name TEXT", "Name to show."),
    option(
        "--production/--no-production",
        "Whether it is a production environment.  [default: no]",
        default=False,
    ),
    option("--contact-name TEXT", "Person or team responsible for it."),
    option("--contact-email-address EMAIL", "E-mail address of them."),
]


@click.command("list-environments")
@add_options([TEXT_OUTPUT, *CONNECTION_OPTIONS])
def list_environments_command(**given: Any) -> None:
    """List all environments."""
    found, data = open_broker(given).read_environments()
    rows = [
        (one.uuid, one.name, one.display_name or "", _format_flag(one)) for one in found
    ]
    titles = ["UUID", "NAME", "DISPLAY NAME", "PRODUCTION"]
    show(given, data, format_table(titles, rows))


@click.command("create-environment")
@add_options(
    [
        option("--name NAME", _NAME, required=True),
        *_MEMBER_OPTIONS,
        _CHANGE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
def create_environment_command(**given: Any) -> None:
    """Create an environment."""
    environment = open_broker(given).create_environment(
        given["name"], **_get_members(given)
    )
    _show_change(given, environment, "Created")


@click.command("update-environment")
@add_options(
    [
        _UUID,
        option("--name NAME", _NAME),
        *_MEMBER_OPTIONS,
        _CHANGE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
def update_environment_command(**given: Any) -> None:
    """Replace an environment; what is not given is reset."""
    environment = open_broker(given).update_environment(
        given["uuid"], given["name"] or "", **_get_members(given)
    )
    _show_change(given, environment, "Updated")


@click.command("describe-environment")
@add_options(
    [_UUID, output_option("json", "text", default="text"), *CONNECTION_OPTIONS]
)
def describe_environment_command(**given: Any) -> None:
    """Describe an environment."""
    one = open_broker(given).describe_environment(given["uuid"])
    lines = [
        f"UUID: {one.uuid}",
        f"Name: {one.name}",
        f"Display name: {one.display_name or ''}",
        f"Production: {_format_flag(one)}",
        f"Created at: {one.created_at or ''}",
    ]
    show(given, one.data, "\n".join(lines))


@click.command("delete-environment")
@add_options([_UUID, *CONNECTION_OPTIONS])
def delete_environment_command(**given: Any) -> None:
    """Delete an environment."""
    environment = open_broker(given).delete_environment(given["uuid"])
    click.echo(f"Deleted the environment {environment.name} ({given['uuid']})")


def _get_members(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "display_name": given["display_name"],
        "production": given["production"],
        "contact_name": given["contact_name"],
        "contact_email": given["contact_email_address"],
    }


def _show_change(given: dict[str, Any], environment: Environment, verb: str) -> None:
    uuid = environment.uuid
    text = f"{verb} the environment {given['name']} with the UUID {uuid}"
    show(given, environment.data, uuid if given["output"] == "id" else text)


def _format_flag(environment: Environment) -> str:
    return str(environment.production).lower()


COMMANDS = [
    list_environments_command,
    create_environment_command,
    update_environment_command,
    describe_environment_command,
    delete_environment_command,
]
