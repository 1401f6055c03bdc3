"""Write pages as HTML with Jinja2.

Each page is one file without any other: styles and the script are inline, and the
Content-Security-Policy allows nothing but these two, by their hashes. So no part of a
contract or response can run or load anything, even if it were not escaped.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

from pypact.pages.diagram import draw_diagram
from pypact.pages.site import OUTCOMES, build_report


def render_report(run: dict[str, Any]) -> str:
    """Return the page of one run; `run` is as for `build_report`."""
    return _render("report.html", site=build_report(run), provider=run["provider"])


def render_site(site: dict[str, Any]) -> dict[str, str]:
    """Return the pages of a site: file name → HTML, with the first page `index.html`.

    `site` is what `build_site` returns.
    """
    pages = {"index.html": _render("index.html", site=site)}
    for contract in site["contracts"]:
        pages[contract["file"]] = _render("contract.html", contract=contract)
    return pages


def _render(template: str, **values: Any) -> str:
    text: str = _load_environment().get_template(template).render(values)
    return text


@functools.cache
def _load_environment() -> Any:
    # Optional: only who writes pages needs it (`pypact-contracts[html]`).
    import jinja2  # noqa: PLC0415 -- see above
    from markupsafe import Markup  # noqa: PLC0415 -- the same

    folder = Path(__file__).with_name("templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (
        (folder / name).read_text(encoding="utf-8") for name in ("style.css", "page.js")
    )
    environment.globals.update(
        style=Markup(style),  # noqa: S704 -- pypact's own file
        script=Markup(script),  # noqa: S704 -- the same
        policy=(
            "default-src 'none'; base-uri 'none'; form-action 'none'; "
            f"style-src {_hash_source(style)}; script-src {_hash_source(script)}"
        ),
        outcomes=OUTCOMES,
        draw_diagram=draw_diagram,
    )
    return environment


def _hash_source(text: str) -> str:
    """Return the source expression of a Content-Security-Policy for an inline text."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
