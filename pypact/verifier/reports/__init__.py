"""Report verification results as text and in files.

A format of report files is one function and one row: for each row `pypact verify` has
the option `--NAME`, and pytest the option `--pypact-NAME` and the ini key
`pypact_NAME`. `pypact.verifier.reports.files.FileReport` writes the same file for
`Verifier.verify(reports=[...])`.

A format of your own is added by `register`, in a module that is imported before the
command line is read. For pytest that is a plugin, or the `conftest.py` of the folder
where it starts.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from pypact._dataclasses import dataclass
from pypact._process import set_row
from pypact.errors import InvalidExpectation, StoreError

__all__ = ["REPORT_FORMATS", "Render", "ReportFormat", "register"]

Render: TypeAlias = Callable[[dict[str, Any]], str]
"""A function that returns the content of a report file for the data of a run.

The data are plain JSON values without secrets, in the shape that
`pypact.verifier.reports.files.run_to_dict` returns.
"""


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A format of report files.

    `name` is that of its options, in lower case; `help` is their description in a
    sentence. `render` is a function, or its import string ("package.module:function")
    to import it only when a report is written. With `needs_contents`, the data of each
    interaction have the member `contents`, which describes its request and response.
    `extra` is the extra of pypact that the format needs, with the module that it
    installs.
    """

    name: str
    help: str
    render: Render | str
    needs_contents: bool = False
    extra: tuple[str, str] | None = None

    def check(self) -> None:
        """Raise StoreError if the extra that the format needs is not installed."""
        if self.extra is not None:
            require_extra(f"reports in the format {self.name}", *self.extra)

    def load(self) -> Render:
        """Return the function that renders a report, imported if necessary."""
        if not isinstance(self.render, str):
            return self.render
        module, _, name = self.render.partition(":")
        render: Render = getattr(importlib.import_module(module), name)
        return render


def require_extra(what: str, extra: str, module: str) -> None:
    """Raise StoreError unless `module`, which an extra of pypact installs, is there."""
    if importlib.util.find_spec(module) is None:
        raise StoreError(
            f"{what} cannot be written without {module}: install pypact with its "
            f"extra, pip install 'pypact-contracts[{extra}]'"
        )


def register(report_format: ReportFormat) -> Callable[[], None]:
    """Add a format of report files, or replace the one with the same name.

    Return a function that undoes it.

    Raises: InvalidExpectation if its name cannot be the name of an option.
    """
    name = report_format.name
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidExpectation(
            f"{name!r} is not a valid name of a report format: expected lower-case "
            "letters, digits and hyphens, such as 'my-format'"
        )
    return set_row(REPORT_FORMATS, name, report_format)


REPORT_FORMATS: dict[str, ReportFormat] = {
    one.name: one
    for one in (
        ReportFormat(
            "html",
            "Write a page with the contracts and results to this file, as HTML.",
            "pypact.pages.render:render_report",
            needs_contents=True,
            extra=("html", "jinja2"),
        ),
        ReportFormat(
            "json",
            "Write the results to this file, as JSON.",
            "pypact.verifier.reports.files:render_json",
        ),
        ReportFormat(
            "junit",
            "Write the results to this file, as JUnit XML for CI servers.",
            "pypact.verifier.reports.junit:render_junit",
        ),
        ReportFormat(
            "markdown",
            "Write a summary to this file, as Markdown for job pages.",
            "pypact.verifier.reports.markdown:render_markdown",
        ),
    )
}
