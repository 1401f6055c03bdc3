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
    """Verifies messages: calls the message function and compares what it returns."""

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
            raise InvalidExpectation(f"{interaction!r} is not a message")
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
            return replace(result, failures=(_provider_failure(str(error)),))
        with ProviderLog() as log:
            try:
                returned = yield from _call_function(found, situation)
            except MissingValue as missing:
                text = (
                    f"no value for the parameter {missing.name!r} of the message "
                    f"function ({found.place}); the description, the provider states "
                    f"and their params provide: {missing.known}"
                )
                return replace(result, failures=(_provider_failure(text),))
            except TEAM_ERRORS as error:
                failure = _provider_failure(f"the provider raised {headline(error)}")
                return replace(
                    result,
                    failures=(failure,),
                    raised=headline(error),
                    raised_at=traceback_lines(error),
                    log=lines_of(log.take()),
                )
        result = _compare(result, returned, expected, plans, found)
        return result if result.is_ok else replace(result, log=lines_of(log.records))


def _call_function(found: FoundState, situation: Situation) -> Steps[list[Any]]:
    """Call the message function; return what it made, one item for each message.

    A list means several messages only for a synchronous message, which may have several
    responses; else it is the contents of the one message.
    """
    is_sync_message = isinstance(situation.case.interaction, SyncMessage)
    returned = found.function(**_function_arguments(found, situation))
    if inspect.isawaitable(returned):
        returned = yield returned
    if inspect.isasyncgen(returned):
        collected = []
        try:
            while True:
                collected.append((yield anext(returned)))
        except StopAsyncIteration:
            return collected
    if inspect.isgenerator(returned):
        return list(returned)
    if is_sync_message and isinstance(returned, list):
        return returned
    return [returned]


def _compare(
    result: InteractionResult,
    returned: list[Any],
    expected: tuple[Message, ...],
    plans: list[MessagePlan],
    found: FoundState,
) -> InteractionResult:
    if len(returned) != len(expected):
        failure = _provider_failure(
            f"expected {_count_messages(len(expected))}, but the message function "
            f"({found.place}) returned {_count_messages(len(returned))}"
        )
        result = replace(result, failures=(failure,))
    mismatches: list[Mismatch] = []
    messages: list[Message] = []
    for number, (one, message, plan) in enumerate(
        zip(returned, expected, plans, strict=False), start=1
    ):
        try:
            actual = made_message(one, message)
        except ValueError as error:
            failure = _provider_failure(
                f"the message function ({found.place}) did not return a valid message: "
                f"{error}"
            )
            return replace(result, failures=(*result.failures, failure))
        messages.append(actual)
        label = answer_label(number, len(expected))
        mismatches += [
            replace(mismatch, path=label + mismatch.path)
            for mismatch in plan.check_message(actual)
        ]
    result = replace(result, mismatches=tuple(mismatches))
    return result if result.is_ok else replace(result, messages=tuple(messages))


def _function_arguments(found: FoundState, situation: Situation) -> dict[str, Any]:
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


def _provider_failure(message: str) -> Failure:
    return Failure(FailureKind.PROVIDER, message)


def _count_messages(count: int) -> str:
    return f"{count} message" if count == 1 else f"{count} messages"
