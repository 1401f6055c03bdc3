"""The commands that describe versions, and record deployments and releases."""

from __future__ import annotations

from typing import Any

import click

from pypact.broker.tables import format_table
from pypact.cli.broker.options import (
    CONNECTION_OPTIONS,
    TABLE_OUTPUT,
    TEXT_OUTPUT,
    open_broker,
    show,
)
from pypact.cli.options import add_options, option

_PACTICIPANT = option("-a --pacticipant NAME", "The application.", required=True)
_VERSION = option("-e --version VERSION", "Its version.", required=True)
_ENVIRONMENT = option("--environment NAME", "The environment.", required=True)
_INSTANCE = option(
    "--application-instance --target NAME",
    "Name of the instance, where several are deployed side by side.",
    "application_instance",
)
_RECORDING_OPTIONS = [_PACTICIPANT, _VERSION, _ENVIRONMENT]


@click.command("record-deployment")
@add_options([*_RECORDING_OPTIONS, _INSTANCE, TEXT_OUTPUT, *CONNECTION_OPTIONS])
def record_deployment_command(**given: Any) -> None:
    """Record that a version was deployed to an environment."""
    recorded = open_broker(given).record_deployment(
        given["pacticipant"],
        given["version"],
        given["environment"],
        application_instance=given["application_instance"],
    )
    text = f"Recorded the deployment of {_describe(given)} to {_describe_place(given)}"
    show(given, recorded.data, text)


@click.command("record-undeployment")
@add_options([_PACTICIPANT, _ENVIRONMENT, _INSTANCE, TEXT_OUTPUT, *CONNECTION_OPTIONS])
def record_undeployment_command(**given: Any) -> None:
    """Record that an application is no longer deployed to an environment."""
    recorded = open_broker(given).record_undeployment(
        given["pacticipant"],
        given["environment"],
        application_instance=given["application_instance"],
    )
    what = f"{given['pacticipant']} version {recorded.version}"
    text = f"Recorded the undeployment of {what} from {_describe_place(given)}"
    show(given, recorded.data, text)


@click.command("record-release")
@add_options([*_RECORDING_OPTIONS, TEXT_OUTPUT, *CONNECTION_OPTIONS])
def record_release_command(**given: Any) -> None:
    """Record that a version was released to an environment."""
    recorded = open_broker(given).record_release(
        given["pacticipant"], given["version"], given["environment"]
    )
    text = f"Recorded the release of {_describe(given)} to {_describe_place(given)}"
    show(given, recorded.data, text)


@click.command("record-support-ended")
@add_options([*_RECORDING_OPTIONS, TEXT_OUTPUT, *CONNECTION_OPTIONS])
def record_support_ended_command(**given: Any) -> None:
    """Record that a released version is no longer supported in an environment."""
    recorded = open_broker(given).record_support_ended(
        given["pacticipant"], given["version"], given["environment"]
    )
    place = _describe_place(given)
    text = f"Recorded the end of support for {_describe(given)} in {place}"
    show(given, recorded.data, text)


@click.command("describe-version")
@add_options(
    [
        _PACTICIPANT,
        option("-e --version VERSION", "Its version.  [default: the latest]"),
        option(
            "-l --latest [TAG]",
            "Its latest version, or its latest with this tag.",
            is_flag=False,
            flag_value="",
        ),
        option("--environment NAME", "All its versions in this environment."),
        option("--deployed", "With --environment: only deployed versions."),
        option("--released", "With --environment: only released versions."),
        TABLE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
def describe_version_command(**given: Any) -> None:
    """Describe a version of an application, or its versions in an environment."""
    broker = open_broker(given)
    if given["environment"] is None:
        version = broker.describe_version(
            given["pacticipant"], given["version"], latest_tag=given["latest"] or None
        )
        row = (version.number, ", ".join(version.branches), ", ".join(version.tags))
        titles = ["NAME", "BRANCHES", "TAGS"]
        show(given, version.data, format_table(titles, [row]))
        return
    is_one_kind = given["deployed"] != given["released"]
    found = broker.list_versions_in(
        given["environment"],
        given["pacticipant"],
        deployed=given["deployed"] or not is_one_kind,
        released=given["released"] or not is_one_kind,
    )
    rows = [
        (
            one.version,
            "Released" if one.is_release else "Deployed",
            one.environment,
            one.application_instance or "-",
        )
        for one in found
    ]
    titles = ["VERSION", "STATUS", "ENVIRONMENT", "APPLICATION INSTANCE"]
    show(given, [one.data for one in found], format_table(titles, rows))


def _describe(given: dict[str, Any]) -> str:
    return f"{given['pacticipant']} version {given['version']}"


def _describe_place(given: dict[str, Any]) -> str:
    instance = given.get("application_instance")
    suffix = f" (application instance {instance})" if instance else ""
    return f"the environment {given['environment']}{suffix}"


COMMANDS = [
    record_deployment_command,
    record_undeployment_command,
    record_release_command,
    record_support_ended_command,
    describe_version_command,
]
