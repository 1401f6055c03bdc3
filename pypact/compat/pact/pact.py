"""Define the interactions of a pact, and run blocks of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pypact.compat.options import warn_of_ignored
from pypact.compat.pact.broker import Broker, ConsumerName, make_file_name
from pypact.compat.pact.matchers import from_term
from pypact.compat.pact.provider import Provider
from pypact.compat.pact.verify_wrapper import PactException
from pypact.compat.service import MockService
from pypact.errors import PactError
from pypact.model.http import Request
from pypact.model.json import Json
from pypact.server.app import MockApp
from pypact.server.expectations import read_expectation
from pypact.server.session import Session, WriteOptions

if TYPE_CHECKING:
    from typing_extensions import Self


class Pact(Broker):
    """A pact between a consumer and a provider, served at `uri`.

    Requests of this process to `uri` are intercepted. The port is opened only if the
    consumer may be another process or a page in a browser: with `cors`, if the
    environment variable PACT_USE_MOCKING_SERVER is "yes", if a client is imported that
    cannot be intercepted, or when this process starts or forks another one.
    """

    def __init__(
        self,
        consumer: ConsumerName,
        provider: Provider,
        host_name: str = "localhost",
        port: int = 1234,
        log_dir: str | None = None,
        ssl: bool = False,
        sslcert: str | None = None,
        sslkey: str | None = None,
        cors: bool = False,
        publish_to_broker: bool = False,
        broker_base_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        specification_version: str = "2.0.0",
        file_write_mode: str = "overwrite",
    ) -> None:
        warn_of_ignored(log_dir=log_dir, sslcert=sslcert, sslkey=sslkey)
        super().__init__(
            broker_base_url, broker_username, broker_password, broker_token
        )
        self.consumer = consumer
        self.provider = provider
        self.host_name = host_name
        self.port = int(port)
        self.ssl = ssl
        self.cors = cors
        self.publish_to_broker = publish_to_broker
        self.pact_dir = os.fspath(pact_dir) if pact_dir else os.getcwd()  # noqa: PTH109 -- a string in the old library
        self.specification_version = specification_version
        self.file_write_mode = file_write_mode
        self.uri = f"{'https' if ssl else 'http'}://{host_name}:{port}"
        self._interactions: list[dict[str, Json]] = []
        self._service: MockService | None = None
        self._keeps_running = False
        self._reset()

    def __repr__(self) -> str:
        return f"<Pact {self.consumer.name} -> {self.provider.name}>"

    def given(self, provider_state: str) -> Self:
        """Set the provider state of an interaction."""
        self._get_open_interaction()["provider_state"] = provider_state
        return self

    def upon_receiving(self, scenario: str) -> Self:
        """Set the description of an interaction."""
        self._get_open_interaction()["description"] = scenario
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
        request: dict[str, Json] = {"method": method, "path": from_term(path)}
        if headers:
            request["headers"] = from_term(dict(headers))
        if body is not None:
            request["body"] = from_term(body)
        if query:
            request["query"] = from_term(query)
        self._get_open_interaction()["request"] = request
        return self

    def will_respond_with(
        self, status: int, headers: Mapping[str, Any] | None = None, body: Any = None
    ) -> Self:
        """Set the response; headers and body may have matchers."""
        response: dict[str, Json] = {"status": status}
        if body is not None:
            response["body"] = from_term(body)
        if headers:
            response["headers"] = from_term(dict(headers))
        self._get_open_interaction()["response"] = response
        return self

    def start_service(self) -> None:
        """Intercept requests to `uri` until `stop_service`.

        With the mode "overwrite", the contract contains what was verified since then.

        Raises: BlockMisuse if another pact intercepts the same requests.
        """
        if self._service is None or not self._service.is_running:
            self._reset()
            self._start()
        self._keeps_running = True

    def stop_service(self) -> None:
        """Stop intercepting requests, and publish the contract if that was required.

        Raises: RuntimeError if the service does not run, or if publishing fails.
        """
        if self._service is None or not self._service.is_running:
            raise RuntimeError(f"{self!r} was not started, or was stopped already")
        self._keeps_running = False
        self._service.stop()
        if self.publish_to_broker:
            self.publish_for(self.consumer, self.pact_dir)

    def setup(self) -> None:
        """Expect the interactions defined since the last `verify`, and only those.

        Raises: PactException for an incomplete interaction; InvalidPact for one that
        cannot be read; BlockMisuse if another pact intercepts the same requests.
        """
        defined, self._interactions = self._interactions, []
        for interaction in defined:
            missing = [name for name in _REQUIRED if name not in interaction]
            if missing:
                raise PactException(
                    f"the interaction {interaction.get('description', '')!r} is not "
                    f"complete, missing: {', '.join(missing)}"
                )
        self._session.replace_all(
            read_expectation(one, f"interaction {one['description']!r}")
            for one in defined
        )
        # They are expected again if `setup` is called twice.
        self._interactions = defined
        if self._service is None or not self._service.is_running:
            self._start()

    def verify(self) -> None:
        """Write the contract if all interactions were requested, and nothing else was.

        Raises: UnexpectedRequest or MissingRequests, which are AssertionErrors;
        StoreError if the contract cannot be written.
        """
        __tracebackhide__ = True
        self._interactions = []
        self._stop_unless_kept()
        problem = self._session.judge().error()
        if problem is not None:
            raise problem
        self._session.write()

    def __enter__(self) -> Self:
        """Expect the defined interactions, as `setup` does."""
        self.setup()
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Verify the requests, as `verify` does, unless the block raised an error."""
        __tracebackhide__ = True
        if error is None:
            self.verify()
            return
        self._interactions = []
        self._stop_unless_kept()
        problem = self._session.judge().error()
        if problem is not None and problem is not error:
            # The same as `add_note`, which Python 3.10 does not have.
            error.__notes__ = [*getattr(error, "__notes__", ()), str(problem)]

    def _get_open_interaction(self) -> dict[str, Json]:
        last = self._interactions[0] if self._interactions else None
        if last is None or all(name in last for name in _REQUIRED):
            last = {}
            self._interactions.insert(0, last)
        return last

    def _reset(self) -> None:
        """Forget the interactions that were verified before."""
        names = self.consumer.name, self.provider.name
        writing = WriteOptions(
            *names,
            self.pact_dir,
            self.file_write_mode,
            self.specification_version,
            file_name=make_file_name(*names),
        )
        self._session = Session(f"{names[0]} -> {names[1]}", writing)

    def _start(self) -> None:
        self._service = MockService(
            self._session.name,
            MockApp(self._session, cors=self.cors, url=self.uri),
            self._record_failure,
            scheme="https" if self.ssl else "http",
            host=self.host_name,
            port=self.port,
            opens_port=self.cors,
        )
        self._service.start()

    def _record_failure(self, request: Request, error: PactError, caller: str) -> None:
        self._session.record_failure(request, error, caller)

    def _stop_unless_kept(self) -> None:
        service = self._service
        if service is not None and service.is_running and not self._keeps_running:
            service.stop()


_REQUIRED = ("description", "request", "response")
