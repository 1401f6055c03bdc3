"""The commands that publish, list and download contracts."""

from __future__ import annotations

import os
import re
from typing import Any

import click

from pypact.broker.tables import format_table
from pypact.cli.broker.options import (
    CONNECTION_OPTIONS,
    TABLE_OUTPUT,
    TEXT_OUTPUT,
    open_broker,
    show,
    split_names,
)
from pypact.cli.options import add_options, option
from pypact.model.json import Json, dump_json


class _TagCommand(click.Command):
    """A command whose option --tag takes several values, as the official client's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat `--tag` before each further value that follows it.

        Existing files and patterns are pacts, which the official client does not
        accept there.
        """
        repeated: list[str] = []
        in_tags = False
        for index, token in enumerate(args):
            if token.startswith("-"):
                in_tags = False
            elif index and args[index - 1] in ("-t", "--tag"):
                in_tags = True
            elif re.search(r"[*?\[]", token) or os.path.lexists(token):
                in_tags = False
            elif in_tags:
                repeated.append("--tag")
            repeated.append(token)
        return super().parse_args(ctx, repeated)


@click.command("publish", cls=_TagCommand)
@click.argument("pacts", nargs=-1, required=True)
@add_options(
    [
        option("-a --consumer-app-version VERSION", "Version of the consumer."),
        option("--branch NAME", "Branch of that version."),
        option(
            "-r --auto-detect-version-properties",
            "Read version, branch and build URL from the CI server, or from git.",
        ),
        option(
            "-t --tag NAME",
            "Tag of that version; several with spaces or commas. Repeatable.",
            "tags",
            multiple=True,
        ),
        option(
            "-g --tag-with-git-branch", "Tag that version with the name of its branch."
        ),
        option("--build-url URL", "URL of the CI build, shown in the broker."),
        option(
            "--merge",
            "Add the interactions to a pact that the broker has for this version.",
        ),
        option(
            "--validate --strict",
            "Accepted as by the official client: pacts are always validated.",
            is_flag=True,
            expose_value=False,
        ),
        TEXT_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
def publish_command(pacts: tuple[str, ...], **given: Any) -> None:
    """Publish pact files as the contracts of a version of their consumers.

    PACTS are files, directories or patterns. Files of the same consumer and provider
    are merged; two that differ in an interaction are an error.
    """
    is_detecting = given["auto_detect_version_properties"]
    if not given["consumer_app_version"] and not is_detecting:
        raise click.UsageError("Missing option '-a' / '--consumer-app-version'.")
    # JSON output is on standard output alone.
    is_text = given["output"] == "text"
    published = open_broker(given).publish(
        pacts,
        version=given["consumer_app_version"],
        branch=given["branch"],
        tags=split_names(given["tags"]),
        build_url=given["build_url"],
        detect_build=is_detecting,
        tag_with_branch=given["tag_with_git_branch"],
        merge=given["merge"],
        show=click.echo if is_text else lambda text: click.echo(text, err=True),
    )
    for one in published if not is_text else ():
        show(given, one.data, "")


@click.command("list-latest-pact-versions")
@add_options([TABLE_OUTPUT, *CONNECTION_OPTIONS])
def list_latest_pact_versions_command(**given: Any) -> None:
    """List the latest pact of each consumer and provider."""
    found, data = open_broker(given).read_latest_pact_versions()
    rows = [
        (one.consumer, one.consumer_version, one.provider, one.created_at)
        for one in found
    ]
    titles = ["CONSUMER", "CONSUMER_VERSION", "PROVIDER", "CREATED_AT"]
    show(given, data, format_table(titles, rows))


@click.command("get-pacts")
@add_options(
    [
        option("--provider NAME", "Name of the provider.", required=True),
        option("--consumer NAME", "Only the pacts of this consumer."),
        option("--branch NAME", "Branch of the consumers.  [default: the main branch]"),
        option("--latest", "Only the latest pact of each consumer."),
        option("--download", "Download the pacts as files."),
        option(
            "--download-dir DIR",
            "Directory to download to.",
            default="./pacts",
            show_default=True,
        ),
        TABLE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
def get_pacts_command(**given: Any) -> None:
    """List the pacts of a provider, and download them."""
    found = open_broker(given).get_pacts(
        given["provider"],
        consumer=given["consumer"],
        branch=given["branch"],
        latest=given["latest"],
        download_to=given["download_dir"] if given["download"] else None,
    )
    for one in found:
        if one.path is not None:
            click.echo(f"  -> {one.path}", err=given["output"] == "json")
    rows = [(one.consumer, one.title, one.url) for one in found]
    data: Json = {"pacts": [one.data for one in found]}
    show(given, data, format_table(["CONSUMER", "TITLE", "LINK"], rows))


@click.command("provider-states")
@click.argument("action", type=click.Choice(["list"]), default="list")
@add_options(
    [
        option("-r --provider NAME", "Name of the provider.", required=True),
        option("--branch NAME", "Branch of the consumers.  [default: the main branch]"),
        option(
            "--environment NAME",
            "Environment whose deployed and released consumers are considered.",
        ),
        option("--json", "Print the response of the broker as JSON."),
        *CONNECTION_OPTIONS,
    ]
)
def provider_states_command(action: str, **given: Any) -> None:  # noqa: ARG001 -- there is one
    """List the provider states in the contracts with a provider, each once."""
    if given["branch"] and given["environment"]:
        raise click.UsageError("give only one of --branch and --environment")
    states = open_broker(given).provider_states(
        given["provider"], branch=given["branch"], environment=given["environment"]
    )
    if given["json"]:
        click.echo(dump_json({"providerStates": [one.data for one in states]}))
        return
    scope = "the main branch"
    if given["branch"] or given["environment"]:
        kind = "branch" if given["branch"] else "environment"
        scope = f"the {kind} {given[kind]}"
    click.echo(f"Provider states of {given['provider']} on {scope}:\n")
    rows = [
        (
            one.name,
            ", ".join(one.consumers),
            "" if one.params is None else dump_json(one.params),
        )
        for one in states
    ]
    titles = ["PROVIDER STATE", "CONSUMERS", "PARAMETERS"]
    click.echo(format_table(titles, rows) if rows else "No provider states found.")


COMMANDS = [
    publish_command,
    list_latest_pact_versions_command,
    get_pacts_command,
    provider_states_command,
]
