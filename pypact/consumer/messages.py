"""Build messages, and pass them to the consumer's handler.

Messages expected together are recorded together, so that a contract never contains only
some of the messages of a failed test.

Source: docs/internals/specification.md, "14.3 Consumer flow".
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pypact._dataclasses import replace
from pypact._lazy import import_later
from pypact._process import STATE
from pypact.consumer import expectations
from pypact.consumer.builders import CommonBuilder, load_shapes
from pypact.consumer.reruns import (
    Outcome,
    add_variant_note,
    rerun,
    rerun_coroutine,
)
from pypact.consumer.varied import identify_variant
from pypact.errors import BlockMisuse, InvalidExpectation
from pypact.model.body import parse_content_type
from pypact.model.interactions import (
    AsyncMessage,
    Interaction,
    Message,
    SpecificationVersion,
    SyncMessage,
)
from pypact.model.rules import Generators, MatchingRules
from pypact.payloads import Received, receive_message

if TYPE_CHECKING:
    import asyncio
    import inspect

    from typing_extensions import Self

    from pypact import generators
    from pypact.strategies import Examples
else:
    asyncio = import_later("asyncio")
    inspect = import_later("inspect")
    generators = import_later("pypact.generators")


class ExpectedMessages:
    """Messages of one pact that are recorded together, by a call of `stage`."""

    def __init__(
        self, pact: object, stage: Callable[[Sequence[Interaction]], None]
    ) -> None:
        self.pact = pact
        self._stage = stage
        self._lock = threading.Lock()
        self._waiting: list[CommonBuilder] = []
        self._processed: list[Interaction] = []
        self._spoiled: list[CommonBuilder] = []

    def expect(self, builder: CommonBuilder) -> None:
        """Add an expected message: nothing is recorded before it is processed."""
        with self._lock:
            self._waiting.append(builder)

    def mark_processed(
        self, builder: CommonBuilder, *interactions: Interaction
    ) -> None:
        """Mark a message as processed; record all messages once none is missing."""
        with self._lock:
            if builder in self._spoiled:
                return
            if builder in self._waiting:
                self._waiting.remove(builder)
            self._processed += interactions
            if any(not waiting.is_optional for waiting in self._waiting):
                return
            processed, self._processed = self._processed, []
            self._waiting.clear()
        self._stage(processed)

    def mark_failed(self, builder: CommonBuilder) -> None:
        """Mark a message as failed: none of those expected together is recorded."""
        with self._lock:
            self._spoiled = [*self._waiting, builder]
            self._waiting = []
            self._processed = []

    @contextlib.contextmanager
    def isolate(self) -> Iterator[None]:
        """Expect messages in a rerun of a test, which records none of them."""
        with self._lock:
            before = self._waiting, self._processed, self._spoiled, self._stage
            self._waiting, self._processed, self._spoiled = [], [], []
            self._stage = _record_nothing
        try:
            yield
        finally:
            with self._lock:
                self._waiting, self._processed, self._spoiled, self._stage = before

    def drop_messages(self) -> list[CommonBuilder]:
        """Clear all messages; return the required ones that were not processed."""
        with self._lock:
            dropped = [one for one in self._waiting if not one.is_optional]
            self._waiting, self._processed, self._spoiled = [], [], []
        return dropped


def _record_nothing(_: Sequence[Interaction]) -> None:
    """Do nothing, in place of the function that stages messages."""


class _VerifiableBuilder(CommonBuilder):
    """A builder of a message that can be passed to the consumer's handler."""

    def __init__(
        self,
        specification: SpecificationVersion,
        description: str,
        messages: ExpectedMessages,
    ) -> None:
        super().__init__(specification)
        self._describe(description)
        self._messages = messages
        self._received: list[Received] = []  # of the last call of the handler
        messages.expect(self)

    def verify(
        self, handler: Callable[..., Any], *, examples: int | Examples | None = None
    ) -> Any:
        """Call the consumer's handler with the message, and return its result.

        The handler may be a coroutine function. It gets the contents and the metadata;
        for a message with responses, it gets the request and a list of the responses,
        each with `contents` and `metadata`. The message is recorded, unless the handler
        raises: its exception propagates, and none of the messages that were expected
        together with this one is recorded. With `match.one_of`, the handler is called
        once for each variant, and the first result is returned; the first error has a
        note that names all variants that failed.

        With `examples`, a number or `pypact.Examples`, the handler is called that many
        times more, with other messages (or responses) that the matching rules accept. A
        failure is simplified, and raised with the values that cause it. A test that is
        decorated with `@pact.intercept(examples=…)` runs again as a whole; it compares
        its results with `received`.

        Raises: InvalidExpectation for an incomplete message; MergeConflict,
        NotExpressible or StoreError, as a block does when it ends.
        """
        __tracebackhide__ = True  # pytest then shows the handler's own lines
        with self._recording() as plans:

            def run() -> Any:
                __tracebackhide__ = True
                current = iter(plans)

                def call() -> Any:
                    __tracebackhide__ = True
                    return self._call_handler(handler, next(current).interaction)

                if not self.list_variants():
                    return call()
                return _conclude(rerun(call, plans, _make_no_block))

            if examples is None:
                return run()
            module, tried = _load_examples(examples)
            return module.run_with_examples(
                tried,
                module.describe_handler(handler, self.place),
                run,
                run,
                module.change_messages,
            )

    async def averify(
        self, handler: Callable[..., Any], *, examples: int | Examples | None = None
    ) -> Any:
        """Do the same as `verify`, awaiting the handler in the running event loop."""
        __tracebackhide__ = True
        with self._recording() as plans:

            async def run() -> Any:
                __tracebackhide__ = True
                current = iter(plans)

                async def call() -> Any:
                    __tracebackhide__ = True
                    result = handler(*self._build_arguments(next(current).interaction))
                    return await result if inspect.isawaitable(result) else result

                if not self.list_variants():
                    return await call()
                return _conclude(await rerun_coroutine(call, plans, _make_no_block))

            if examples is None:
                return await run()
            module, tried = _load_examples(examples)
            return await module.run_coroutine_with_examples(
                tried,
                module.describe_handler(handler, self.place),
                run,
                run,
                module.change_messages,
            )

    @contextlib.contextmanager
    def _recording(self) -> Iterator[list[_MessagePlan]]:
        plans = [
            _MessagePlan(
                identify_variant(one), self.select_variant(one).to_interaction()
            )
            for one in self.list_variants()
        ] or [_MessagePlan("", self.to_interaction())]
        try:
            yield plans
        except BaseException:
            self._messages.mark_failed(self)
            raise
        self._messages.mark_processed(self, *(one.interaction for one in plans))

    def _call_handler(
        self, handler: Callable[..., Any], interaction: Interaction
    ) -> Any:
        __tracebackhide__ = True
        result = handler(*self._build_arguments(interaction))
        return _run_awaitable(result) if inspect.isawaitable(result) else result

    def _build_arguments(self, interaction: Interaction) -> tuple[Any, ...]:
        if isinstance(interaction, SyncMessage):
            self._received = [
                self._receive(interaction, response, index)
                for index, response in enumerate(interaction.responses)
            ]
            return receive_message(interaction.request), [*self._received]
        assert isinstance(interaction, AsyncMessage)  # noqa: S101 -- there are two kinds
        self._received = [self._receive(interaction, interaction.message)]
        return tuple(self._received[0])

    def _receive(
        self, interaction: Interaction, message: Message, index: int = 0
    ) -> Received:
        change = STATE.change_response
        if change is None:
            return receive_message(message)
        # Generators would write their values over the changed ones.
        generated = replace(
            generators.apply_to_message(message, "consumer", {}), generators={}
        )
        changed = change(self._messages.pact, interaction, generated, index)
        return receive_message(changed)

    def __repr__(self) -> str:
        return f"<message {self._description!r} at {self.place}>"


