"""How can one request be sent again by hand?

Source: verification.md, section 7 (principle 7). Secrets are hidden, so that a line
with one has to be completed before it works.
"""

from __future__ import annotations

import shlex

from pypact.masking import mask_header
from pypact.model.http import Request
from pypact.targets.request_line import sent_target

__all__ = ["curl"]


def curl(request: Request, base_url: str = "") -> str:
    """Return the curl command that sends `request`, with secrets hidden.

    Without a `base_url`, the URL has the request's `Host`, or "localhost".
    """
    host = request.headers.first("host")
    origin = base_url or f"http://{host or 'localhost'}"
    parts = ["curl", *_curl_method(request)]
    for name, value in request.headers.lines():
        if name.lower() == "host" and not base_url:
            continue
        if name.lower() != "content-length":
            parts += ["-H", f"{name}: {mask_header(name, value)}"]
    parts += _curl_data(request)
    parts.append(f"{origin}{sent_target(request)}")
    return " ".join(map(shlex.quote, parts))


def _curl_method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    usual = "POST" if request.body.content else "GET"
    return [] if request.method == usual else ["-X", request.method]


def _curl_data(request: Request) -> list[str]:
    content = request.body.content
    if not content:
        return []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ["--data-binary", f"@FILE-OF-{len(content)}-BYTES"]
    if len(text) > _MAX_INLINE_BODY:
        return ["--data-binary", f"@FILE-OF-{len(content)}-BYTES"]
    data = ["--data-raw", text]
    if "content-type" not in request.headers:
        # Otherwise curl would send the content type of a form.
        data = ["-H", "Content-Type:", *data]
    return data


_MAX_INLINE_BODY = 2_000
