"""Run `pypact verify`, and report what prevents it."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from pypact.cli.options import (
    build_broker,
    echo_error,
    format_options,
    name_report_parameter,
)
from pypact.cli.verifiers import (
    add_working_directory,
    build_verifier,
    import_verifier,
    split_import_string,
)
from pypact.errors import PactError, VerificationFailed
from pypact.sources import read_provider_names, resolve_source
from pypact.targets.base import describe_exception
from pypact.targets.django import load_django_handler
from pypact.verifier import Verifier
from pypact.verifier.coverage import contract_coverage
from pypact.verifier.exceptions import format_traceback
from pypact.verifier.flow import USER_ERRORS
from pypact.verifier.reports import REPORT_FORMATS
from pypact.verifier.reports.console import ConsoleReport, ProgressReport
from pypact.verifier.reports.files import FileReport, render_json, write_file
from pypact.verifier.results import InteractionResult, Report, VerificationResult
from pypact.web import mask_url


def run(context: click.Context, pacts: Sequence[str], given: dict[str, Any]) -> None:
    """Verify with the options of the command `given`, and exit with its code."""
    named, paths = split_import_string(pacts)
    try:
        broker = build_broker(given, has_pacts=bool(pacts))
    except PactError as error:
        _exit_could_not_run(str(error))
    code = 0
    try:
        add_working_directory()
        base = import_verifier(named) if named else None
        sources: list[Any] = [*paths, *([broker] if broker else ())]
        provider = given["provider"]
        if base is None and not sources:
            paths, sources = ("pacts",), ["pacts"]
        if base is None and not provider:
            provider = _find_provider(paths)
        verifier = build_verifier(base, provider, sources, given)
        _check_coverage(verifier, given)
        result: object = verifier.verify(
            consumer=given["consumer"] or None,
            description=given["description"],
            state=given["state"],
            no_state=given["no_state"],
            allow_empty=given["allow_empty"],
            examples=given["examples"],
            examples_for=given["examples_for"],
            reports=list(_build_reports(context, _join(named, paths), given)),
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
        _report_coverage(verifier.app, result, given)
    context.exit(code)


def _join(named: str, paths: Sequence[str]) -> list[str]:
    return [named, *paths] if named else [*paths]


def _check_coverage(verifier: Verifier, given: dict[str, Any]) -> None:
    if verifier.is_remote and (given["coverage"] or given["coverage_json"]):
        reason = "the routes behind a URL are unknown"
        raise click.UsageError(f"--coverage needs --app or --django: {reason}")


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
            write_file(path, render_json(coverage.to_json()))
        except PactError as error:
            _exit_could_not_run(str(error))


def _find_provider(pacts: Sequence[str]) -> str:
    found = sorted({name for one in pacts for name in read_provider_names(one)})
    if not found:
        _require_pacts(pacts)
    if len(found) != 1:
        names = ", ".join(map(repr, found)) or "unknown providers"
        raise click.UsageError(f"give --provider; the pacts are for {names}")
    return found[0]


def _require_pacts(pacts: Sequence[str]) -> None:
    for one in pacts:
        if "://" not in one:
            resolve_source(one).load("")


def _build_reports(
    context: click.Context, pacts: Sequence[str], given: dict[str, Any]
) -> Iterator[Report]:
    color = False if given["no_color"] else None
    command = [*context.command_path.split(), *map(mask_url, pacts)]
    command += format_options(context, given)
    rerun = functools.partial(_build_rerun_command, command)
    console = ConsoleReport(color=color, rerun=rerun, quiet=given["quiet"])
    yield ProgressReport(report=console)
    for name in REPORT_FORMATS:
        if path := given[name_report_parameter(name)]:
            yield FileReport(name, path)


def _build_rerun_command(parts: Sequence[str], result: InteractionResult) -> str:
    """Return the command, beginning with `parts`, that verifies one interaction."""
    interaction, states = result.case.interaction, result.case.interaction.states
    parts = [*parts, "--consumer", result.case.consumer]
    parts += ["--description", _match_exactly(interaction.description)]
    state = ["--state", _match_exactly(states[0].name)] if states else ["--no-state"]
    return " ".join(map(shlex.quote, [*parts, *state]))


def _match_exactly(text: str) -> str:
    # Not re.escape: it also escapes spaces, which makes the command hard to read.
    escaped = re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", text)
    return f"^{escaped}$"


def _exit_could_not_run(text: str, lines: Sequence[str] = ()) -> NoReturn:
    for line in (f"pypact could not verify: {text}", *(f"  {one}" for one in lines)):
        echo_error(line)
    raise SystemExit(2)
