"""Define the results and events of a verification, the data for all reports.

The events come in this order: one `RunStarted`; for each contract a `PactStarted` and
its `InteractionFinished`; a `PublishingFinished` if a broker is involved; one
`RunFinished`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from pypact._dataclasses import dataclass, field
from pypact.masking import (
    escape_line,
    escape_unencodable,
    find_header_secrets,
    mask_text,
)
from pypact.model.http import Request
from pypact.model.interactions import (
    AsyncMessage,
    Interaction,
    Message,
    SyncMessage,
    list_header_lines,
)
from pypact.model.json import Json, dump_json, is_larger, render_once
from pypact.model.mismatches import Mismatch
from pypact.rules.table import write_rule
from pypact.sources import LoadedPact
from pypact.targets import ProviderResponse


@dataclass(frozen=True, slots=True)
class Case:
    """One interaction to verify; `number` counts from 1 within its contract."""

    pact: LoadedPact
    interaction: Interaction
    number: int

    @property
    def consumer(self) -> str:
        return self.pact.contract.consumer

    @property
    def provider(self) -> str:
        return self.pact.contract.provider

    @property
    def is_pending(self) -> bool:
        return self.pact.pending or self.interaction.pending

    @property
    def place(self) -> str:
        return f"{self.pact.place}, interaction {self.number}"

    @property
    def expected_messages(self) -> tuple[Message, ...]:
        """The expected messages, or responses of a synchronous one; () for HTTP."""
        if isinstance(self.interaction, SyncMessage):
            return self.interaction.responses
        if isinstance(self.interaction, AsyncMessage):
            return (self.interaction.message,)
        return ()


class FailureKind(Enum):
    """The cause of a failure that is not a mismatch."""

    STATE = "state"
    FILTER = "filter"
    HOOK = "hook"
    PROVIDER = "provider"
    PROTOCOL = "protocol"
    CONTRACT = "contract"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that is not a mismatch; `traceback` are the lines to show with it."""

    kind: FailureKind
    message: str
    traceback: tuple[str, ...] = ()


NO_FUNCTION = "no function"


@dataclass(frozen=True, slots=True)
class StateOutcome:
    """The outcome of setting up one provider state.

    `outcome` is "ok", "failed" or "no function"; `place` is the file and line of the
    state function, or "" if there is none. `duration` is in seconds.
    """

    name: str
    outcome: str
    place: str = ""
    duration: float = 0.0

    @property
    def is_without_function(self) -> bool:
        """Whether nothing set the state up, because it has no function."""
        return self.outcome == NO_FUNCTION


_STATE_FIELDS = ("name", "outcome", "place", "duration")


def name_parties(consumer: str, provider: str) -> str:
    """Return the names of a contract on one line: "consumer -> provider"."""
    return escape_line(f"{consumer} -> {provider}")