class MessageBuilder(_VerifiableBuilder):
    """A builder of an asynchronous message: one without responses."""

    _contents: Message | None = None
    _metadata: Message | None = None
    _has_own_type = False

    @property
    def received(self) -> Received | None:
        """The `contents` and `metadata` of the handler's last call; None before any."""
        return self._received[0] if self._received else None

    def strategy(self) -> Any:
        """Return a hypothesis strategy for messages that match, as a handler gets them.

        It generates pairs of `contents` and `metadata`. Values that the contract fixes
        are those of the example.

            @given(message.strategy())
            def test_handler(received):
                handler(*received)

        Raises: InvalidExpectation if the message is incomplete, or hypothesis is not
        installed (the extra `pypact-contracts[examples]`).
        """
        shapes = load_shapes()
        shape = shapes.shape_message(self.to_interaction().message, is_open=True)
        return shape.make_strategy().map(receive_message)

    def with_contents(self, contents: object, content_type: str | None = None) -> Self:
        """Define the contents of the message.

        A string or bytes are the contents themselves, the result of a function of
        `pypact.bodies` is XML, a form and so on, anything else is JSON; all but a plain
        string or bytes may contain matchers. Without `content_type`, the content type
        is the one declared in the metadata, if any.
        """
        self._check_first_call("with_contents", self._contents)
        # Read now, so that an invalid value is reported at the caller's line.
        self._define(
            _put_contents,
            expectations.build_message,
            contents=contents,
            metadata=None,
            content_type=content_type,
        )
        self._has_own_type = content_type is not None
        return self

    def with_metadata(self, metadata: object = None, /, **more: object) -> Self:
        """Define the metadata of the message, as a mapping, keywords or both.

        Values are JSON or matchers.
        """
        self._check_first_call("with_metadata", self._metadata)
        self._define(_put_metadata, _build_metadata, metadata=metadata, more=more)
        return self

    def to_interaction(self) -> AsyncMessage:
        if self._list_missing():
            raise self._make_incomplete_error()
        message = _join_halves(self._contents, self._metadata)
        declared = message.declared_type
        if declared and message.contents.content_type and not self._has_own_type:
            content_type = parse_content_type(declared)
            contents = replace(message.contents, content_type=content_type)
            message = replace(message, contents=contents)
        return AsyncMessage(message=message, **self._build_fields())

    def _list_parts(self) -> Mapping[str, object]:
        return {"with_contents": self._contents or self._metadata}

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._contents is None:
            self._contents = Message()
        self._contents = expectations.add_rules(self._contents, rules, generators)


