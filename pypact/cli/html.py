"""The command `pypact html`: write contracts and results as pages for a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pypact.cli.options import add_options, option
from pypact.pages.runs import check_run, is_run
from pypact.pages.site import build_site
from pypact.sources import LoadedPact, ReadableSource, list_sources
from pypact.verifier.reports import require_extra
from pypact.verifier.reports.files import write_file


@click.command("html")
@click.argument("pacts", nargs=-1)
@add_options(
    [
        option("--output -o DIR", "Folder to write the pages to.", required=True),
    ]
)
def html_command(pacts: Sequence[str], output: str) -> None:
    """Write contracts, and the results of verifications, as pages for a browser.

    PACTS are files, directories, patterns or URLs of contracts, by default the
    directory `pacts`, and files with results that `pypact verify --json FILE` or
    `pytest --pypact-json FILE` has written. Of several results of an interaction the
    last one is shown. The first page is `index.html`; the pages need no network.
    """
    require_extra("pages", "html", "jinja2")
    from pypact.pages.render import render_site  # noqa: PLC0415 -- needs the extra

    runs = {one: run for one in pacts if (run := _read_run(one)) is not None}
    paths = [one for one in pacts if one not in runs] or ["pacts"]
    pages = render_site(build_site(_read_pacts(paths), list(runs.values())))
    for name, text in pages.items():
        write_file(Path(output) / name, text)
    click.echo(f"wrote {Path(output) / 'index.html'}")


def _read_pacts(paths: Sequence[str]) -> list[LoadedPact]:
    return [
        pact
        for source in list_sources(paths)
        if isinstance(source, ReadableSource)
        for pact in source.read_all()
    ]


def _read_run(path: str) -> dict[str, Any] | None:
    """Return the data of a JSON report, or None if `path` is something else.

    Raises: InvalidPact if it is a report in which a member is missing or malformed.
    """
    if not Path(path).is_file():
        return None
    try:
        data = json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None  # reading it as a contract reports the problem
    if not is_run(data):
        return None
    check_run(data, path)
    found: dict[str, Any] = data
    return found
