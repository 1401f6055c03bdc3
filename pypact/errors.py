"""Which errors can a user of pypact meet?

The tree::

    PactError
    ├── InvalidPact: not a pact (ValueError)
    ├── NotExpressible: this version cannot hold that part (ValueError)
    ├── InvalidExpectation: the test described something impossible (ValueError)
    ├── BlockMisuse: a block entered twice, claims that collide (RuntimeError)
    ├── UnknownRule: a matching rule that nobody understands (ValueError)
    ├── UnknownGenerator: a generator that nobody understands (ValueError)
    ├── UnknownContentType: a body that nobody can read (ValueError)
    ├── UnexpectedRequest: nothing registered matches (AssertionError)
    ├── MissingRequests: registered but never asked for (AssertionError)
    ├── NetworkBlocked: an undeclared call (AssertionError)
    ├── MergeConflict: two contents for one interaction
    ├── StoreError: the contract could not be read or written (OSError)
    ├── UnknownState: no function for a provider state (LookupError)
    ├── StateHandlerFailed: a state function raised
    ├── ProviderProtocolError: the app broke WSGI, ASGI or HTTP
    ├── VerificationFailed: the provider does not honour a contract (AssertionError)
    ├── ServerError: the mock server could not start or answer
    └── BrokerError: the broker refused

An error carries data in its attributes and makes its text only when asked for it. Every
error survives pickling, because test runners send errors between processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "BlockMisuse",
    "BrokerError",
    "InvalidExpectation",
    "InvalidPact",
    "MergeConflict",
    "MissingRequests",
    "NetworkBlocked",
    "NotExpressible",
    "PactError",
    "ProviderProtocolError",
    "ServerError",
    "StateHandlerFailed",
    "StoreError",
    "UnexpectedRequest",
    "UnknownContentType",
    "UnknownGenerator",
    "UnknownRule",
    "UnknownState",
    "VerificationFailed",
]


class PactError(Exception):
    """Any error of pypact.

    `message` is a text, or any object whose `str()` gives the text when it is needed.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__()
        self.message = message

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {**self.__dict__, "message": str(self)})


class InvalidPact(PactError, ValueError):
    """What was read is not a pact: `place` (file and member), `read` and `wanted`."""

    def __init__(self, place: str, *, read: str, wanted: str) -> None:
        super().__init__()
        self.place = place
        self.read = read
        self.wanted = wanted

    def __str__(self) -> str:
        return f"{self.place}: wanted {self.wanted}, but read {self.read}"


class NotExpressible(PactError, ValueError):
    """The specification version `version` cannot hold `part` (of `place`)."""

    def __init__(self, part: str, *, version: str, place: str = "") -> None:
        super().__init__()
        self.part = part
        self.version = version
        self.place = place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return (
            f"{where}Pact Specification {self.version} cannot express {self.part}; "
            "choose a newer specification, or write with lossy=True to leave it out"
        )


class InvalidExpectation(PactError, ValueError):
    """The test described something that no interaction can be."""


class BlockMisuse(PactError, RuntimeError):
    """A block was entered twice, left twice, or claims what another block owns."""


class UnknownRule(PactError, ValueError):
    """A matching rule is not understood, so that nothing can be said under it."""


class UnknownGenerator(PactError, ValueError):
    """A generator is not understood."""


class UnknownContentType(PactError, ValueError):
    """A body is of a content type that cannot be read."""


class UnexpectedRequest(PactError, AssertionError):
    """A request was sent that no registered interaction matches."""


class MissingRequests(PactError, AssertionError):
    """Interactions were registered, but never asked for."""


class NetworkBlocked(PactError, AssertionError):
    """An undeclared call was made while no network is allowed."""


class MergeConflict(PactError):
    """One description and states were given two contents in one run."""


class StoreError(PactError, OSError):
    """A contract file could not be read or written; an old file is intact."""


class UnknownState(PactError, LookupError):
    """No state function was registered for a provider state."""


class StateHandlerFailed(PactError):
    """A state function raised; the cause is chained as `__cause__`."""


class ProviderProtocolError(PactError):
    """The provider's app broke WSGI, ASGI or HTTP."""


class VerificationFailed(PactError, AssertionError):
    """The provider does not honour a contract; `result` is the whole verdict."""

    def __init__(self, message: object = "", *, result: object = None) -> None:
        super().__init__(message)
        self.result = result


class ServerError(PactError):
    """The mock server could not start, or refused, with `status` and `text`."""

    def __init__(
        self, message: object = "", *, status: int | None = None, text: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class BrokerError(PactError):
    """A Pact Broker refused or failed.

    `status` is what it answered, None if nothing; `relation` the link that was followed
    to there; `problem` the document in which it says why, empty if it sent none.
    """

    def __init__(
        self,
        message: object = "",
        *,
        status: int | None = None,
        relation: str = "",
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.relation = relation
        self.problem = dict(problem or {})


def _restored(cls: type[PactError], data: dict[str, Any]) -> PactError:
    error: PactError = cls.__new__(cls)
    error.__dict__.update(data)
    return error
