"""Respond from existing contracts, on a port or within this process.

Files are checked for changes before each request: the check takes microseconds, while a
stub that responds from an outdated contract can cost hours.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from pypact.errors import InvalidExpectation, PactError
from pypact.explain.requests import describe_interaction
from pypact.hooks import claims
from pypact.hooks.origins import parse_origin
from pypact.matching.plans import explain_unsupported
from pypact.model.http import Request, Response
from pypact.model.interactions import Contract, HttpInteraction, Interaction
from pypact.registry import Registry
from pypact.server.http import HttpServer, RunningServer
from pypact.server.parsing import DEFAULT_LIMITS, Limits
from pypact.server.responses import (
    add_cors_headers,
    make_json_response,
    respond_to_preflight,
)
from pypact.sources import ReadableSource, list_sources

Pacts: TypeAlias = "str | os.PathLike[str] | Contract | Iterable[object]"
"""A path, a pattern, a URL or a contract, or an iterable of those."""


class StubContracts:
    """The contracts of a stub, with one registry for each requested provider state."""

    def __init__(self, pacts: Pacts) -> None:
        self._sources = _list_readable(pacts)
        self._lock = threading.Lock()
        self._stamp: _Stamp = ()
        self._interactions: list[Interaction] = []
        self._registries: dict[str | None, Registry] = {}
        self._load(self._read_stamp())

    @property
    def interactions(self) -> tuple[HttpInteraction, ...]:
        return tuple(
            one
            for one in self._interactions
            if isinstance(one, HttpInteraction) and explain_unsupported(one) is None
        )

    def get_registry(self, state: str | None) -> Registry:
        """Return the registry for the provider state `state`; None means any state.

        Interactions of the state come first, then those without a state. Changed files
        are read again; if one is unreadable, the contracts read before stay in use.
        """
        with self._lock:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                try:
                    self._load(stamp)
                except PactError as error:
                    _LOG.error("%s", error)
                    self._stamp = stamp
            if state not in self._registries:
                self._registries[state] = _build_registry(self._interactions, state)
            return self._registries[state]

    def _read_stamp(self) -> _Stamp:
        paths = [path for source in self._sources for path in source.find_files()]
        return tuple(found for path in paths if (found := _stat_file(path)))

    def _load(self, stamp: _Stamp) -> None:
        pacts = [pact for source in self._sources for pact in source.read_all()]
        self._interactions = [
            one for pact in pacts for one in pact.contract.interactions
        ]
        for one in self._interactions:
            problem = explain_unsupported(one)
            if problem is not None:
                _LOG.warning(
                    "%s does not respond: %s", describe_interaction(one), problem
                )
        self._registries = {}
        self._stamp = stamp


_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


def _list_readable(pacts: Pacts) -> list[ReadableSource]:
    sources: list[ReadableSource] = []
    for source in list_sources(pacts):
        if not isinstance(source, ReadableSource):
            raise InvalidExpectation(
                f"a stub reads paths, patterns, URLs and contracts, not {source!r}"
            )
        sources.append(source)
    return sources


def _build_registry(interactions: Sequence[Interaction], state: str | None) -> Registry:
    registry = Registry("the stubbed contracts", remembers=False, guess_json=True)
    listed = [one for one in interactions if isinstance(one, HttpInteraction)]
    if state is None:
        # Peers: like the Ruby stub, prefer the lowest status if several match.
        chosen = sorted(listed, key=lambda one: one.response.status)
    else:
        chosen = [one for one in listed if state in [s.name for s in one.states]]
        chosen += [one for one in listed if not one.states]
    others = [one for one in interactions if not isinstance(one, HttpInteraction)]
    registry.add_supported([*chosen, *others])
    return registry


def _stat_file(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size


_LOG = logging.getLogger("pypact.server")


STATE_HEADER = "X-Pact-Provider-State"
"""The request header that selects the provider state."""


class StubApp:
    """An application that responds from contracts.

    The request header `state_header` selects the provider state, by default `state`.
    `url` is the URL of the stub, for generators.
    """

    def __init__(
        self,
        contracts: StubContracts,
        *,
        state: str | None = None,
        state_header: str = STATE_HEADER,
        cors: bool = False,
        url: str = "",
    ) -> None:
        self._contracts = contracts
        self.url = url
        self._state = state
        self._state_header = state_header
        self._has_cors = cors

    def __call__(self, request: Request, _client: str) -> Response:
        try:
            response = self._respond(request)
        except Exception as error:  # noqa: BLE001 -- no request may stop the stub; the client gets the reason
            response = make_json_response({"message": str(error)}, 500)
        return add_cors_headers(response, request) if self._has_cors else response

    def _respond(self, request: Request) -> Response:
        state = request.headers.first(self._state_header) or self._state
        registry = self._contracts.get_registry(state)
        is_defined = request.method == "OPTIONS" and registry.find_matching(request)
        if self._has_cors and request.method == "OPTIONS" and not is_defined:
            return respond_to_preflight(request)
        matched = registry.respond_to(request, base_url=self.url)
        return matched.response


class StubServer(RunningServer):
    """A server that responds from contracts, from its creation until `close`.

    `pacts` are files, directories, patterns, URLs or contracts; files are read again
    when they change. If several interactions match a request, the most specific one
    responds, then the one with the lowest status code. A provider state, given here or
    in the request header `X-Pact-Provider-State`, limits them to interactions of that
    state or of none. `max_body` and `timeout` are limits for requests, as for
    `MockServer`.

    Raises: ServerError, when the port is already in use; InvalidPact, StoreError.
    """

    def __init__(
        self,
        pacts: Pacts,
        *,
        host: str = "localhost",
        port: int = 8080,
        state: str | None = None,
        state_header: str = STATE_HEADER,
        cors: bool = False,
        max_body: int = DEFAULT_LIMITS.max_body,
        timeout: float = DEFAULT_LIMITS.timeout,
    ) -> None:
        limits = Limits(max_body, timeout)
        self.contracts = StubContracts(pacts)
        app = StubApp(self.contracts, state=state, state_header=state_header, cors=cors)
        self._server = HttpServer(app, host, port, is_daemon=True, limits=limits)
        app.url = self._server.url


@contextlib.contextmanager
def stub(
    pacts: Pacts, *, base_url: str | None = None, state: str | None = None
) -> Iterator[StubContracts]:
    """Respond to the HTTP calls of this process from contracts, without a server.

    `with pypact.stub("pacts/"):` responds for every origin; with `base_url`, only for
    that one. Nothing is recorded, and interactions may stay unused; a request that no
    interaction matches raises UnexpectedRequest at the caller's line.

        >>> with pypact.stub("pacts/"):
        ...     requests.get("https://any.example.com/users/23").status_code
        200
    """
    contracts = StubContracts(pacts)
    origin = None if base_url is None else parse_origin(base_url)

    def respond(call: claims.Call) -> Response:
        __tracebackhide__ = True
        requested = call.request.headers.first(STATE_HEADER) or state
        registry = contracts.get_registry(requested)
        matched = registry.respond_to(
            call.request,
            caller=call.caller,
            base_url=call.origin if origin is None else str(origin),
        )
        return matched.response

    # Refused calls are not recorded: a stub has no verdict at the end of its block.
    claim = claims.Claim(origin, respond, lambda *_: None, "the stubbed contracts")
    leave = claims.activate(claim)
    try:
        yield contracts
    finally:
        leave()
