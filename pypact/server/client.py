"""How does a test talk to a mock server in another process?

The administration protocol (conventions, 4.6); the server may be pypact's or the Ruby
mock service.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

import requests

from pypact.errors import InvalidExpectation, InvalidPact, NotExpressible, ServerError
from pypact.formats import interaction_to_json, read_pact
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json, compact, parse
from pypact.passing import passing

__all__ = ["MockServerClient"]


class Builder(Protocol):
    """What `will_respond_with` gives; no block of this process needs to claim it."""

    is_handed_out: bool

    def to_interaction(self) -> HttpInteraction:
        """Give the interaction as a value."""
        ...


Registered: TypeAlias = Builder | HttpInteraction | Mapping[str, Json] | str
"""What can be registered: a builder, what its `to_JSON()` gives, or that as text."""


class MockServerClient:
    """A client of the mock server at `url`.

    Every method raises ServerError, with the server's own text, where it refuses.
    """

    def __init__(self, url: str, *, timeout: float = 30) -> None:
        self.url = url.rstrip("/")
        self._timeout = timeout

    def post_interaction(self, interaction: Registered) -> str:
        """Expect an interaction beside those that are expected already."""
        return self._ask("POST", "/interactions", _json_of(interaction)).text.strip()

    def put_interactions(
        self, interactions: Iterable[Registered], *, example: str | None = None
    ) -> str:
        """Expect these interactions and no others; forget what was asked."""
        listed = [parse(_json_of(interaction)) for interaction in interactions]
        data: dict[str, Json] = {"interactions": listed}
        if example is not None:
            data["example_description"] = example
        return self._ask("PUT", "/interactions", compact(data)).text.strip()

    def delete_interactions(self, *, example: str | None = None) -> str:
        """Expect nothing, and forget what was asked."""
        query = {"example_description": example}
        return self._ask("DELETE", "/interactions", query=query).text.strip()

    def verify(self, *, example: str | None = None) -> str:
        """Make sure that all was asked for as it was expected.

        Raises: ServerError, whose text says what was missing or wrong.
        """
        query = {"example_description": example}
        return self._ask("GET", "/interactions/verification", query=query).text.strip()

    def missing(self) -> int:
        """Count the interactions that nobody has asked for."""
        return int(self._ask("GET", "/interactions/missing").json()["size"])

    def write_pact(
        self,
        consumer: str | None = None,
        provider: str | None = None,
        *,
        pact_dir: str | os.PathLike[str] | None = None,
        specification: str | None = None,
        write_mode: str | None = None,
    ) -> dict[str, Json]:
        """Let the server write the contract, and give it.

        What is not given here is what the server was started with. A relative
        `pact_dir` is meant from this process' folder.
        """
        details: dict[str, Json] = {}
        if consumer is not None:
            details["consumer"] = {"name": consumer}
        if provider is not None:
            details["provider"] = {"name": provider}
        if pact_dir is not None:
            details["pact_dir"] = str(Path(pact_dir).absolute())
        if specification is not None:
            details["pact_specification_version"] = specification
        if write_mode is not None:
            details["pactfile_write_mode"] = write_mode
        written: dict[str, Json] = self._ask("POST", "/pact", compact(details)).json()
        return written

    def delete_session(self) -> str:
        """Let the server forget everything, also what is to be written."""
        return self._ask("DELETE", "/session").text.strip()

    def log(self, message: str) -> None:
        """Write a line to the server's log."""
        self._ask("GET", "/log", query={"msg": message})

    def _ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        query: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        headers = {"X-Pact-Mock-Service": "true", "Content-Type": "application/json"}
        content = None if body is None else body.encode("utf-8", "backslashreplace")
        with passing(), requests.Session() as session:
            session.trust_env = False  # no proxy stands before a mock server
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
                    f"no mock server answers at {self.url}: {error}"
                ) from error
        if not response.ok:
            text = _problem(response)
            raise ServerError(
                f"{method} {self.url}{path} was refused with {response.status_code}: "
                f"{text}",
                status=response.status_code,
                text=text,
            )
        return response


def _json_of(interaction: Registered) -> str:
    """Write what is registered in the lowest form that holds all of it.

    The Ruby mock service understands v2's form alone.
    """
    if isinstance(interaction, (str, Mapping)):
        data = _data_of(interaction)
        if not _is_v4(data):
            return _text(data)
        found = _read_v4(data)
    elif isinstance(interaction, HttpInteraction):
        found = interaction
    elif hasattr(interaction, "to_interaction"):
        found = interaction.to_interaction()
        interaction.is_handed_out = True
    else:
        raise InvalidExpectation(f"{interaction!r} is no interaction")
    return _text(_lowest_form(found, ("2.0.0", "3.0.0")))


def _data_of(interaction: Mapping[str, Json] | str) -> dict[str, Json]:
    if not isinstance(interaction, str):
        return dict(interaction)
    try:
        data = parse(interaction)
    except ValueError as error:
        raise InvalidExpectation(f"the interaction is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise InvalidExpectation(f"the interaction is no JSON object: {interaction}")
    return data


def _lowest_form(
    interaction: HttpInteraction, versions: tuple[str, ...]
) -> dict[str, Json]:
    if not versions:
        return interaction_to_json(interaction, "4.0")
    try:
        return interaction_to_json(interaction, versions[0])
    except NotExpressible:
        return _lowest_form(interaction, versions[1:])


def _is_v4(data: Mapping[str, Json]) -> bool:
    return str(data.get("type", "")).startswith("Synchronous/HTTP")


def _read_v4(data: dict[str, Json]) -> HttpInteraction:
    names = {"consumer": {"name": "consumer"}, "provider": {"name": "provider"}}
    version = {"pactSpecification": {"version": "4.0"}}
    try:
        contract = read_pact({**names, "interactions": [data], "metadata": version})
    except InvalidPact as error:
        raise InvalidExpectation(error) from error
    (found,) = contract.interactions
    assert isinstance(found, HttpInteraction)  # noqa: S101 -- its type says so
    return found


def _text(data: dict[str, Json]) -> str:
    try:
        return compact(data)
    except (TypeError, ValueError) as error:
        raise InvalidExpectation(f"the interaction is not JSON: {error}") from None


def _problem(response: requests.Response) -> str:
    """The server's text; of its JSON, the message."""
    try:
        data = response.json()
    except ValueError:
        return response.text.strip()
    message = data.get("message") if isinstance(data, dict) else None
    return message if isinstance(message, str) else response.text.strip()
