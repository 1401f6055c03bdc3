"""How can one request be sent again by hand?

Source: verification.md, section 7 (principle 7). Secrets are hidden, so that a line
with one has to be completed before it works.
"""

from __future__ import annotations

import shlex

from pypact.masking import mask_header
from pypact.model.http import Request

__all__ = ["curl"]


def curl(request: Request, *, base_url: str = "http://localhost") -> str:
    """Write the command line of curl that sends `request`."""
    parts = ["curl", *_method(request)]
    for name, value in request.headers.lines():
        if name.lower() not in _FROM_CURL:
            parts += ["-H", f"{name}: {mask_header(name, value)}"]
    parts += _data(request)
    host = request.headers.first("host")
    origin = f"http://{host}" if host else base_url
    query = request.query.encoded()
    parts.append(f"{origin}{request.path}{f'?{query}' if query else ''}")
    return " ".join(map(shlex.quote, parts))


def _method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    usual = "POST" if request.body.content else "GET"
    return [] if request.method == usual else ["-X", request.method]


def _data(request: Request) -> list[str]:
    content = request.body.content
    if not content:
        return []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ["--data-binary", f"@FILE-OF-{len(content)}-BYTES"]
    if len(text) > _LONGEST:
        return ["--data-binary", f"@FILE-OF-{len(content)}-BYTES"]
    data = ["--data-raw", text]
    if "content-type" not in request.headers:
        # curl would send that of a form.
        data = ["-H", "Content-Type:", *data]
    return data


_FROM_CURL = frozenset({"content-length", "host"})
_LONGEST = 2_000
