"""Where does a redirect lead to, if it is to be followed?

Source: RFC 9110, "Redirection 3xx". Only to the same host: nothing else is the
provider.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from pypact.model.body import MISSING
from pypact.model.http import Request
from pypact.model.query import Query
from pypact.targets.answers import Answer

__all__ = ["MOST_REDIRECTS", "redirected"]

MOST_REDIRECTS = 10


def redirected(
    request: Request, response: Answer, *, host: str, prefix: str
) -> Request | None:
    """Build the request that follows a redirect; return None if there is none.

    Only redirects to the same host and below `prefix` are followed. `host` is the
    target's host, used if the request has no `Host` header; `prefix` is its path
    prefix.
    """
    if response.status not in (301, 302, 303, 307, 308):
        return None
    location = next((v for k, v in response.headers if k.lower() == "location"), None)
    if location is None:
        return None
    own = (request.headers.first("host") or host).lower()
    query = request.query.encoded()
    here = f"http://{own}{prefix}{request.path}"
    parts = urlsplit(urljoin(f"{here}?{query}" if query else here, location.strip()))
    path = parts.path or "/"
    if parts.netloc.lower() != own or not path.startswith(prefix):
        return None
    following = replace(
        request,
        path=path.removeprefix(prefix) or "/",
        query=Query.from_text(parts.query),
    )
    if not _becomes_get(response.status, request.method):
        return following
    headers = request.headers.without("content-type").without("content-length")
    return replace(following, method="GET", body=MISSING, headers=headers)


def _becomes_get(status: int, method: str) -> bool:
    if status == 303:
        return method != "HEAD"
    # As all clients do, although only 303 demands it.
    return status in (301, 302) and method == "POST"
