"""Define the interactions of a pact, and run blocks of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pypact.compat.options import warn_of_ignored
from pypact.compat.pact.provider import Participant, Provider
from pypact.compat.pactman.mock.matchers import RuleCollector
from pypact.compat.service import MockService, is_server_requested
from pypact.errors import InvalidExpectation, PactError, PactWarning, UnexpectedRequest
from pypact.model.http import Request, Response
from pypact.model.interactions import SpecificationVersion, parse_version
from pypact.model.json import Json
from pypact.server.expectations import Expectation, read_expectation
from pypact.server.session import Session, WriteOptions

if TYPE_CHECKING:
    from typing_extensions import Self


class Pact:
    """A pact between a consumer and a provider, served at `uri`.

    The requests of a block have to be sent in the order in which their interactions
    were defined. A request that does not match raises at once; an interaction that was
    not requested is not written, and issues a warning.
    """

    _last_port = 8150

    def __init__(
        self,
        consumer: Participant,
        provider: Provider,
        host_name: str = "localhost",
        port: int | None = None,
        log_dir: str | None = None,
        ssl: bool = False,
        sslcert: str | None = None,
        sslkey: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        version: str = "2.0.0",
        file_write_mode: str = "overwrite",
        use_mocking_server: bool | None = None,
    ) -> None:
        warn_of_ignored(log_dir=log_dir, sslcert=sslcert, sslkey=sslkey)
        if file_write_mode not in _WRITE_MODES:
            known = ", ".join(_WRITE_MODES)
            raise InvalidExpectation(
                f"file_write_mode must be one of {known}, got {file_write_mode!r}"
            )
        self.consumer = consumer
        self.provider = provider
        self.host_name = host_name
        self.port = int(port) if port else self.allocate_port()
        self.scheme = "https" if ssl else "http"
        self.ssl = ssl
        self.pact_dir = os.fspath(pact_dir) if pact_dir else os.getcwd()  # noqa: PTH109 -- a string in the old library
        self.version = version
        self.file_write_mode = file_write_mode
        self.use_mocking_server = (
            is_server_requested() if use_mocking_server is None else use_mocking_server
        )
        self._is_v3 = parse_version(version) >= SpecificationVersion.V3
        self._interactions: list[dict[str, Json]] = []
        self._expected: list[Expectation] = []
        self._enter_count = 0
        self._keeps_running = False
        self._failure: PactError | None = None
        names = consumer.name, provider.name
        mode = _WRITE_MODES[file_write_mode]
        file_name = f"{names[0]}-{names[1]}-pact.json"
        writing = WriteOptions(
            *names, self.pact_dir, mode, version, file_name=file_name
        )
        self._session = Session(f"{names[0]} -> {names[1]}", writing)
        self._service = MockService(
            self._session.name,
            self._respond,
            self._record_failure,
            scheme=self.scheme,
            host=host_name,
            port=self.port,
            opens_port=self.use_mocking_server,
        )

    def __repr__(self) -> str:
        return f"<Pact {self.consumer.name} -> {self.provider.name}>"

    @classmethod
    def allocate_port(cls) -> int:
        """Return a port that no other pact of this process has."""
        Pact._last_port += 5
        return Pact._last_port

    @property
    def uri(self) -> str:
        """The URL at which the consumer finds the provider."""
        return f"{self.scheme}://{self.host_name}:{self.port}"

    @property
    def pact_json_filename(self) -> str:
        """The path of the contract."""
        return os.path.join(self.pact_dir, self._session.writing.file_name or "")  # noqa: PTH118 -- a string in the old library

    def given(self, provider_state: Any, **params: Json) -> Self:
        """Begin an interaction with a provider state, or with None for no state.

        In version 3.0.0 a state has parameters, and a list of `{"name", "params"}`
        defines several.

        Raises: ValueError for a state that the version does not have.
        """
        interaction: dict[str, Json] = {}
        if provider_state is None:
            pass
        elif not self._is_v3:
            if not isinstance(provider_state, str) or params:
                raise ValueError(
                    "a provider state of version 2.0.0 is a string without "
                    f"parameters, got {provider_state!r} {params or ''}"
                )
            interaction["providerState"] = provider_state
        elif isinstance(provider_state, str):
            interaction["providerStates"] = [{"name": provider_state, "params": params}]
        elif isinstance(provider_state, list):
            interaction["providerStates"] = list(provider_state)
        else:
            raise ValueError(
                "provider states are a string, or a list of dicts with name and "
                f"params, got {provider_state!r}"
            )
        self._interactions.append(interaction)
        return self

    def and_given(self, provider_state: str, **params: Json) -> Self:
        """Add a provider state to the interaction (version 3.0.0).

        Raises: ValueError in version 2.0.0, and before `given`.
        """
        if not self._is_v3:
            raise ValueError("an interaction of version 2.0.0 has one provider state")
        if not self._interactions:
            raise ValueError("and_given() needs a given() before it")
        states = self._interactions[-1].setdefault("providerStates", [])
        states.append({"name": provider_state, "params": params})
        return self

    def upon_receiving(self, scenario: str) -> Self:
        """Set the description of the interaction."""
        if not self._interactions or "description" in self._interactions[-1]:
            self._interactions.append({})
        self._interactions[-1]["description"] = scenario
        return self

    def with_request(
        self,
        method: str,
        path: Any,
        body: Any = None,
        headers: Mapping[str, Any] | None = None,
        query: Any = None,
    ) -> Self:
        """Set the request that the consumer will send; all parts may have matchers."""
        request: dict[str, Json] = {"method": method}
        rules: dict[str, Json] = {}
        collector = RuleCollector(is_v3=self._is_v3)
        request["path"] = collector.extract(path)
        if collector.rules:
            rules["path"] = collector.rules["$"]
        if headers:
            request["headers"] = self._extract_each(headers, "header", rules)
        if isinstance(query, Mapping):
            request["query"] = self._extract_each(query, "query", rules)
        elif query:
            request["query"] = parse_qs(query, keep_blank_values=True)
        if body is not None:
            request["body"] = self._extract_body(body, rules)
        self._get_interaction()["request"] = {**request, "matchingRules": rules}
        return self

    def will_respond_with(
        self, status: int, headers: Mapping[str, Any] | None = None, body: Any = None
    ) -> Self:
        """Set the response; headers and body may have matchers."""
        response: dict[str, Json] = {"status": status}
        rules: dict[str, Json] = {}
        if headers:
            response["headers"] = self._extract_each(headers, "header", rules)
        if body is not None:
            response["body"] = self._extract_body(body, rules)
        self._get_interaction()["response"] = {**response, "matchingRules": rules}
        return self

    def start_mocking(self) -> None:
        """Intercept requests to `uri` until `stop_mocking`.

        Raises: BlockMisuse if another pact intercepts the same requests; ServerError if
        `use_mocking_server` is set and the port is already in use.
        """
        if not self._service.is_running:
            self._service.start()
        self._keeps_running = True

    def stop_mocking(self) -> None:
        """Stop intercepting requests."""
        self._keeps_running = False
        self._service.stop()

    start_service = start_mocking
    stop_service = stop_mocking

    def setup(self) -> None:
        """Expect the interactions defined since the last `verify`.

        Raises: InvalidPact for an interaction that is not complete.
        """
        self._failure = None
        try:
            self._expected = [
                read_expectation(one, f"interaction {one.get('description', '')!r}")
                for one in self._interactions
            ]
            for expectation in self._expected:
                self._session.add(expectation)
            if not self._service.is_running:
                self._service.start()
        except PactError:
            self._end()
            raise

    def verify(self) -> None:
        """End the expectations; warn of those that were not requested.

        Raises: UnexpectedRequest, an AssertionError, for a request that did not match.
        """
        __tracebackhide__ = True
        unused = [one.interaction.description for one in self._expected]
        failure = self._failure
        self._end()
        if failure is not None:
            raise failure
        if unused:
            warnings.warn(
                PactWarning(
                    f"{self._session.name}: not requested, and not written into the "
                    f"contract: {', '.join(map(repr, unused))}"
                ),
                stacklevel=2,
            )

    def __enter__(self) -> Self:
        """Expect the defined interactions, as `setup` does."""
        if self._enter_count == 0 or self._interactions:
            self.setup()
        self._enter_count += 1
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Verify as `verify` does, unless the block raised an error."""
        __tracebackhide__ = True
        self._enter_count -= 1
        if self._enter_count:
            return
        if error is None:
            self.verify()
        else:
            self._end()

    def _get_interaction(self) -> dict[str, Json]:
        if not self._interactions:
            self._interactions.append({})
        return self._interactions[-1]

    def _extract_each(
        self, values: Mapping[str, Any], category: str, rules: dict[str, Json]
    ) -> Json:
        """Return the examples of headers or query parameters, and add their rules."""
        found = {}
        for name, value in values.items():
            collector = RuleCollector(is_v3=self._is_v3)
            if category == "query" and not isinstance(value, list):
                value = [value]  # noqa: PLW2901 -- parameters are lists
            examples = collector.extract(value)
            for rule in collector.rules.values():
                rules.setdefault(category, {})[name] = rule
            found[name] = _flatten(examples) if category == "query" else examples
        return found

    def _extract_body(self, body: Any, rules: dict[str, Json]) -> Json:
        collector = RuleCollector(is_v3=self._is_v3)
        example = collector.extract(body)
        if collector.rules:
            rules["body"] = collector.rules
        return example

    def _respond(self, request: Request, caller: str) -> Response:
        __tracebackhide__ = True
        try:
            if not self._expected:
                raise UnexpectedRequest(
                    f"pypact: {request.method} {request.path} was sent, but no further "
                    f"interaction of {self._session.name} is defined\n\n"
                    f"  called at  {caller}"
                )
            expectation = self._expected.pop(0)
            del self._interactions[0]
            response = self._session.respond_with(
                expectation, request, base_url=self.uri, caller=caller
            )
            self._session.write()
        except PactError as error:
            self._failure = self._failure or error
            raise
        return response

    def _record_failure(
        self, _request: Request, error: PactError, _caller: str
    ) -> None:
        self._failure = self._failure or error

    def _end(self) -> None:
        self._interactions = []
        self._expected = []
        self._session.clear()
        if self._service.is_running and not self._keeps_running:
            self._service.stop()


def _flatten(values: Json) -> Json:
    """Return the values of a parameter whose matcher was that of a list."""
    nested = isinstance(values, list) and len(values) == 1
    return values[0] if nested and isinstance(values[0], list) else values


_WRITE_MODES = {"overwrite": "overwrite", "merge": "merge", "never": "none"}
