"""What came of verifying? Data for every report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from pypact.masking import mask_text, printable, secrets_of
from pypact.model.http import Request
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SyncMessage,
)
from pypact.model.json_text import Json
from pypact.model.mismatches import Mismatch
from pypact.rules.table import write_rule
from pypact.sources import SourcedPact
from pypact.targets import Answer

__all__ = [
    "Case",
    "Failure",
    "FailureKind",
    "InteractionResult",
    "Routing",
    "StateOutcome",
    "VerificationResult",
    "answer_label",
]


@dataclass(frozen=True, slots=True)
class Case:
    """One interaction to verify; `number` counts from 1 within its contract."""

    pact: SourcedPact
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


class FailureKind(Enum):
    """Why an interaction failed, other than by mismatches."""

    STATE = "state"
    FILTER = "filter"
    HOOK = "hook"
    PROVIDER = "provider"
    PROTOCOL = "protocol"
    CONTRACT = "contract"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong other than by mismatches; `traceback` are the lines to show."""

    kind: FailureKind
    message: str
    traceback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateOutcome:
    """What came of one provider state.

    `outcome` is "ok", "failed" or "no function"; `place` says where its function is
    defined, and is empty where there is none. `duration` is in seconds.
    """

    name: str
    outcome: str
    place: str = ""
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Routing:
    """Which route of the provider a request was for.

    `route` is its path as the framework writes it, None where there is none; `near` are
    then those that are most like it. `view` names what answers, if that is known.
    Without `takes_method` the route is for the path, not for the method; where it is
    not `is_whole`, what answers below it has routes of its own that are not known.
    """

    route: str | None = None
    view: str = ""
    near: tuple[str, ...] = ()
    takes_method: bool = True
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """What came of one interaction.

    `request` and `answer` are None when nothing was sent; `base_url` is where it was,
    empty in process. `states` are those that were tried, in their order; none is tried
    after one that failed. `changes` say what filters changed in the request, one text
    for each filter; `hidden` are values that no output shows.

    Kept only of an interaction that failed: the `messages` that message functions made;
    `raised`, the provider's own exception, raised at `raised_at`; `log`, what it
    logged; `routing`, which route was asked.
    `duration` is in seconds.
    """

    case: Case
    mismatches: tuple[Mismatch, ...] = ()
    failures: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()
    states: tuple[StateOutcome, ...] = ()
    changes: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    request: Request | None = None
    answer: Answer | None = None
    base_url: str = ""
    messages: tuple[Message, ...] = ()
    raised: str | None = None
    raised_at: tuple[str, ...] = ()
    routing: Routing | None = None
    log: tuple[str, ...] = ()
    duration: float = 0.0

    def __repr__(self) -> str:
        # Shown by test runners, and so without what is in it.
        who = f"{self.case.consumer} -> {self.case.provider}"
        outcome = "ok" if self.is_ok else "failed"
        return f"<{who}: {self.case.interaction.description!r} {outcome}>"

    @property
    def is_ok(self) -> bool:
        return not self.mismatches and not self.failures

    @property
    def is_fatal(self) -> bool:
        """Whether this fails the run: a pending interaction never does."""
        return not self.is_ok and not self.case.is_pending

    @property
    def state_places(self) -> tuple[str, ...]:
        """Where the function of each state is defined."""
        return tuple(state.place or state.outcome for state in self.states)

    @property
    def expected_messages(self) -> tuple[Message, ...]:
        """What message functions were to make; several of a message with answers."""
        interaction = self.case.interaction
        if isinstance(interaction, SyncMessage):
            return interaction.responses
        if isinstance(interaction, AsyncMessage):
            return (interaction.message,)
        return ()

    @property
    def secrets(self) -> frozenset[str]:
        """What no output shows: `hidden`, and the secret parts of the headers.

        Metadata of messages count as headers.
        """
        lines = list(self.request.headers.lines()) if self.request else []
        interaction = self.case.interaction
        if isinstance(interaction, HttpInteraction):
            lines += interaction.request.headers.lines()
            lines += interaction.response.headers.lines()
        for message in (*self.messages, *self.expected_messages):
            texts = message.metadata.items()
            lines += [(name, text) for name, text in texts if isinstance(text, str)]
        if self.answer is not None:
            lines += self.answer.headers
        # First what is hidden: what is marked as secret stays marked.
        return self.hidden | secrets_of(lines)

    def to_json(self) -> dict[str, Json]:
        """The result as JSON values, without secrets."""
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
            "place": self.case.place,
            "pending": self.case.is_pending,
            "result": "ok" if self.is_ok else "failed",
            "status": answer.status if answer is not None else None,
            "mismatches": [_mismatch_json(one) for one in self.mismatches],
            "errors": [
                {
                    "kind": failure.kind.value,
                    "message": failure.message,
                    "traceback": failure.traceback,
                }
                for failure in self.failures
            ],
            "remarks": self.remarks,
            "changes": self.changes,
            "states": [
                {
                    "name": state.name,
                    "outcome": state.outcome,
                    "place": state.place,
                    "duration": state.duration,
                }
                for state in self.states
            ],
            "providerException": self.raised,
            "providerTraceback": self.raised_at,
            "providerLog": self.log,
            "providerRoute": self.routing.route if self.routing is not None else None,
            "providerView": self.routing.view if self.routing is not None else None,
            "duration": self.duration,
        }
        return {key: _json(value, secrets) for key, value in data.items()}


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What came of a run; `problem` says why it failed as a whole, if it did.

    `left_out` counts what was not verified, because it is not in the `selection`.
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
        """What fails the run."""
        return tuple(one for one in self.interactions if one.is_fatal)

    @property
    def pending(self) -> tuple[InteractionResult, ...]:
        """What failed, but is pending."""
        return tuple(
            one for one in self.interactions if not one.is_ok and not one.is_fatal
        )

    def to_json(self) -> dict[str, Json]:
        """The whole result as values that any JSON writer takes, without secrets."""
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
            "interactions": [one.to_json() for one in self.interactions],
        }


def answer_label(number: int, count: int) -> str:
    """What stands before the paths of one of several answers; they count from 1."""
    return f"answer {number}: " if count > 1 else ""


def _mismatch_json(mismatch: Mismatch) -> dict[str, Json]:
    return {
        "type": mismatch.type_name,
        "path": mismatch.path,
        "rule": write_rule(mismatch.rule) if mismatch.rule is not None else None,
        "expected": mismatch.expected,
        "actual": mismatch.actual,
        "message": mismatch.message,
    }


def _json(value: Any, secrets: frozenset[str]) -> Json:
    if isinstance(value, str):
        return printable(mask_text(value, secrets))
    if isinstance(value, (bytes, bytearray)):
        return _json(value.decode("utf-8", "backslashreplace"), secrets)
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, Mapping):
        return {key: _json(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item, secrets) for item in value]
    return value
