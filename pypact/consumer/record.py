"""What happens in a block that records a real provider?

The consumer's calls go on to the provider; what it answers is given to the consumer,
and each exchange becomes an interaction of the contract when the block ends well.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from pypact.consumer.asking import Asking
from pypact.consumer.calls import Calls
from pypact.consumer.exchanges import Describe, interactions_of
from pypact.consumer.places import place_of_caller
from pypact.consumer.recorder import RECORDER
from pypact.errors import PactError, ProviderProtocolError
from pypact.hooks import stack
from pypact.model.http import Response
from pypact.passing import passing
from pypact.registry import Exchange
from pypact.verifier.decoding import decoded

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact

__all__ = ["RecordingBlock"]


class RecordingBlock:
    """A block that records a real provider; entered once and left once.

    It is also the log of its `Calls`, with `name` and `exchanges`.
    """

    def __init__(
        self,
        pact: Pact,
        asking: Asking,
        *,
        given: str | Sequence[str] = (),
        describe: Describe | None = None,
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
        self._leave: stack.Leave | None = None

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges so far, in their order."""
        with self._lock:
            return tuple(self._exchanges)

    def __enter__(self) -> Calls:
        """Claim the pact's origin: its requests are forwarded from now on."""
        name = f"{self.name} (recorded at {place_of_caller()})"
        claim = stack.Claim(self._pact.origin, self._respond, self._refuse, name)
        self._leave = stack.enter(claim)
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
        interactions = interactions_of(
            self.exchanges,
            self._pact.specification,
            given=self._given,
            describe=self._describe,
            infer=self._infer,
        )
        RECORDER.stage(self._pact, interactions)

    def _respond(self, call: stack.Call) -> Response:
        __tracebackhide__ = True
        with passing():
            response = self._asking.ask(lambda: self._asking.target.send(call.request))
        if response.status is None:
            error = _missing_response_error(call, response.exception)
            self._log(Exchange(call.request, call.caller, error=error))
            raise error from response.exception
        recorded = decoded(response)[0].to_response()
        self._log(Exchange(call.request, call.caller, response=recorded))
        return response.to_response()

    def _refuse(self, call: stack.Call, error: PactError) -> None:
        self._log(Exchange(call.request, call.caller, error=error))

    def _log(self, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges.append(exchange)


def _missing_response_error(call: stack.Call, cause: BaseException | None) -> PactError:
    if isinstance(cause, PactError):
        return cause
    what = f"{type(cause).__name__}: {cause}" if cause is not None else "nothing"
    return ProviderProtocolError(
        f"{call.request.method} {call.url}, called at {call.caller}: the provider "
        f"returned no response that could be recorded; it raised {what}"
    )
