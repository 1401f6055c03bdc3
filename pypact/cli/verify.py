"""The command `pypact verify`: verify a provider from a shell.

The exit code is 0 if the verification succeeds, 1 if the provider breaks a contract or
there is nothing to verify, and 2 if it could not run. Source:
docs/internals/conventions.md, "Exit codes".
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from pypact.cli.options import (
    add_broker_options,
    add_provider_options,
    build_broker,
    build_verifier_arguments,
    format_broker_options,
    format_provider_options,
    import_provider_app,
    parse_headers,
)
from pypact.errors import PactError, VerificationFailed
from pypact.sources import read_provider_names, resolve_source
from pypact.targets.django import load_django_handler
from pypact.verifier import Verifier
from pypact.verifier.coverage import contract_coverage
from pypact.verifier.exceptions import describe_exception, format_traceback
from pypact.verifier.flow import USER_ERRORS
from pypact.verifier.reports.console import ConsoleReport, ProgressReport
from pypact.verifier.reports.files import (
    JsonReport,
    JunitReport,
    MarkdownReport,
    write_report,
)
from pypact.verifier.results import InteractionResult, Report, VerificationResult
from pypact.web import mask_url


@click.command("verify")
@click.argument("pacts", nargs=-1)
@click.option("--provider", metavar="NAME", help="Name of the provider in the pacts.")
@add_provider_options
@click.option(
    "--consumer",
    multiple=True,
    metavar="NAME",
    help="Verify the pacts of this consumer only. Repeatable.",
)
@click.option(
    "--description",
    metavar="REGEX",
    help="Verify only interactions whose description matches.",
)
@click.option(
    "--state", metavar="REGEX", help="Verify only interactions with a matching state."
)
@click.option(
    "--no-state", is_flag=True, help="Verify only interactions without a state."
)
@click.option(
    "--allow-empty", is_flag=True, help="Do not fail if there is nothing to verify."
)
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    help="Write all results to this file, as JSON.",
)
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    help="Write a JUnit XML report to this file.",
)
@click.option(
    "--markdown",
    "markdown_file",
    metavar="FILE",
    help="Write a Markdown summary to this file.",
)
@click.option(
    "--coverage",
    is_flag=True,
    help="Show which routes of the application the contracts cover.",
)
@click.option(
    "--coverage-json",
    metavar="FILE",
    help="Write the route coverage to this file, as JSON.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show only failures.")
@click.option("--no-color", "--no-colour", is_flag=True, help="Do not use colours.")
@add_broker_options
@click.pass_context
def verify_command(
    context: click.Context, /, pacts: Sequence[str], **given: Any
) -> None:
    """Verify a provider against the contracts of its consumers.

    PACTS are files, directories, patterns or URLs; the default is the directory
    `pacts`, or the broker of the broker options or of PACT_BROKER_BASE_URL. The exit
    code is 0 if the verification succeeds, 1 if it fails or there is nothing to verify,
    and 2 if it could not run.
    """
    try:
        broker = build_broker(given, has_pacts=bool(pacts))
    except PactError as error:
        _exit_could_not_run(str(error))
    pacts = pacts or (() if broker else ("pacts",))
    provider = given["provider"] or _find_provider(pacts)
    if os.getcwd() not in sys.path:  # noqa: PTH109 -- sys.path holds strings
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 -- the same
    code = 0
    try:
        app = _load_app(given)
        sources = [*pacts, *([broker] if broker else ())]
        result: object = _build_verifier(provider, app, sources, given).verify(
            consumer=given["consumer"] or None,
            description=given["description"],
            state=given["state"],
            no_state=given["no_state"],
            allow_empty=given["allow_empty"],
            reports=list(_build_reports(context, pacts, given)),
        )
    except VerificationFailed as error:
        code, result = 1, error.result
    except PactError as error:
        _exit_could_not_run(str(error))
    except click.UsageError:
        raise
    except USER_ERRORS as error:  # importing the app runs code of the team
        _exit_could_not_run(describe_exception(error), format_traceback(error))
    if isinstance(result, VerificationResult):
        _report_coverage(app, result, given)
    context.exit(code)


def _load_app(given: dict[str, Any]) -> Any:
    app = import_provider_app(given)
    if given["base_url"] and (given["coverage"] or given["coverage_json"]):
        raise click.UsageError(
            "--coverage needs --app or --django: the routes behind a URL are unknown"
        )
    return app


def _build_verifier(
    provider: str, app: Any, sources: Sequence[Any], given: dict[str, Any]
) -> Verifier:
    headers = parse_headers(given["headers"], "--header")
    verifier = Verifier(
        provider,
        pacts=[resolve_source(one) for one in sources],
        **build_verifier_arguments(given, app),
    )
    if headers:

        @verifier.request_filter
        def header_option(request: Any) -> None:
            for name, value in headers:
                request.set_header(name, value)

    return verifier


def _report_coverage(
    app: Any, result: VerificationResult, given: dict[str, Any]
) -> None:
    if not given["coverage"] and not given["coverage_json"]:
        return
    try:
        target_app = load_django_handler(asgi=given["asgi"]) if app is None else app
        coverage = contract_coverage(target_app, result)
    except PactError as error:
        _exit_could_not_run(f"cannot read the routes: {error}")
    if given["coverage"]:
        click.echo(f"\n{coverage}")
    if path := given["coverage_json"]:
        try:
            write_report("json", path, coverage.to_json())
        except PactError as error:
            _exit_could_not_run(str(error))


def _find_provider(pacts: Sequence[str]) -> str:
    try:
        found = sorted({name for one in pacts for name in read_provider_names(one)})
    except PactError as error:
        _exit_could_not_run(str(error))
    if not found:
        _require_pacts(pacts)
    if len(found) != 1:
        names = ", ".join(map(repr, found)) or "unknown providers"
        raise click.UsageError(f"give --provider; the pacts are for {names}")
    return found[0]


def _require_pacts(pacts: Sequence[str]) -> None:
    for one in pacts:
        if "://" not in one:
            try:
                resolve_source(one).load("")
            except PactError as error:
                _exit_could_not_run(str(error))


def _build_reports(
    context: click.Context, pacts: Sequence[str], given: dict[str, Any]
) -> Iterator[Report]:
    color = False if given["no_color"] else None
    rerun = _RerunCommand(context, pacts, given)
    yield ConsoleReport(color=color, rerun=rerun, quiet=given["quiet"])
    if given["quiet"]:
        yield ProgressReport()
    files = ("json", JsonReport), ("junit", JunitReport), ("markdown", MarkdownReport)
    for kind, report in files:
        if path := given[f"{kind}_file"]:
            yield report(path)


class _RerunCommand:
    """A function that returns the command which verifies one interaction alone."""

    def __init__(
        self, context: click.Context, pacts: Sequence[str], given: dict[str, Any]
    ) -> None:
        name = context.command_path
        parts = [*name.split(), *map(mask_url, pacts), *format_broker_options(given)]
        if given["provider"] is not None:
            parts += ["--provider", given["provider"]]
        self._parts = parts + format_provider_options(context, given)

    def __call__(self, result: InteractionResult) -> str:
        parts = [*self._parts, "--consumer", result.case.consumer]
        parts += ["--description", _match_exactly(result.case.interaction.description)]
        states = result.case.interaction.states
        parts += (
            ["--state", _match_exactly(states[0].name)] if states else ["--no-state"]
        )
        return " ".join(map(shlex.quote, parts))


def _match_exactly(text: str) -> str:
    # Not re.escape: it also escapes spaces, which makes the command hard to read.
    escaped = "".join(
        f"\\{sign}" if sign in r"\.^$*+?{}[]|()" else sign for sign in text
    )
    return f"^{escaped}$"


def _exit_could_not_run(text: str, lines: Sequence[str] = ()) -> NoReturn:
    click.echo(f"pypact could not verify: {text}", err=True)
    for line in lines:
        click.echo(f"  {line}", err=True)
    raise SystemExit(2)
