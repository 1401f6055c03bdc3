"""Change the state of a running provider by requests to a URL.

The payload `{"state", "params", "action"}` is sent as JSON or as a query string. A JSON
object in the response provides values for the generators.

Source: docs/internals/conventions.md, "State change protocol".

Peers: the Rust verifier repeats a failed request, and does not show the response.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pypact._process import bypass_interception
from pypact.explain.mismatches import truncate
from pypact.model.http import Request
from pypact.model.json import Json, dump_json, parse_json
from pypact.targets import HttpTarget
from pypact.targets.http import parse_url


class StateUrl:
    """A state function that sends each provider state to a URL of the provider.

    The URL is called once for each state, and with `teardown` once more after the
    interaction. For an interaction without states it is called with an empty name, as
    the Rust verifier does. `options` are those of `HttpTarget`.
    """

    def __init__(
        self,
        url: str,
        *,
        teardown: bool = False,
        as_query: bool = False,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        parts = parse_url(url, "state_url", "state_headers", query=True)
        self._url = url
        self._query = parts.query
        self._path = parts.path or "/"
        self._teardown = teardown
        self._as_query = as_query
        self._headers = dict(headers or {})
        self._target = HttpTarget(f"{parts.scheme}://{parts.netloc}", **options)

    def __repr__(self) -> str:
        return f"state_url {self._url}"

    def __call__(
        self, state: str, params: Mapping[str, Json]
    ) -> Iterator[Mapping[str, Json] | None]:
        yield self._call(state, params, "setup")
        if self._teardown:
            self._call(state, params, "teardown")

    def close(self) -> None:
        """Close the connection."""
        self._target.close()

    def _call(
        self, state: str, params: Mapping[str, Json], action: str
    ) -> Mapping[str, Json] | None:
        with bypass_interception():
            response = self._target.send(self._build_request(state, params, action))
        if response.status is None:
            raise ConnectionError(str(response.exception))
        if not 200 <= response.status < 300:
            body = response.body.decode("utf-8", "backslashreplace").strip()
            raise ConnectionError(
                f"{self._url} returned {response.status} {response.reason}: "
                f"{truncate(body) or 'no body'}"
            )
        try:
            values = parse_json(response.body)
        except ValueError:
            return None
        return values if isinstance(values, Mapping) else None

    def _build_request(
        self, state: str, params: Mapping[str, Json], action: str
    ) -> Request:
        headers = list(self._headers.items())
        if self._as_query:
            pairs = {"state": state, "action": action, **params}
            query = urlencode(
                {
                    key: value if isinstance(value, str) else dump_json(value)
                    for key, value in pairs.items()
                }
            )
            query = f"{self._query}&{query}" if self._query else query
            return Request.from_http("POST", f"{self._path}?{query}", headers)
        query = f"?{self._query}" if self._query else ""
        body = dump_json(self._build_payload(state, params, action))
        headers.append(("Content-Type", "application/json"))
        return Request.from_http("POST", self._path + query, headers, body.encode())

    def _build_payload(
        self, state: str, params: Mapping[str, Json], action: str
    ) -> Json:
        return {"state": state, "params": dict(params), "action": action}
