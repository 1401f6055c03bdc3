"""What happens in a block that records what a `RequestsMock` of `responses` answers?

The way in for teams that mock already: calls that were answered become interactions.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import responses

from pypact.consumer.calls import Calls
from pypact.consumer.exchanges import Describe, interactions_of
from pypact.consumer.places import place_of_caller
from pypact.consumer.recorder import RECORDER
from pypact.errors import InvalidExpectation
from pypact.formats.notices import PactWarning
from pypact.hooks.origins import authority_of
from pypact.model.http import Request, Response
from pypact.registry import Exchange

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact

__all__ = ["MockedBlock"]


class MockedBlock:
    """A block that records from a `RequestsMock`; entered and left once.

    `mock` is by default the one of the module `responses`.
    """

    def __init__(
        self,
        pact: Pact,
        mock: Any = None,
        *,
        given: str | Sequence[str] = (),
        describe: Describe | None = None,
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
        self._place = place_of_caller()
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
        interactions = interactions_of(
            self._exchanges,
            self._pact.specification,
            given=self._given,
            describe=self._describe,
            infer=self._infer,
        )
        RECORDER.stage(self._pact, interactions)
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
            host = authority_of(parts.scheme, parts.hostname or "", parts.port)
            rest = origin.rest_of(target) if host == origin.authority else None
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