class SyncMessageBuilder(_VerifiableBuilder):
    """A builder of a synchronous message: a request message and its responses."""

    _request: Message | None = None
    _responses: tuple[Message, ...] = ()

    @property
    def received(self) -> list[Received]:
        """The responses of the handler's last call, with `contents` and `metadata`.

        Empty before any call.
        """
        return [*self._received]

    def strategy(
        self, part: Literal["request", "response"] = "response", index: int = 0
    ) -> Any:
        """Return a hypothesis strategy for responses (or requests) that match.

        It generates pairs of `contents` and `metadata`. `index` is the number of the
        response, from 0.

        Raises: InvalidExpectation if the message is incomplete or has no such response,
        or hypothesis is not installed (the extra `pypact-contracts[examples]`).
        """
        shapes = load_shapes()
        interaction = self.to_interaction()
        if part == "request":
            shape = shapes.shape_message(interaction.request, is_open=False)
        elif part != "response":
            raise InvalidExpectation(
                f"strategy({part!r}): expected 'request' or 'response'"
            )
        elif not 0 <= index < len(interaction.responses):
            raise InvalidExpectation(
                f"strategy(index={index}): expected an index below "
                f"{len(interaction.responses)}, the number of responses"
            )
        else:
            shape = shapes.shape_message(interaction.responses[index], is_open=True)
        return shape.make_strategy().map(receive_message)

    def with_request(
        self,
        contents: object = None,
        metadata: object = None,
        *,
        content_type: str | None = None,
    ) -> Self:
        """Define contents and metadata of the message that the consumer will send."""
        self._check_first_call("with_request", self._request)
        self._define(
            _put_request,
            expectations.build_message,
            contents=contents,
            metadata=metadata,
            content_type=content_type,
        )
        return self

    def will_respond_with(
        self,
        contents: object = None,
        metadata: object = None,
        *,
        content_type: str | None = None,
    ) -> Self:
        """Define the provider's response; each further call adds another response."""
        index = len(self._responses)

        def put_response(builder: SyncMessageBuilder, response: Message) -> None:
            before, after = builder._responses[:index], builder._responses[index + 1 :]
            builder._responses = (*before, response, *after)

        self._define(
            put_response,
            expectations.build_message,
            contents=contents,
            metadata=metadata,
            content_type=content_type,
        )
        return self

    def to_interaction(self) -> SyncMessage:
        if self._request is None or self._list_missing():
            raise self._make_incomplete_error()
        return SyncMessage(
            request=self._request, responses=self._responses, **self._build_fields()
        )

    def _list_parts(self) -> Mapping[str, object]:
        return {"with_request": self._request, "will_respond_with": self._responses}

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._responses:
            *others, last = self._responses
            last = expectations.add_rules(last, rules, generators)
            self._responses = (*others, last)
        elif self._request is not None:
            self._request = expectations.add_rules(self._request, rules, generators)
        else:
            raise self._make_order_error()


