"""Define the errors that pypact raises, and its warnings.

Errors keep their data in attributes and build their message only when it is read. Every
error can be pickled, because test runners send errors between processes.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any


class PactError(Exception):
    """The base class of all pypact errors.

    `message` is a string, or an object whose `str()` builds the message when needed.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__()
        self.message = message

    def __str__(self) -> str:
        return str(self.message)

    def __repr__(self) -> str:
        # Exception groups are summarized by the reprs of their exceptions.
        return f"{type(self).__name__}({str(self).partition(chr(10))[0]!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), {**self.__dict__, "message": str(self)})


class InvalidPact(PactError, ValueError):
    """A pact file, or a part of one, that is malformed.

    `place` is the file and the member, `read` describes what was found there and
    `wanted` what was expected.
    """

    def __init__(self, place: str, *, read: str, wanted: str) -> None:
        super().__init__()
        self.place = place
        self.read = read
        self.wanted = wanted

    def __str__(self) -> str:
        return f"{self.place}: expected {self.wanted}, got {self.read}"


class NotExpressible(PactError, ValueError):
    """A `part` of a contract that specification `version` cannot express.

    `place` identifies the interaction that has the part.
    """

    def __init__(self, part: str, *, version: str, place: str = "") -> None:
        super().__init__()
        self.part = part
        self.version = version
        self.place = place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return (
            f"{where}Pact Specification {self.version} cannot express {self.part}; "
            "use a newer specification version, or pass lossy=True to leave it out"
        )


class InvalidExpectation(PactError, ValueError):
    """An impossible interaction, or an invalid argument, in a test."""


class BlockMisuse(PactError, RuntimeError):
    """A block entered or left twice, or one that claims another block's origin."""


class UnexpectedRequest(PactError, AssertionError):
    """A request that matches no registered interaction."""


class MissingRequests(PactError, AssertionError):
    """Registered interactions for which no request was sent."""


class NetworkBlocked(UnexpectedRequest):
    """A call to a host that no block declares, while the network is closed."""


class MergeConflict(PactError):
    """Two different interactions with the same description and states."""


class StoreError(PactError, OSError):
    """A contract file that cannot be read or written; an existing file is unchanged."""


class UnknownState(PactError, LookupError):
    """A provider state without a registered state function."""


class StateHandlerFailed(PactError):
    """A state function that raised; its exception is the `__cause__`."""


class ProviderProtocolError(PactError):
    """A violation of WSGI, ASGI or HTTP by the provider's app."""


class VerificationFailed(PactError, AssertionError):
    """A provider that does not fulfil a contract.

    `result` is the full verification result.
    """

    def __init__(self, message: object = "", *, result: object = None) -> None:
        super().__init__(message)
        self.result = result


class NotDeployable(PactError):
    """A version that must not be deployed; the message has the broker's matrix.

    `result` is the whole answer of the broker, a `Deployability`.
    """

    def __init__(self, message: object = "", *, result: object = None) -> None:
        super().__init__(message)
        self.result = result


class ServerError(PactError):
    """A mock server that cannot start, or rejects a request.

    `status` and `text` are the status code and body of its response, if it sent one.
    """

    def __init__(
        self, message: object = "", *, status: int | None = None, text: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.text = text


class BrokerError(PactError):
    """A failed request to a Pact Broker.

    `status` is the status code, None without a response. `relation` is the HAL link
    that was followed. `problem` is the problem document that the broker sent, or empty.
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


def _restore(cls: type[PactError], data: dict[str, Any]) -> PactError:
    error: PactError = cls.__new__(cls)
    error.__dict__.update(data)
    return error


class PactWarning(UserWarning):
    """A warning about a pact file."""


class ExampleWarning(PactWarning):
    """Other examples of a value, or of a whole contract, cannot be tried in a test.

    The test asserts the example, or the rules accept no other value that pypact can
    generate.
    """


class ToleranceWarning(PactWarning):
    """A deviation from the specification that was tolerated while reading."""


class IgnoredOptionWarning(PactWarning):
    """An option of another library that has no meaning here, and has no effect."""


class LossWarning(PactWarning):
    """A part that was left out, because the written version cannot express it.

    `part`, `version` and `place` are those of `NotExpressible`, which is raised instead
    unless `lossy=True` is given.
    """

    # pickle, copy and pytest-xdist create a warning again from its `args`, by position.
    def __init__(self, part: str, version: str, place: str) -> None:
        super().__init__(part, version, place)
        self.part = part
        self.version = version
        self.place = place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return (
            f"{where}left out {self.part}, which Pact Specification {self.version} "
            "cannot express"
        )


def tolerate(place: str, problem: str) -> None:
    """Issue a `ToleranceWarning`: `place` was read despite `problem`."""
    warnings.warn(ToleranceWarning(f"{place}: {problem}"), stacklevel=2)
