"""Record interactions from a real provider, or from a `RequestsMock` of `responses`.

The consumer's requests are forwarded to the provider or answered by the mock. Each
exchange becomes an interaction of the contract when the block ends without an error.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import responses

from pypact._process import bypass_interception
from pypact.consumer.block import Calls
from pypact.consumer.builders import caller_location
from pypact.consumer.inference import DescriptionFunction, build_interactions
from pypact.consumer.live import AppCaller
from pypact.consumer.writer import PACT_WRITER
from pypact.errors import (
    InvalidExpectation,
    PactError,
    PactWarning,
    ProviderProtocolError,
)
from pypact.hooks import claims
from pypact.hooks.origins import normalize_authority
from pypact.model.http import Request, Response
from pypact.registry import Exchange
from pypact.targets.base import decode_response

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact


class ResponsesRecordingBlock:
    """A block that records from a `RequestsMock`; entered and left once.

    `mock` is by default the one of the module `responses`.
    """

    def __init__(
        self,
        pact: Pact,
        mock: Any = None,
        *,
        given: str | Sequence[str] = (),
        describe: DescriptionFunction | None = None,
        infer: bool = False,
    ) -> None:
        mock = responses.mock if mock is None else mock
        if not isinstance(mock, responses.RequestsMock):
            raise InvalidExpectation(
                f"expected a RequestsMock of responses, got {mock!r}"
            )
        self.name = pact.name
        self._pact = pact
        self._mock = mock
        self._given = given
        self._describe = describe
        self._infer = infer
        self._place = ""
        self._earlier_calls: list[Any] = []
        self._exchanges: tuple[Exchange, ...] | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges with the pact's origin since the block was entered."""
        if self._exchanges is not None:
            return self._exchanges
        return tuple(
            Exchange(request, self._place, response=_convert_response(call.response))
            for call in self._calls()
            if (request := self._convert_request(call.request)) is not None
        )

    def __enter__(self) -> Calls:
        """Consider the mock's calls from now on."""
        self._place = caller_location()
        self._earlier_calls = list(self._mock.calls)
        return Calls(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stage the recorded interactions, and warn about what they do not contain."""
        self._exchanges = self.exchanges  # now, as the mock clears its calls at its end
        if error is not None:
            return
        interactions = build_interactions(
            self._exchanges,
            self._pact.specification,
            given=self._given,
            describe=self._describe,
            infer=self._infer,
        )
        PACT_WRITER.stage(self._pact, interactions)
        for what in _describe_unrecorded(self._mock):
            warning = (
                f"{self.name}: the contract contains the responses, but not {what}"
            )
            warnings.warn(PactWarning(warning), stacklevel=3)

    def _calls(self) -> Iterator[Any]:
        for call in self._mock.calls:
            is_earlier = any(call is one for one in self._earlier_calls)
            # A mock may raise an exception in place of a response.
            if not is_earlier and not isinstance(call.response, BaseException):
                yield call

    def _convert_request(self, prepared: Any) -> Request | None:
        parts = urlsplit(prepared.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        origin = self._pact.origin
        if origin is not None:
            host = normalize_authority(parts.scheme, parts.hostname or "", parts.port)
            rest = origin.strip_prefix(target) if host == origin.authority else None
            if rest is None:
                return None
            target = rest
        body = prepared.body
        content = body.encode() if isinstance(body, str) else body
        return Request.from_http(
            prepared.method, target or "/", prepared.headers.items(), content
        )


def _convert_response(response: Any) -> Response:
    return Response.from_http(
        response.status_code, response.headers.items(), response.content or None
    )


def _describe_unrecorded(mock: Any) -> Iterator[str]:
    for one in mock.registered():
        if not one.call_count:
            continue
        url = one.url.pattern if isinstance(one.url, re.Pattern) else one.url
        if isinstance(one, responses.CallbackResponse):
            yield f"the callback for {one.method} {url}"
        if isinstance(one.url, re.Pattern):
            yield f"the pattern {url!r}, which also matches other URLs"


class RecordingBlock:
    """A block that records a real provider; entered once and left once.

    It is also the log of its `Calls`, with `name` and `exchanges`.
    """

    def __init__(
        self,
        pact: Pact,
        asking: AppCaller,
        *,
        given: str | Sequence[str] = (),
        describe: DescriptionFunction | None = None,
        infer: bool = False,
    ) -> None:
        self.name = pact.name
        self._pact = pact
        self._asking = asking
        self._given = given
        self._describe = describe
        self._infer = infer
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._leave: claims.Release | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far, in their order."""
        with self._lock:
            return tuple(self._exchanges)

    def __enter__(self) -> Calls:
        """Claim the pact's origin: its requests are forwarded from now on."""
        name = f"{self.name} (recorded at {caller_location()})"
        claim = claims.Claim(self._pact.origin, self._respond, self._refuse, name)
        self._leave = claims.activate(claim)
        return Calls(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the origin, and stage the interactions if there was no error."""
        __tracebackhide__ = True
        try:
            if self._leave is not None:
                self._leave()
        finally:
            self._asking.close()
        if error is not None:
            return
        for exchange in self.exchanges:
            if exchange.error is not None:
                raise exchange.error
        interactions = build_interactions(
            self.exchanges,
            self._pact.specification,
            given=self._given,
            describe=self._describe,
            infer=self._infer,
        )
        PACT_WRITER.stage(self._pact, interactions)

    def _respond(self, call: claims.Call) -> Response:
        __tracebackhide__ = True
        with bypass_interception():
            response = self._asking.run(lambda: self._asking.target.send(call.request))
        if response.status is None:
            error = _missing_response_error(call, response.exception)
            self._log(Exchange(call.request, call.caller, error=error))
            raise error from response.exception
        recorded = decode_response(response)[0].to_response()
        self._log(Exchange(call.request, call.caller, response=recorded))
        return response.to_response()

    def _refuse(self, call: claims.Call, error: PactError) -> None:
        self._log(Exchange(call.request, call.caller, error=error))

    def _log(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)


def _missing_response_error(
    call: claims.Call, cause: BaseException | None
) -> PactError:
    if isinstance(cause, PactError):
        return cause
    what = f"{type(cause).__name__}: {cause}" if cause is not None else "nothing"
    return ProviderProtocolError(
        f"{call.request.method} {call.url}, called at {call.caller}: the provider "
        f"returned no response that could be recorded; it raised {what}"
    )
