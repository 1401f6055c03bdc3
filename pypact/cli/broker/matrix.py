"""The commands that answer whether versions can be deployed or merged."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from pypact._dataclasses import replace
from pypact.broker import Deployability, VersionSelector
from pypact.broker.settings import is_variable_true
from pypact.cli.broker.options import (
    CONNECTION_OPTIONS,
    TABLE_OUTPUT,
    open_broker,
    show,
    split_names,
)
from pypact.cli.options import Option, add_options, option


class _SelectorCommand(click.Command):
    """A command whose options for versions belong to the application before them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the options for versions out of the arguments, in their order."""
        selectors: list[VersionSelector] = []
        ignored: list[VersionSelector] = []
        current, rest = selectors, []
        tokens = list(args)
        while tokens:
            token = tokens.pop(0)
            name, value = _split_token(token)
            if name not in _SELECTOR_OPTIONS:
                rest.append(token)
                continue
            value = _read_value(name, value, tokens)
            member = _SELECTOR_OPTIONS[name]
            if member in ("pacticipant", "ignore"):
                if not value:
                    raise click.UsageError(f"the value of {name} must not be empty")
                current = selectors if member == "pacticipant" else ignored
                current.append(VersionSelector(str(value)))
            elif not current:
                raise click.UsageError(
                    f"{name} must come after the --pacticipant that it belongs to"
                )
            else:
                current[-1] = _set_member(current[-1], member, value)
        remaining = super().parse_args(ctx, rest)
        if not selectors and not ctx.resilient_parsing:
            raise click.UsageError("Missing option '-a' / '--pacticipant'.", ctx)
        ctx.params.update(selectors=selectors, ignored=ignored)
        return remaining


def _split_token(token: str) -> tuple[str, str | None]:
    """Split `--name=value` and `-nvalue`."""
    if token.startswith("--"):
        name, sign, value = token.partition("=")
        return name, value if sign else None
    if token.startswith("-") and len(token) > 2:
        return token[:2], token[2:].removeprefix("=")
    return token, None


def _read_value(name: str, value: str | None, tokens: list[str]) -> str | None:
    if _SELECTOR_OPTIONS[name] == "main_branch":
        if value is not None:
            raise click.UsageError(f"{name} takes no value")
        return value
    has_next = bool(tokens) and not tokens[0].startswith("-")
    if value is None and has_next:
        return tokens.pop(0)
    if value is None and _SELECTOR_OPTIONS[name] != "latest":
        raise click.UsageError(f"Option '{name}' requires an argument.")
    return value


def _set_member(
    selector: VersionSelector, member: str, value: str | None
) -> VersionSelector:
    if member == "latest":
        return replace(selector, latest=True, tag=value or selector.tag)
    if member == "main_branch":
        return replace(selector, main_branch=True)
    changes: dict[str, Any] = {member: value}
    return replace(selector, **changes)


_SELECTOR_OPTIONS = {
    "-a": "pacticipant",
    "--pacticipant": "pacticipant",
    "-e": "version",
    "--version": "version",
    "-l": "latest",
    "--latest": "latest",
    "--tag": "tag",
    "--branch": "branch",
    "--main-branch": "main_branch",
    "--ignore": "ignore",
}


def _list_for_help(*rows: tuple[str, str]) -> list[Option]:
    """Return options that are shown in the help, and parsed by `_SelectorCommand`."""
    return [
        option(form, text, expose_value=False, is_flag=form.islower())
        for form, text in rows
    ]


_PACTICIPANT = ("-a --pacticipant NAME", "Application to check. Repeatable.")
_VERSION = ("-e --version VERSION", "Version of the application before it.")
_IGNORE = (
    "--ignore NAME",
    "Ignore the results of this application, or of the --version after it. Repeatable.",
)

_POLLING_OPTIONS = [
    option(
        "--retry-while-unknown TIMES",
        "Times to repeat the request while results are missing.  [default: 0]",
        type=click.IntRange(min=0),
        default=0,
    ),
    option(
        "--retry-interval SECONDS",
        "Time between these requests.  [default: 10]",
        type=click.FloatRange(min=0),
        default=10.0,
    ),
    option("--dry-run", 'Exit with 0 also if the answer is "no".'),
]


@click.command("can-i-deploy", cls=_SelectorCommand)
@add_options(
    [
        *_list_for_help(
            _PACTICIPANT,
            _VERSION,
            ("-l --latest [TAG]", "Its latest version, or its latest with this tag."),
            ("--tag TAG", "Its versions with this tag."),
            ("--branch NAME", "Its latest version on this branch."),
            ("--main-branch", "Its latest version on its main branch."),
            _IGNORE,
        ),
        option("--to-environment NAME", "Environment to deploy to."),
        option("--to TAG", "Tag of the versions to deploy beside."),
        *_POLLING_OPTIONS,
        TABLE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
@click.pass_context
def can_i_deploy_command(context: click.Context, /, **given: Any) -> None:
    """Check whether versions of applications can be deployed.

    The options --version, --latest, --tag, --branch and --main-branch belong to the
    --pacticipant or --ignore before them.

    The exit code is 0 if the answer is yes, and 1 if it is no or results are missing.
    PACT_BROKER_CAN_I_DEPLOY_DRY_RUN=true has the effect of --dry-run, and
    PACT_BROKER_CAN_I_DEPLOY_IGNORE that of --ignore for names separated by commas.
    """

    def ask(ignored: list[VersionSelector]) -> Deployability:
        first, *others = given["selectors"]
        return open_broker(given).can_i_deploy(
            first,
            to=given["to_environment"],
            to_tag=given["to"],
            others=others,
            ignore=ignored,
            retry=given["retry_while_unknown"],
            retry_interval=given["retry_interval"],
        )

    _answer(context, given, "PACT_BROKER_CAN_I_DEPLOY", ask)


@click.command("can-i-merge", cls=_SelectorCommand)
@add_options(
    [
        *_list_for_help(_PACTICIPANT, _VERSION, _IGNORE),
        *_POLLING_OPTIONS,
        TABLE_OUTPUT,
        *CONNECTION_OPTIONS,
    ]
)
@click.pass_context
def can_i_merge_command(context: click.Context, /, **given: Any) -> None:
    """Check whether a version works with the main branches of its integrations.

    The exit code is 0 if the answer is yes, and 1 if it is no or results are missing.
    PACT_BROKER_CAN_I_MERGE_DRY_RUN and PACT_BROKER_CAN_I_MERGE_IGNORE have the effect
    of --dry-run and --ignore.
    """
    [selector] = given["selectors"][:1]
    if len(given["selectors"]) > 1:
        raise click.UsageError("give --pacticipant only once")

    def ask(ignored: list[VersionSelector]) -> Deployability:
        return open_broker(given).can_i_merge(
            selector.pacticipant,
            selector.version,
            ignore=ignored,
            retry=given["retry_while_unknown"],
            retry_interval=given["retry_interval"],
        )

    _answer(context, given, "PACT_BROKER_CAN_I_MERGE", ask)


def _answer(
    context: click.Context,
    given: dict[str, Any],
    prefix: str,
    ask: Callable[[list[VersionSelector]], Deployability],
) -> None:
    """Print the answer; exit with 1 if it is no."""
    names: Sequence[str] = split_names([os.environ.get(f"{prefix}_IGNORE", "")])
    answer = ask([*given["ignored"], *map(VersionSelector, names)])
    conclusion = r"Computer says yes \o/" if answer else "Computer says no"
    show(given, answer.data, f"{answer}\n\n{conclusion}")
    is_dry = given["dry_run"] or is_variable_true(f"{prefix}_DRY_RUN")
    if not answer and is_dry:
        click.echo("Dry run: the exit code is 0 although the answer is no.", err=True)
    elif not answer:
        context.exit(1)


COMMANDS = [can_i_deploy_command, can_i_merge_command]