@dataclass(frozen=True, slots=True)
class Routing:
    """The provider's route that a request leads to.

    `route` is the path of the route as the framework writes it; None if no route
    matches, and `near` are then the most similar ones. `view` is the name of the
    function or class that handles the route, "" if unknown. `accepts_method` is false
    if the route matches the path, but not the method. `is_exact` is false if the route
    leads to an application whose own routes are unknown.
    """

    route: str | None = None
    view: str = ""
    near: tuple[str, ...] = ()
    accepts_method: bool = True
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """The result of verifying one interaction.

    `request` is the request that was sent and `answer` the response, both None if
    nothing was sent; `base_url` is the provider's URL, "" for an in-process provider
    without a prefix; `is_remote` is true if the provider runs in another process.
    `states` are the provider states in order, up to the first that failed. `remarks`
    are notes for reports. `changes` has one line for each filter that changed the
    request. `hidden` are secret values to mask in all output. `duration` is in seconds.
    `seed` is that of the other requests, if one of them failed.

    The other fields are set only if the interaction failed: `messages` are those that
    the message function returned; `raised` is the exception of the provider in one line
    and `raised_at` its traceback; `log` are the provider's log lines; `routing` is the
    route of the request.
    """

    case: Case
    mismatches: tuple[Mismatch, ...] = ()
    failures: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()
    states: tuple[StateOutcome, ...] = ()
    changes: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    request: Request | None = None
    answer: ProviderResponse | None = None
    base_url: str = ""
    is_remote: bool = False
    messages: tuple[Message, ...] = ()
    raised: str | None = None
    raised_at: tuple[str, ...] = ()
    routing: Routing | None = None
    log: tuple[str, ...] = ()
    duration: float = 0.0
    seed: int | None = None

    def __repr__(self) -> str:
        # Test runners print it, so it must not contain secrets.
        parties = name_parties(self.case.consumer, self.case.provider)
        outcome = "ok" if self.is_ok else "failed"
        return f"<{parties}: {self.case.interaction.description!r} {outcome}>"

    @property
    def is_ok(self) -> bool:
        return not self.mismatches and not self.failures

    @property
    def is_fatal(self) -> bool:
        """Whether this fails the run; a pending interaction never does."""
        return not self.is_ok and not self.case.is_pending

    @property
    def state_places(self) -> tuple[str, ...]:
        """The file and line of each state's function, or the outcome without one."""
        return tuple(state.place or state.outcome for state in self.states)

    @property
    def expected_messages(self) -> tuple[Message, ...]:
        """The messages that the interaction expects."""
        return self.case.expected_messages

    @property
    def secrets(self) -> frozenset[str]:
        """`hidden`, and the secret parts of headers and message metadata."""
        lines = list(self.request.headers.lines()) if self.request else []
        lines += list_header_lines(self.case.interaction)
        for message in self.messages:
            lines += message.metadata_lines()
        if self.answer is not None:
            lines += self.answer.headers
        # `hidden` comes first: where both have a value, the left one is kept, and it
        # may be marked as a secret.
        return self.hidden | find_header_secrets(lines)

    def to_json(self) -> dict[str, Json]:
        """Return the result as JSON data, with secrets masked."""
        interaction, secrets = self.case.interaction, self.secrets
        answer = self.answer
        data = {
            "consumer": self.case.consumer,
            "provider": self.case.provider,
            "description": interaction.description,
            "providerStates": [
                {"name": state.name, "params": state.params}
                for state in interaction.states
            ],
            "interactionId": interaction.id,
            "interactionKey": interaction.key,
            "comments": interaction.comments,
            "place": self.case.place,
            "pact": self.case.pact.place,
            "pending": self.case.is_pending,
            "result": "ok" if self.is_ok else "failed",
            "status": answer.status if answer is not None else None,
            "mismatches": [_mismatch_to_json(mismatch) for mismatch in self.mismatches],
            "errors": [
                {**asdict(failure), "kind": failure.kind.value}
                for failure in self.failures
            ],
            "remarks": self.remarks,
            "changes": self.changes,
            "states": [
                {name: getattr(state, name) for name in _STATE_FIELDS}
                for state in self.states
            ],
            "providerException": self.raised,
            "providerTraceback": self.raised_at,
            "providerLog": self.log,
            "providerRoute": self.routing.route if self.routing is not None else None,
            "providerView": self.routing.view if self.routing is not None else None,
            "duration": self.duration,
        }
        return {key: _mask_json(value, secrets) for key, value in data.items()}


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The result of a run; `problem` is the reason if the run failed as a whole.

    `left_out` is the number of interactions that the `selection` excluded. `duration`
    is in seconds.
    """

    provider: str
    interactions: tuple[InteractionResult, ...] = ()
    left_out: int = 0
    selection: str = ""
    problem: str | None = None
    duration: float = field(default=0.0, compare=False)

    @property
    def is_ok(self) -> bool:
        return self.problem is None and not self.failed

    @property
    def passed(self) -> tuple[InteractionResult, ...]:
        return tuple(one for one in self.interactions if one.is_ok)

    @property
    def failed(self) -> tuple[InteractionResult, ...]:
        """The interactions that fail the run."""
        return tuple(one for one in self.interactions if one.is_fatal)

    @property
    def pending(self) -> tuple[InteractionResult, ...]:
        """The interactions that failed, but are pending."""
        return tuple(
            one for one in self.interactions if not one.is_ok and not one.is_fatal
        )

    def to_json(self) -> dict[str, Json]:
        """Return the whole result as JSON data, with secrets masked."""
        return {
            **self.summarize(),
            "interactions": [one.to_json() for one in self.interactions],
        }

    def summarize(self) -> dict[str, Json]:
        """Return the result as JSON data, without the interactions."""
        return {
            "provider": self.provider,
            "result": "ok" if self.is_ok else "failed",
            "problem": self.problem,
            "selection": self.selection,
            "counts": {
                "interactions": len(self.interactions),
                "passed": len(self.passed),
                "failed": len(self.failed),
                "pending": len(self.pending),
                "leftOut": self.left_out,
                "notRun": 0,
            },
            "duration": self.duration,
        }


def label_response(number: int, count: int) -> str:
    """Return the prefix for paths in one of several responses, numbered from 1."""
    return f"response {number}: " if count > 1 else ""


def _mismatch_to_json(mismatch: Mismatch) -> dict[str, Json]:
    return {
        "type": mismatch.type_name,
        "path": mismatch.path,
        "rule": write_rule(mismatch.rule) if mismatch.rule is not None else None,
        "expected": _limit_value(mismatch.expected),
        "actual": _limit_value(mismatch.actual),
        "message": mismatch.message,
    }


def _limit_value(value: Json) -> Json:
    """Return a value, but for a very large one the beginning and length of its JSON.

    Many mismatches can have one large value, each with a part of it.
    """
    if not is_larger(value, _LARGEST_VALUE):
        return value
    if isinstance(value, (bytes, bytearray)):
        shown = value[:_LONGEST_SHOWN].decode("utf-8", "replace")
        return f"{shown}… ({len(value)} bytes)"
    return render_once(value, "beginning", _dump_beginning)


def _dump_beginning(value: Json) -> str:
    try:
        text = value if isinstance(value, str) else dump_json(value)
    except (TypeError, ValueError, RecursionError):  # a value of a custom body
        text = repr(type(value))
    return f"{text[:_LONGEST_SHOWN]}… ({len(text)} characters)"


_LARGEST_VALUE = 100_000
_LONGEST_SHOWN = 10_000
_MOST_LEVELS = 100  # of a value in a report


def _mask_json(value: Any, secrets: frozenset[str], level: int = 0) -> Json:
    if isinstance(value, str):
        return escape_unencodable(mask_text(value, secrets))
    if isinstance(value, (bytes, bytearray)):
        return _mask_json(value.decode("utf-8", "backslashreplace"), secrets)
    if level > _MOST_LEVELS and isinstance(value, (Mapping, list, tuple)):
        return "…"
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, Mapping):
        below = level + 1
        return {key: _mask_json(item, secrets, below) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mask_json(item, secrets, level + 1) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The start of a run that verifies `count` interactions."""

    provider: str
    count: int


@dataclass(frozen=True, slots=True)
class PactStarted:
    """The start of one contract, of which `count` interactions are verified."""

    pact: LoadedPact
    count: int


@dataclass(frozen=True, slots=True)
class InteractionFinished:
    """The result of one interaction."""

    result: InteractionResult


@dataclass(frozen=True, slots=True)
class PublishingFinished:
    """The outcome of publishing to a broker, and the notices of the broker.

    `lines` say what was published, or why nothing was.
    """

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The end of a run, with its result."""

    result: VerificationResult


Event: TypeAlias = (
    RunStarted | PactStarted | InteractionFinished | PublishingFinished | RunFinished
)
"""One event of a run."""

Report: TypeAlias = Callable[[Event], None]
"""A report: a callable that receives the events of a run, one by one."""
