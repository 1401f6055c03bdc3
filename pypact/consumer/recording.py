"""Record interactions from a real provider, or from a `RequestsMock` of `responses`.

The consumer's requests are forwarded to the provider or answered by the mock. Each
exchange becomes an interaction of the contract when the block ends without an error.
"""

from __future__ import annotations

import contextlib
import re
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pypact._process import bypass_interception
from pypact.consumer.block import Calls
from pypact.consumer.builders import locate_caller
from pypact.consumer.definitions import EnterableBlock
from pypact.consumer.info import PactInfo
from pypact.consumer.live import AppCaller
from pypact.consumer.uncounted import UncountedCalls
from pypact.consumer.writer import PACT_WRITER
from pypact.errors import (
    InvalidExpectation,
    MissingRequests,
    PactError,
    PactWarning,
    ProviderProtocolError,
)
from pypact.hooks import claims
from pypact.hooks.origins import normalize_authority
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.registry import Exchange
from pypact.targets.base import decode_response

BuildFunction: TypeAlias = Callable[[Iterable[Exchange]], Sequence[HttpInteraction]]
"""A function that builds the interactions of a contract from recorded exchanges."""


class RecordingBlock(EnterableBlock):
    """A block that records interactions; also the log of its `Calls`."""

    def __init__(self, pact: PactInfo, build: BuildFunction) -> None:
        self.name = pact.name
        self._pact = pact
        self._build = build
        self._place = ""
        self._uncounted = UncountedCalls()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges with the pact's origin so far, in their order."""
        raise NotImplementedError

    def __enter__(self) -> Calls:
        """Begin to record, and return the calls that will be made."""
        self._place = locate_caller()
        self._uncounted = UncountedCalls()
        self._start()
        self.note_entered(self.name, self._place)
        return Calls(self)

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Stage the interactions, unless the body or an exchange failed.

        Without any exchange, it raises MissingRequests.

        A forked child that leaves its parent's block stages nothing.
        """
        __tracebackhide__ = True
        try:
            self._stop()
        finally:
            self.note_left(error)  # last, because a warning may be an error
        if error is not None or self.is_in_child:
            return
        for exchange in self.exchanges:
            if exchange.error is not None:
                raise exchange.error
        if not self.exchanges:
            raise MissingRequests(self._explain_nothing())
        PACT_WRITER.stage(self._pact, self._build(self.exchanges))
        for what in self._list_unrecorded():
            text = f"{self.name}: the contract contains the responses, but not {what}"
            warnings.warn(PactWarning(text), stacklevel=3)

    def _explain_nothing(self) -> str:
        origin = self._pact.origin
        lines = [
            f"pypact: {self.name}: no call was recorded, so there is no contract",
            "",
            f"  entered at  {self._place}",
            f"  records     calls to {origin or 'every origin'}",
        ]
        if hint := self._uncounted.explain():
            lines += ["", f"  {hint}"]
        return "\n".join(lines)

    def _start(self) -> None:
        raise NotImplementedError

    def _stop(self) -> None:
        raise NotImplementedError

    def _list_unrecorded(self) -> Iterable[str]:
        return ()


class ProviderRecordingBlock(RecordingBlock):
    """A block that forwards requests to the real provider, and records it."""

    def __init__(self, pact: PactInfo, build: BuildFunction, caller: AppCaller) -> None:
        super().__init__(pact, build)
        self._caller = caller
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._leave: claims.Release | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        with self._lock:
            return tuple(self._exchanges)

    def _start(self) -> None:
        name = f"{self.name} (recorded at {self._place})"
        claim = claims.Claim(
            self._pact.origin, self._respond, self._refuse, name, observe=self._observe
        )
        self._leave = claims.activate(claim)

    def _stop(self) -> None:
        __tracebackhide__ = True
        try:
            if self._leave is not None:
                self._leave()
        finally:
            if not self.is_in_child:
                self._caller.close()

    def _respond(self, call: claims.Call) -> Response:
        __tracebackhide__ = True
        with bypass_interception():
            response = self._caller.run(lambda: self._caller.target.send(call.request))
        if response.status is None:
            error = _make_missing_error(call, response.exception)
            self._log(Exchange(call.request, call.caller, error=error))
            raise error from response.exception
        recorded = response.to_response()
        with contextlib.suppress(ProviderProtocolError):  # recorded as it was sent
            recorded = decode_response(response)[0].to_response()
        self._log(Exchange(call.request, call.caller, response=recorded))
        return response.to_response()

    def _observe(self, call: claims.Call, response: Response) -> None:
        self._log(Exchange(call.request, call.caller, response=response))

    def _refuse(self, call: claims.Call, error: PactError) -> None:
        self._log(Exchange(call.request, call.caller, error=error))

    def _log(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)


def _make_missing_error(call: claims.Call, cause: BaseException | None) -> PactError:
    if isinstance(cause, PactError):
        return cause
    what = f"{type(cause).__name__}: {cause}" if cause is not None else "nothing"
    return ProviderProtocolError(
        f"pypact: {call.line}: the provider returned no response that could be "
        f"recorded; it raised {what}\n\n  called at  {call.caller}"
    )


class MockRecordingBlock(RecordingBlock):
    """A block that records the responses of a `RequestsMock`."""

    def __init__(self, pact: PactInfo, build: BuildFunction, mock: Any = None) -> None:
        import responses  # noqa: PLC0415 -- loaded only by those who use its mocks

        super().__init__(pact, build)
        mock = responses.mock if mock is None else mock
        if not isinstance(mock, responses.RequestsMock):
            text = f"expected a RequestsMock of responses, got {mock!r}"
            raise InvalidExpectation(text)
        self._mock = mock
        self._earlier_calls: list[Any] = []
        self._exchanges: tuple[Exchange, ...] | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        if self._exchanges is not None:
            return self._exchanges
        return tuple(
            Exchange(request, self._place, response=_convert_response(call.response))
            for call in self._calls()
            if (request := self._convert_request(call.request)) is not None
        )

    def _start(self) -> None:
        self._earlier_calls = list(self._mock.calls)

    def _stop(self) -> None:
        self._exchanges = self.exchanges  # now, as the mock clears its calls at its end

    def _list_unrecorded(self) -> Iterator[str]:
        from responses import CallbackResponse  # noqa: PLC0415 -- the same

        for one in self._mock.registered():
            if not one.call_count:
                continue
            url = one.url.pattern if isinstance(one.url, re.Pattern) else one.url
            if isinstance(one, CallbackResponse):
                yield f"the callback for {one.method} {url}"
            if isinstance(one.url, re.Pattern):
                yield f"the pattern {url!r}, which also matches other URLs"

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
