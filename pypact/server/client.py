"""Control a mock server in another process, by its administration protocol.

The server may be pypact's or the Ruby mock service. Source:
docs/internals/conventions.md, "Ruby mock service protocol".
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

import requests

from pypact._process import bypass_interception
from pypact.errors import InvalidExpectation, InvalidPact, NotExpressible, ServerError
from pypact.formats import interaction_to_json, read_pact
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json, dump_json, parse_json
from pypact.web import open_session


class InteractionBuilder(Protocol):
    """The builder that `will_respond_with` returns."""

    is_exported: bool  # no block of this process has to use it

    def to_interaction(self) -> HttpInteraction:
        """Return the finished interaction."""
        ...


InteractionLike: TypeAlias = (
    InteractionBuilder | HttpInteraction | Mapping[str, Json] | str
)
"""An interaction to register: a builder, the result of its `to_JSON()`, or JSON."""


class MockServerClient:
    """A client of the mock server at `url`; `timeout` is in seconds.

    Every method raises ServerError, with the text of the server, if the server refuses
    the request or cannot be reached.
    """

    def __init__(self, url: str, *, timeout: float = 30) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout

    def post_interaction(self, interaction: InteractionLike) -> str:
        """Register one more interaction."""
        data = _interaction_to_json(interaction)
        return self._call("POST", "/interactions", data).text.strip()

    def put_interactions(
        self, interactions: Iterable[InteractionLike], *, example: str | None = None
    ) -> str:
        """Register these interactions in place of all others; forget earlier requests.

        `example` is the name of the test, for the server's log.
        """
        listed = [parse_json(_interaction_to_json(one)) for one in interactions]
        data: dict[str, Json] = {"interactions": listed}
        if example is not None:
            data["example_description"] = example
        return self._call("PUT", "/interactions", dump_json(data)).text.strip()

    def delete_interactions(self, *, example: str | None = None) -> str:
        """Remove all interactions, and forget earlier requests."""
        query = {"example_description": example}
        return self._call("DELETE", "/interactions", query=query).text.strip()

    def verify(self, *, example: str | None = None) -> str:
        """Check that each interaction was used, and that no other request was received.

        Raises: ServerError, which lists missing, incorrect and unexpected requests.
        """
        query = {"example_description": example}
        return self._call("GET", "/interactions/verification", query=query).text.strip()

    def missing(self) -> int:
        """Return the number of interactions without any request."""
        return int(self._call("GET", "/interactions/missing").json()["size"])

    def write_pact(
        self,
        consumer: str | None = None,
        provider: str | None = None,
        *,
        pact_dir: str | os.PathLike[str] | None = None,
        specification: str | None = None,
        write_mode: str | None = None,
    ) -> dict[str, Json]:
        """Have the server write the contract, and return it as JSON.

        Omitted arguments default to the options that the server was started with. A
        relative `pact_dir` is relative to the working directory of this process.
        """
        options: dict[str, Json] = {
            "consumer": None if consumer is None else {"name": consumer},
            "provider": None if provider is None else {"name": provider},
            "pact_dir": None if pact_dir is None else str(Path(pact_dir).absolute()),
            "pact_specification_version": specification,
            "pactfile_write_mode": write_mode,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return dict(self._call("POST", "/pact", dump_json(given)).json())

    def delete_session(self) -> str:
        """Remove all interactions, also the used ones that are still to be written."""
        return self._call("DELETE", "/session").text.strip()

    def log(self, message: str) -> None:
        """Write a line to the server's log."""
        self._call("GET", "/log", query={"msg": message})

    def _call(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        query: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        headers = {"X-Pact-Mock-Service": "true", "Content-Type": "application/json"}
        content = None if body is None else body.encode("utf-8", "backslashreplace")
        with bypass_interception(), open_session() as session:
            session.trust_env = False  # never through a proxy
            try:
                response = session.request(
                    method,
                    self.url + path,
                    params=query,
                    data=content,
                    headers=headers,
                    timeout=self._timeout,
                )
            except requests.RequestException as error:
                raise ServerError(
                    f"no mock server can be reached at {self.url}: {error}"
                ) from error
        if not response.ok:
            text = _read_problem(response)
            raise ServerError(
                f"the mock server refused {method} {self.url}{path} with status "
                f"{response.status_code}: {text}",
                status=response.status_code,
                text=text,
            )
        return response


def _interaction_to_json(interaction: InteractionLike) -> str:
    """Return JSON in the lowest version; the Ruby service reads only v2."""
    if isinstance(interaction, (str, Mapping)):
        data = _read_object(interaction)
        if not str(data.get("type", "")).startswith("Synchronous/HTTP"):
            return _dump_json(data)
        found = _read_v4(data)
    elif isinstance(interaction, HttpInteraction):
        found = interaction
    elif hasattr(interaction, "to_interaction"):
        found = interaction.to_interaction()
        interaction.is_exported = True
    else:
        raise InvalidExpectation(
            f"expected an interaction, a builder, or its JSON, got {interaction!r}"
        )
    return _dump_json(_write_lowest_version(found))


def _read_object(interaction: Mapping[str, Json] | str) -> dict[str, Json]:
    if not isinstance(interaction, str):
        return dict(interaction)
    try:
        data = parse_json(interaction)
    except ValueError as error:
        raise InvalidExpectation(
            f"the interaction is not valid JSON: {error}"
        ) from None
    if not isinstance(data, dict):
        raise InvalidExpectation(f"the interaction is not a JSON object: {interaction}")
    return data


def _write_lowest_version(interaction: HttpInteraction) -> dict[str, Json]:
    for version in ("2.0.0", "3.0.0"):
        with contextlib.suppress(NotExpressible):
            return interaction_to_json(interaction, version)
    return interaction_to_json(interaction, "4.0")


def _read_v4(data: dict[str, Json]) -> HttpInteraction:
    names = {"consumer": {"name": "consumer"}, "provider": {"name": "provider"}}
    version = {"pactSpecification": {"version": "4.0"}}
    try:
        contract = read_pact({**names, "interactions": [data], "metadata": version})
    except InvalidPact as error:
        raise InvalidExpectation(error) from error
    (found,) = contract.interactions
    assert isinstance(found, HttpInteraction)  # noqa: S101 -- its type was checked
    return found


def _dump_json(data: dict[str, Json]) -> str:
    try:
        return dump_json(data)
    except (TypeError, ValueError) as error:
        raise InvalidExpectation(
            f"the interaction cannot be written as JSON: {error}"
        ) from None


def _read_problem(response: requests.Response) -> str:
    """Return the `message` of a JSON response, or else the text of the response."""
    try:
        data = response.json()
    except ValueError:
        return response.text.strip()
    message = data.get("message") if isinstance(data, dict) else None
    return message if isinstance(message, str) else response.text.strip()
