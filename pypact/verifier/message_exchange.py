"""Does the provider make this message as the contract says?

Source: semantics sections 14.2, "Comparison", and 13.1, "Flow per interaction".
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

from pypact.errors import InvalidExpectation, UnknownState
from pypact.matching import MessagePlan, compile_message
from pypact.model.interactions import AsyncMessage, Message, SyncMessage
from pypact.model.json_text import plain
from pypact.model.mismatches import Mismatch
from pypact.payloads import received
from pypact.verifier.arguments import MissingValue, arguments_for
from pypact.verifier.exchange import Perform, Situation
from pypact.verifier.made_messages import made_message
from pypact.verifier.message_functions import MessageFunctions
from pypact.verifier.provider_log import ProviderLog, lines_of
from pypact.verifier.results import (
    Case,
    Failure,
    FailureKind,
    InteractionResult,
    answer_label,
)
from pypact.verifier.states import FoundState
from pypact.verifier.steps import TEAM_ERRORS, Steps
from pypact.verifier.tracebacks import headline, traceback_lines

__all__ = ["MessageExchange"]


class MessageExchange:
    """Calls message functions and judges what they make."""

    def __init__(self, functions: MessageFunctions) -> None:
        self._functions = functions

    def prepare(self, case: Case) -> Perform:
        """Compile the expected messages."""
        interaction = case.interaction
        if isinstance(interaction, SyncMessage):
            expected = interaction.responses
        elif isinstance(interaction, AsyncMessage):
            expected = (interaction.message,)
        else:
            raise InvalidExpectation(f"{interaction!r} is no message")
        plans = [compile_message(message) for message in expected]

        def perform(situation: Situation) -> Steps[InteractionResult]:
            return self._perform(expected, plans, situation)

        return perform

    def _perform(
        self,
        expected: tuple[Message, ...],
        plans: list[MessagePlan],
        situation: Situation,
    ) -> Steps[InteractionResult]:
        result = InteractionResult(situation.case)
        try:
            found = self._functions.find(situation.case.interaction.description)
        except (UnknownState, InvalidExpectation) as error:
            return replace(result, failures=(_failure(str(error)),))
        with ProviderLog() as log:
            try:
                given = yield from _given(found, situation)
            except MissingValue as missing:
                text = (
                    f"nothing has a value for the parameter {missing.name!r} of the "
                    f"message function ({found.place}); the description, the states "
                    f"and their params have: {missing.known}"
                )
                return replace(result, failures=(_failure(text),))
            except TEAM_ERRORS as error:
                failure = _failure(f"the provider raised {headline(error)}")
                return replace(
                    result,
                    failures=(failure,),
                    raised=headline(error),
                    raised_at=traceback_lines(error),
                    log=lines_of(log.take()),
                )
        result = _judged(result, given, expected, plans, found)
        return result if result.is_ok else replace(result, log=lines_of(log.records))


def _given(found: FoundState, situation: Situation) -> Steps[list[Any]]:
    """Call the function; gives what it made, one for each message."""
    is_answer = isinstance(situation.case.interaction, SyncMessage)
    given = found.function(**_arguments(found, situation))
    if inspect.isawaitable(given):
        given = yield given
    if inspect.isasyncgen(given):
        collected = []
        try:
            while True:
                collected.append((yield anext(given)))
        except StopAsyncIteration:
            return collected
    if inspect.isgenerator(given):
        return list(given)
    if is_answer and isinstance(given, list):
        return given
    return [given]


def _judged(
    result: InteractionResult,
    given: list[Any],
    expected: tuple[Message, ...],
    plans: list[MessagePlan],
    found: FoundState,
) -> InteractionResult:
    if len(given) != len(expected):
        failure = _failure(
            f"wanted {_counted(len(expected))}, but the function ({found.place}) "
            f"gave {_counted(len(given))}"
        )
        result = replace(result, failures=(failure,))
    mismatches: list[Mismatch] = []
    made: list[Message] = []
    for number, (one, message, plan) in enumerate(
        zip(given, expected, plans, strict=False), start=1
    ):
        try:
            actual = made_message(one, message)
        except ValueError as error:
            failure = _failure(f"the function ({found.place}) gave no message: {error}")
            return replace(result, failures=(*result.failures, failure))
        made.append(actual)
        label = answer_label(number, len(expected))
        mismatches += [
            replace(mismatch, path=label + mismatch.path)
            for mismatch in plan.check_message(actual)
        ]
    result = replace(result, mismatches=tuple(mismatches))
    return result if result.is_ok else replace(result, messages=tuple(made))


def _arguments(found: FoundState, situation: Situation) -> dict[str, Any]:
    interaction = situation.case.interaction
    always: dict[str, Any] = {
        "description": interaction.description,
        "interaction": interaction,
        "consumer": situation.case.consumer,
    }
    if isinstance(interaction, SyncMessage):
        always["request"] = received(interaction.request, "provider", situation.values)
    values = {
        key: value
        for key, value in plain(situation.values).items()
        if key not in always
    }
    values.update(found.values)
    return arguments_for(found.function, values, always, situation.value_for)


def _failure(message: str) -> Failure:
    return Failure(FailureKind.PROVIDER, message)


def _counted(count: int) -> str:
    return f"{count} message" if count == 1 else f"{count} messages"
