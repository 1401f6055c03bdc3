"""Verify a provider with other requests that the contracts accept.

After an interaction has passed, it is verified again with requests that its matching
rules accept as well, each time with its provider states set up again. Only exceptions
and status codes from 500 on are failures, unless the whole response can be judged:
where the generated values are in neither the path, the query, credentials nor provider
states. A synchronous message has no path, so its contents select the data of the
responses: these are judged if there is no provider state.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Sequence
from typing import Any

from pypact._dataclasses import replace
from pypact.errors import ExampleWarning
from pypact.model.interactions import HttpInteraction, SyncMessage
from pypact.model.mismatches import Mismatch
from pypact.model.rules import PathToken, Wildcard, parse_path
from pypact.strategies import SEED_VARIABLE, Examples, derive_seed
from pypact.strategies.messages import Change, Parts, Shape, shape_sent, simplify
from pypact.verifier.relations import StateValues, selects_response
from pypact.verifier.results import Case, Failure, FailureKind, InteractionResult
from pypact.verifier.runner import VerifyCase


class VaryingVerifier:
    """A verifier of cases, first with their requests and then with other examples.

    `verify` verifies one case. `judged` are places whose values do not change the
    response, so that the whole response is compared although they are in the path, the
    query or a state: rule paths such as "$.name", names, and parts such as "path".
    """

    def __init__(
        self, verify: VerifyCase, examples: Examples, judged: Collection[str] = ()
    ) -> None:
        self._verify = verify
        self._examples = examples
        self._judged = JudgedPlaces(judged)
        self._seed = examples.find_seed()

    def warn_of_unknown_places(self) -> None:
        """Warn of judged places at which no request had another value."""
        unknown = self._judged.list_unknown()
        if unknown:
            warnings.warn(
                f"examples_for: no other value was generated at {', '.join(unknown)}: "
                "expected the place of a value that has a rule",
                ExampleWarning,
                stacklevel=4,
            )

    async def verify(self, case: Case) -> InteractionResult:
        """Return the result of a case, or that of another example which failed."""
        result = await self._verify(case)
        interaction = case.interaction
        if not result.is_ok:
            return result
        shape = shape_sent(interaction)
        if shape is None:
            return _add_remarks(result, "without other examples: it has no request")
        trials = _Trials(self._verify, case, shape, self._judged)
        count, began = self._examples.count, time.monotonic()
        seed = derive_seed(self._seed, case.consumer, interaction.description)
        drawn = shape.draw(count, seed)
        remarks = [f"keeps its example: {place}" for place in shape.list_fixed()]
        if not drawn:
            remarks.append(
                "without other examples: the contract accepts no other request"
            )
        for number, parts in enumerate(drawn, start=1):
            if time.monotonic() - began > self._examples.seconds:
                remarks.append(
                    f"only {number - 1} of {count} other examples were tried in time"
                )
                break
            if number % 2:  # the others vary all places at once
                parts = trials.keep_judged(parts)  # noqa: PLW2901 -- one at a time
            if (failed := await trials.run(parts)) is not None:
                parts, failed = await trials.simplify(parts, failed)  # noqa: PLW2901 -- the loop ends
                return self._report(result, failed, shape.list_changes(parts), number)
        return _add_remarks(result, *remarks)

    def _report(
        self,
        result: InteractionResult,
        failed: InteractionResult,
        changes: Sequence[Change],
        number: int,
    ) -> InteractionResult:
        lines = [
            (
                "the contract's example passes, but another request that its rules "
                "accept fails"
            ),
            *(f"  {change.describe()}" for change in changes),
            (
                f"  example {number} of {self._examples.count}; rerun with "
                f"{SEED_VARIABLE}={self._seed}"
            ),
        ]
        failure = Failure(FailureKind.PROVIDER, "\n".join(lines))
        failures = (failure, *failed.failures)
        return replace(
            failed,
            case=result.case,
            failures=failures,
            duration=result.duration + failed.duration,
            seed=self._seed,
        )


def _add_remarks(result: InteractionResult, *remarks: str) -> InteractionResult:
    return replace(result, remarks=(*result.remarks, *remarks))


class _Trials:
    """The verification of one interaction with other requests."""

    def __init__(
        self,
        verify: VerifyCase,
        case: Case,
        shape: Shape[Any],
        judged: JudgedPlaces,
    ) -> None:
        self._verify = verify
        self._case = case
        self._shape = shape
        self._judged = judged
        interaction = case.interaction
        self._states = StateValues(interaction.states)
        self._is_about_state = bool(interaction.states) and isinstance(
            interaction, SyncMessage
        )

    async def run(self, parts: Parts) -> InteractionResult | None:
        """Return the result with these parts if it is a failure, else None."""
        request: Any = self._shape.build(parts)
        interaction = self._case.interaction
        assert isinstance(interaction, (HttpInteraction, SyncMessage))  # noqa: S101 -- others have no request
        varied = replace(interaction, request=request)
        result = await self._verify(replace(self._case, interaction=varied))
        if self._has_crashed(result):
            return result
        changes = self._shape.list_changes(parts)
        if not self._is_judged(changes):
            return None
        if result.failures:
            return result
        mismatches = tuple(
            one for one in result.mismatches if not _repeats(one, changes)
        )
        return replace(result, mismatches=mismatches) if mismatches else None

    def keep_judged(self, parts: Parts) -> Parts:
        """Return the parts with only those changes for which responses are compared.

        If there are none, return all parts.
        """
        shape = self._shape
        kept, changes = parts, shape.list_changes(parts)
        for _ in changes:
            left_out = (one for one in changes if not self._is_judged([one]))
            change = next(left_out, None)
            if change is None:
                break
            kept = change.set(change.before)
            changes = shape.list_changes(kept)
        return kept if changes and shape.accepts(kept) else parts

    async def simplify(
        self, parts: Parts, failed: InteractionResult
    ) -> tuple[Parts, InteractionResult]:
        """Return the simplest parts that fail in the same way, with their result."""
        trials = simplify(self._shape, parts)
        answer: bool | None = None
        while True:
            try:
                trial = trials.send(answer)
            except StopIteration as stop:
                return stop.value, failed
            result = await self.run(trial)
            answer = result is not None and _has_status(result, failed)
            if answer and result is not None:
                failed = result

    def _has_crashed(self, result: InteractionResult) -> bool:
        if result.raised is not None:
            return True
        if any(one.kind != FailureKind.PROVIDER for one in result.failures):
            return True
        status = None if result.answer is None else result.answer.status
        return status is not None and status >= _SERVER_ERROR

    def _is_judged(self, changes: Sequence[Change]) -> bool:
        others = [one for one in changes if not self._judged.has_place_of(one)]
        for change in others:
            if self._is_about_state:
                return False
            if change.part in ("path", "query"):
                return False
            if change.part == "header" and selects_response(change.place):
                return False
            if self._states.is_related_to(change.place, change.before):
                return False
        return True


class JudgedPlaces:
    """The places whose values do not change the response, as the user states."""

    def __init__(self, places: Collection[str]) -> None:
        self._paths = {
            one: parse_path(one).tokens for one in places if one.startswith("$")
        }
        self._names = frozenset(places)
        self._unknown = set(places)

    def has_place_of(self, change: Change) -> bool:
        """Return whether a change is at one of the places, or below it."""
        if not self._names:
            return False
        found = {change.place, change.part} & self._names
        if change.part == "body":
            tokens = parse_path(change.place).tokens
            # Rule paths of XML have no indexes of elements.
            names = tuple(one for one in tokens if not isinstance(one, int))
            found |= {
                place
                for place, path in self._paths.items()
                if _leads_to(path, tokens) or _leads_to(path, names)
            }
        self._unknown -= found
        return bool(found)

    def list_unknown(self) -> list[str]:
        """Return the places at which no value was changed."""
        return sorted(self._unknown)


def _leads_to(path: Sequence[PathToken], place: Sequence[PathToken]) -> bool:
    return len(path) <= len(place) and all(
        one in (step, Wildcard.ANY) or (one is Wildcard.INDEX and isinstance(step, int))
        for one, step in zip(path, place, strict=False)
    )


def _has_status(one: InteractionResult, other: InteractionResult) -> bool:
    statuses = [None if r.answer is None else r.answer.status for r in (one, other)]
    return statuses[0] == statuses[1]


def _repeats(mismatch: Mismatch, changes: Sequence[Change]) -> bool:
    """Return whether a mismatch is only that the response repeats a changed value."""
    pairs = [(str(one.before), str(one.after)) for one in changes]
    return (str(mismatch.expected), str(mismatch.actual)) in pairs


_SERVER_ERROR = 500