def _put_contents(builder: MessageBuilder, contents: Message) -> None:
    builder._contents = contents  # noqa: SLF001 -- of this module


def _put_metadata(builder: MessageBuilder, metadata: Message) -> None:
    builder._metadata = metadata  # noqa: SLF001 -- of this module


def _build_metadata(
    place: str, metadata: object, more: Mapping[str, object]
) -> Message:
    base = expectations.build_message(place, None, metadata)
    added = expectations.build_message(place, None, more)
    return replace(
        expectations.add_rules(base, added.rules, added.generators),
        metadata={**base.metadata, **added.metadata},
    )


def _put_request(builder: SyncMessageBuilder, request: Message) -> None:
    builder._request = request  # noqa: SLF001 -- of this module


class _MessagePlan(NamedTuple):
    """The variant of a message that is passed to the handler; "" without any."""

    name: str
    interaction: Interaction


def _load_examples(examples: int | Examples) -> tuple[Any, Examples]:
    """Return the module that tries other examples, and how many to try.

    Raises: InvalidExpectation without hypothesis.
    """
    from pypact.strategies import Examples  # noqa: PLC0415 -- few tests need it

    tried = Examples.of(examples)
    from pypact.consumer import examples as module  # noqa: PLC0415 -- it needs hypothesis

    return module, tried


def _make_no_block(_plan: _MessagePlan) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


def _conclude(outcomes: Sequence[Outcome[_MessagePlan]]) -> Any:
    """Return the result of the first variant, or raise the first error."""
    __tracebackhide__ = True
    failed = [one for one in outcomes if one.error is not None]
    if not failed:
        return outcomes[0].result
    add_variant_note(failed, len(outcomes))
    error = failed[0].error
    assert error is not None  # noqa: S101 -- chosen above
    raise error


def _join_halves(contents: Message | None, metadata: Message | None) -> Message:
    if contents is None or metadata is None:
        return contents or metadata or Message()
    return replace(
        contents,
        metadata=metadata.metadata,
        rules={**metadata.rules, **contents.rules},
        generators={**metadata.generators, **contents.generators},
    )


def _run_awaitable(awaitable: Awaitable[Any]) -> Any:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_await(awaitable))
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    raise BlockMisuse(
        "message.verify() cannot wait for a coroutine in a thread whose event loop is "
        "running: use `await message.averify(handler)`"
    )


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
