"""What is said of a message, and does the consumer's handler cope with it?

Source: semantics section 14.3, "Consumer flow".
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pypact.consumer import parts
from pypact.consumer.common import CommonBuilder
from pypact.consumer.mailbox import Mailbox
from pypact.errors import BlockMisuse
from pypact.model.content_types import parse_content_type
from pypact.model.generators import Generators
from pypact.model.interactions import AsyncMessage, Interaction, Message, SyncMessage
from pypact.model.rules import MatchingRules
from pypact.model.versions import SpecificationVersion
from pypact.payloads import received

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MessageBuilder", "SyncMessageBuilder"]


class _Verifiable(CommonBuilder):
    """A message that can be handed to the consumer's code."""

    def __init__(
        self, specification: SpecificationVersion, description: str, mailbox: Mailbox
    ) -> None:
        super().__init__(specification, description)
        self._mailbox = mailbox

    def verify(self, handler: Callable[..., Any]) -> Any:
        """Hand the message to the consumer's handler; gives what the handler returned.

        The handler may be a coroutine function. The message is recorded unless the
        handler raises; what it raises goes out, and then no message that was expected
        together with this one is recorded.

        Raises: InvalidExpectation for an unfinished message; MergeConflict,
        NotExpressible or StoreError, as a block does when it ends.
        """
        __tracebackhide__ = True  # pytest shows the handler's own lines
        interaction = self.to_interaction()
        try:
            result = handler(*_handed_out(interaction))
            if inspect.isawaitable(result):
                result = _waited_for(result)
        except BaseException:
            self._mailbox.failed(self)
            raise
        self._mailbox.succeeded(self, interaction)
        return result

    async def averify(self, handler: Callable[..., Any]) -> Any:
        """Do what `verify` does inside the running loop."""
        interaction = self.to_interaction()
        try:
            result = handler(*_handed_out(interaction))
            if inspect.isawaitable(result):
                result = await result
        except BaseException:
            self._mailbox.failed(self)
            raise
        self._mailbox.succeeded(self, interaction)
        return result

    def __repr__(self) -> str:
        return f"<message {self._description!r} at {self.place}>"


class MessageBuilder(_Verifiable):
    """A message that nobody answers, while it is being said."""

    def __init__(
        self, specification: SpecificationVersion, description: str, mailbox: Mailbox
    ) -> None:
        super().__init__(specification, description, mailbox)
        self._contents: Message | None = None
        self._metadata: Message | None = None
        self._has_own_type = False

    def with_contents(self, contents: object, content_type: str | None = None) -> Self:
        """Say what the message contains.

        Text and bytes are the contents themselves, what a function of `pypact.bodies`
        gives is XML, a form and so on, everything else is JSON; all may hold matchers.
        The content type is that of the metadata, if they declare one.
        """
        self._once("with_contents", self._contents)
        # Taken apart at once, so that what is refused is refused at this line.
        self._contents = parts.message(self.place, contents, None, content_type)
        self._has_own_type = content_type is not None
        return self

    def with_metadata(self, metadata: object = None, /, **more: object) -> Self:
        """Say which metadata the message has: a mapping, keywords or both.

        Values are any JSON, and may be matchers.
        """
        self._once("with_metadata", self._metadata)
        said = parts.message(self.place, None, metadata)
        added = parts.message(self.place, None, more)
        self._metadata = replace(
            parts.amended(said, added.rules, added.generators),
            metadata={**said.metadata, **added.metadata},
        )
        return self

    def to_interaction(self) -> AsyncMessage:
        """Give the message as a value.

        Raises: InvalidExpectation, when neither contents nor metadata have been said.
        """
        if self._missing():
            raise self._unfinished()
        message = _joined(self._contents, self._metadata)
        declared = message.declared_type
        if declared and message.contents.content_type and not self._has_own_type:
            content_type = parse_content_type(declared)
            contents = replace(message.contents, content_type=content_type)
            message = replace(message, contents=contents)
        return AsyncMessage(message=message, **self._common())

    def _missing(self) -> str:
        said = self._contents or self._metadata
        return "" if said is not None else "with_contents()"

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._contents is None:
            self._contents = Message()
        self._contents = parts.amended(self._contents, rules, generators)


class SyncMessageBuilder(_Verifiable):
    """A message with the messages that answer it, while it is being said."""

    def __init__(
        self, specification: SpecificationVersion, description: str, mailbox: Mailbox
    ) -> None:
        super().__init__(specification, description, mailbox)
        self._request: Message | None = None
        self._responses: list[Message] = []

    def with_request(
        self,
        contents: object = None,
        metadata: object = None,
        *,
        content_type: str | None = None,
    ) -> Self:
        """Say what the consumer will send: the contents and metadata of a message."""
        self._once("with_request", self._request)
        self._request = parts.message(self.place, contents, metadata, content_type)
        return self

    def will_respond_with(
        self,
        contents: object = None,
        metadata: object = None,
        *,
        content_type: str | None = None,
    ) -> Self:
        """Say what the provider will answer; each further call is a further answer."""
        answer = parts.message(self.place, contents, metadata, content_type)
        self._responses.append(answer)
        return self

    def to_interaction(self) -> SyncMessage:
        """Give the message and its answers as a value.

        Raises: InvalidExpectation naming what has not been said.
        """
        if self._request is None or self._missing():
            raise self._unfinished()
        return SyncMessage(
            request=self._request, responses=tuple(self._responses), **self._common()
        )

    def _missing(self) -> str:
        said = {"with_request": self._request, "will_respond_with": self._responses}
        return ", ".join(f"{name}()" for name, value in said.items() if not value)

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._responses:
            answer = parts.amended(self._responses[-1], rules, generators)
            self._responses[-1] = answer
        elif self._request is not None:
            self._request = parts.amended(self._request, rules, generators)
        else:
            raise self._refused("rules and generators follow the part they belong to")


def _handed_out(interaction: Interaction) -> tuple[Any, ...]:
    if isinstance(interaction, SyncMessage):
        answers = [received(answer) for answer in interaction.responses]
        return received(interaction.request), answers
    assert isinstance(interaction, AsyncMessage)  # noqa: S101 -- there are two kinds
    return tuple(received(interaction.message))


def _joined(contents: Message | None, metadata: Message | None) -> Message:
    if contents is None or metadata is None:
        return contents or metadata or Message()
    return replace(
        contents,
        metadata=metadata.metadata,
        rules={**metadata.rules, **contents.rules},
        generators={**metadata.generators, **contents.generators},
    )


def _waited_for(awaitable: Awaitable[Any]) -> Any:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_awaited(awaitable))
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    raise BlockMisuse(
        "an event loop is running here, and its thread cannot wait for another one: "
        "use `await message.averify(handler)`"
    )


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
