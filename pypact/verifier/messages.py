"""Verify messages: call the message function and compare what it returns.

Source: docs/internals/specification.md, "14.2 Comparison", "13.1 Flow per interaction".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from pypact._dataclasses import replace
from pypact.errors import InvalidExpectation, UnknownState
from pypact.explain.mismatches import format_count
from pypact.matching.plans import MessagePlan, compile_message
from pypact.model.body import (
    MISSING_BODY,
    Body,
    is_handled_as_json,
    parse_content_type,
)
from pypact.model.contents import Contents
from pypact.model.interactions import AsyncMessage, Message, ProviderState, SyncMessage
from pypact.model.json import Json, decimals_to_floats, dump_json
from pypact.model.mismatches import Mismatch
from pypact.payloads import receive_message
from pypact.verifier.exceptions import ExceptionSummary, ProviderLog, format_records
from pypact.verifier.flow import Context, MissingValue, RunInteraction
from pypact.verifier.results import (
    Case,
    Failure,
    FailureKind,
    InteractionResult,
    label_response,
)
from pypact.verifier.states import FoundFunction, StateFunctions


def to_message(returned: Any, expected: Message) -> Message:
    """Convert what a message function returned to a message.

    `returned` is the contents, or a tuple of contents and metadata. If the metadata
    declare no content type, it is derived from the contents and put into the metadata
    under the name that the contract uses, as a transport would do.

    Raises: ValueError if `returned` is not a valid message.
    """
    contents, metadata = returned, {}
    if isinstance(returned, tuple):
        if len(returned) != 2 or not isinstance(returned[1], (Mapping, type(None))):
            raise ValueError(
                "expected contents or a tuple (contents, metadata), got the tuple "
                f"{returned!r}"
            )
        contents, metadata = returned[0], dict(returned[1] or {})
    message = Message(_to_body(contents), metadata)
    if message.declared_type is not None:
        return replace(message, contents=replace(message.contents, content_type=None))
    types = message.content_type, expected.content_type
    if all(map(is_handled_as_json, types)):
        # Plain JSON data has the contract's own JSON media type, such as
        # application/vnd.user+json.
        typed = replace(message.contents, content_type=expected.content_type)
        message = replace(message, contents=typed)
    if not message.contents.content:
        return message
    declared = {
        name: str(message.content_type)
        for name in expected.metadata
        if name.lower() in _TYPE_NAMES
    }
    return replace(message, metadata={**metadata, **declared})


def _to_body(contents: Json) -> Body:
    if contents is None:
        return MISSING_BODY
    if isinstance(contents, Body):
        return contents
    if isinstance(contents, Contents):
        return contents.body
    if isinstance(contents, (bytes, bytearray, memoryview)):
        return Body.of(bytes(contents))
    if isinstance(contents, str):
        return Body.of(contents.encode("utf-8", "surrogatepass"))
    try:
        text = dump_json(contents)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{type(contents).__name__} is not bytes, a string or JSON data: {error}"
        ) from error
    return Body.of(text.encode("utf-8", "surrogatepass"), _JSON)


_TYPE_NAMES = ("contenttype", "content-type")
_JSON = parse_content_type("application/json")


MessageFunction: TypeAlias = Callable[..., Any]
"""A function, possibly async, that makes a message or the responses to one."""


class MessageFunctions:
    """The registered message functions."""

    def __init__(self) -> None:
        # Descriptions are looked up as states are: exact text first, then patterns.
        self._functions = StateFunctions("message")

    def add(self, text: str | None, function: MessageFunction) -> None:
        """Register `function` for a description or pattern; None means all others."""
        if text is None:
            self._functions.set_fallback(function, takes_empty_name=True)
        else:
            self._functions.add(text, function)

    def add_missing(self, others: MessageFunctions) -> None:
        """Register the functions of `others` whose descriptions have none here."""
        self._functions.add_missing(others._functions)

    def find(self, description: str) -> FoundFunction:
        """Return the function for a message, or raise UnknownState."""
        return self._functions.find(ProviderState(description))


class MessageDriver:
    """The driver of messages: it calls the message function and compares the result."""

    def __init__(self, functions: MessageFunctions) -> None:
        self._functions = functions

    def prepare(self, case: Case) -> RunInteraction:
        if not isinstance(case.interaction, (AsyncMessage, SyncMessage)):
            raise InvalidExpectation(f"{case.interaction!r} is not a message")
        expected = case.expected_messages
        return partial(self._run, expected, [*map(compile_message, expected)])

    async def _run(
        self, expected: tuple[Message, ...], plans: list[MessagePlan], context: Context
    ) -> InteractionResult:
        case = context.case
        try:
            found = self._functions.find(case.interaction.description)
        except (UnknownState, InvalidExpectation) as error:
            return context.fail(_make_provider_failure(str(error)))
        with ProviderLog() as log:
            try:
                returned = await _call_function(found, context)
            except MissingValue as missing:
                text = (
                    f"no value for the parameter {missing.name!r} of the message "
                    f"function ({found.place}); the description, the provider states "
                    f"and their params provide: {missing.known}"
                )
                return context.fail(_make_provider_failure(text))
            except BaseException as error:
                if not context.is_failure(error):
                    raise
                name, lines = ExceptionSummary.of(error)
                result = context.fail(
                    _make_provider_failure(f"the provider raised {name}")
                )
                result = replace(result, raised=name, raised_at=lines)
            else:
                result = _compare(returned, expected, plans, found, case)
        if result.is_ok:
            return result
        return replace(result, log=format_records(log.records))


async def _call_function(found: FoundFunction, context: Context) -> list[Any]:
    """Call the message function; return what it made, one item for each message.

    A list means several messages only for a synchronous message, which may have several
    responses; else it is the contents of the one message.
    """
    arguments = _list_arguments(found, context)
    returned = await context.resolve(found.function(**arguments))
    if inspect.isasyncgen(returned):
        collected = []
        try:
            while True:
                collected.append(await context.wait_for(anext(returned)))
        except StopAsyncIteration:
            return collected
    if inspect.isgenerator(returned):
        return list(returned)
    if isinstance(returned, list) and isinstance(context.case.interaction, SyncMessage):
        return returned
    return [returned]


def _compare(
    returned: list[Any],
    expected: tuple[Message, ...],
    plans: list[MessagePlan],
    found: FoundFunction,
    case: Case,
) -> InteractionResult:
    mismatches: list[Mismatch] = []
    failures: list[Failure] = []
    messages: list[Message] = []
    if len(returned) != len(expected):
        failures.append(
            _make_provider_failure(
                f"expected {format_count(len(expected), 'message')}, but the message "
                f"function ({found.place}) returned "
                f"{format_count(len(returned), 'message')}"
            )
        )
    triples = zip(returned, expected, plans, strict=False)
    for number, (item, message, plan) in enumerate(triples, start=1):
        try:
            actual = to_message(item, message)
        except ValueError as error:
            text = f"the message function ({found.place}) did not return a valid "
            failures.append(_make_provider_failure(f"{text}message: {error}"))
            return InteractionResult(case, failures=tuple(failures))
        messages.append(actual)
        label = label_response(number, len(expected))
        mismatches += [
            replace(mismatch, path=label + mismatch.path)
            for mismatch in plan.check_message(actual)
        ]
    if not mismatches and not failures:
        return InteractionResult(case)
    return InteractionResult(
        case, tuple(mismatches), tuple(failures), messages=tuple(messages)
    )


def _list_arguments(found: FoundFunction, context: Context) -> dict[str, Any]:
    interaction = context.case.interaction
    always: dict[str, Any] = {"description": interaction.description}
    if isinstance(interaction, SyncMessage):
        always["request"] = receive_message(
            interaction.request, "provider", context.values
        )
    values = {
        key: value
        for key, value in decimals_to_floats(context.values).items()
        if key not in {*always, "interaction", "consumer"}
    }
    values.update(found.values)
    return context.bind_arguments(found.function, values, always)


def _make_provider_failure(message: str) -> Failure:
    return Failure(FailureKind.PROVIDER, message)
