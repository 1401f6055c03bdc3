"""Measure an intercepted call, relative to the client's own cost and other tools.

Run it with `python bench/interception.py`; `responses` comes with pypact,
`pip install requests-mock pook` brings the others.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import tempfile
from collections.abc import Callable, Iterator

import requests
from requests.adapters import HTTPAdapter
from timing import lowest, show
from urllib3 import HTTPResponse

import pypact

URL = "https://users.example.com/users/23"
HEADERS = {"Content-Type": "application/json"}
BODY = b'{"id":23,"firstName":"John"}'


class Ready(HTTPAdapter):
    """An adapter with a ready response, to measure the cost of `requests`."""

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:
        """Return the ready response."""
        raw = HTTPResponse(
            body=io.BytesIO(BODY), status=200, headers=HEADERS, preload_content=False
        )
        return self.build_response(request, raw)


@contextlib.contextmanager
def nothing() -> Iterator[None]:
    """Patch nothing."""
    yield


@contextlib.contextmanager
def with_pypact(count: int) -> Iterator[None]:
    """Declare `count` interactions, one of which is used."""
    with tempfile.TemporaryDirectory() as folder:
        pact = pypact.Consumer("Web").has_pact_with(
            "Users", base_url="https://users.example.com", pact_dir=folder
        )
        for number in range(count - 1):
            (
                pact.upon_receiving(f"another {number}")
                .with_request("GET", f"/users/another/{number}")
                .will_respond_with(200, headers=HEADERS, body={"id": number})
                .optional()
            )
        (
            pact.upon_receiving("a user")
            .with_request("GET", "/users/23")
            .will_respond_with(200, headers=HEADERS, body={"id": 23, "firstName": "J"})
        )
        with pact.intercept():
            yield


@contextlib.contextmanager
def with_responses() -> Iterator[None]:
    """Mock with `responses`."""
    responses = importlib.import_module("responses")
    with responses.RequestsMock() as mock:
        mock.get(URL, body=BODY, headers=HEADERS)
        yield


@contextlib.contextmanager
def with_requests_mock() -> Iterator[None]:
    """Mock with `requests-mock`."""
    requests_mock = importlib.import_module("requests_mock")
    with requests_mock.Mocker() as mock:
        mock.get(URL, content=BODY, headers=HEADERS)
        yield


@contextlib.contextmanager
def with_pook() -> Iterator[None]:
    """Mock with `pook`."""
    pook = importlib.import_module("pook")
    with pook.use():
        pook.get(URL, reply=200, response_json={"id": 23}, persist=True)
        yield


def one_session(
    block: Callable[[], contextlib.AbstractContextManager[None]],
    *,
    adapter: HTTPAdapter | None = None,
) -> float | str:
    """Return the seconds of one GET in one Session."""
    try:
        with block():
            session = requests.Session()
            if adapter is not None:
                session.mount("https://", adapter)
            return lowest(lambda: session.get(URL, timeout=5).json(), times=300)
    except ModuleNotFoundError as error:
        return f"not there: {error.name} is not installed"


def main() -> None:
    """Measure and print."""
    rows = {
        "requests, a ready response (the floor)": one_session(nothing, adapter=Ready()),
        "pypact, 1 interaction": one_session(lambda: with_pypact(1)),
        "pypact, 10,000 interactions": one_session(lambda: with_pypact(10_000)),
        "responses": one_session(with_responses),
        "requests-mock": one_session(with_requests_mock),
        "pook": one_session(with_pook),
    }
    show("one GET in one Session", rows, floor=next(iter(rows)))


if __name__ == "__main__":
    main()
