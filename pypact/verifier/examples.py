"""Give state functions the example that an interaction expects in response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation
from pypact.model.http import Headers, Response, get_sent_body
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SyncMessage,
)
from pypact.model.json import Json, decimals_to_floats


@dataclass(frozen=True, slots=True)
class ExpectedExample:
    """The example that an interaction expects of the provider.

    It is the response of an HTTP interaction, the message of a one-way message, or the
    first response of a synchronous message; `others` are its further responses.
    """

    _part: Response | Message
    others: tuple[ExpectedExample, ...] = ()

    @property
    def status(self) -> int | None:
        """The status code, or None for a message."""
        return self._part.status if isinstance(self._part, Response) else None

    @property
    def headers(self) -> Headers:
        """The headers; a message has none."""
        return self._part.headers if isinstance(self._part, Response) else Headers()

    @property
    def metadata(self) -> Mapping[str, Json]:
        """The metadata of a message; a response has none."""
        if isinstance(self._part, Response):
            return {}
        found: dict[str, Json] = decimals_to_floats(dict(self._part.metadata))
        return found

    @property
    def content(self) -> bytes:
        """The body or contents as bytes, empty if there are none."""
        if isinstance(self._part, Response):
            declared = self._part.headers.first("content-type")
            return get_sent_body(self._part.body, declared).content
        return get_sent_body(self._part.contents, self._part.declared_type).content

    @property
    def text(self) -> str:
        """The body or contents decoded as UTF-8.

        Raises: UnicodeDecodeError if they are not valid UTF-8.
        """
        return self.content.decode()

    @property
    def json(self) -> Any:
        """The body or contents parsed as JSON, a new value at each access.

        Raises: InvalidExpectation if they are not valid JSON.
        """
        try:
            return json.loads(self.content)
        except ValueError as error:
            what = "is not JSON" if self.content else "is empty"
            raise InvalidExpectation(
                f"expected.json: the body that the interaction expects {what}: {error}"
            ) from error


def find_example(interaction: Interaction) -> ExpectedExample | None:
    """Return the example that an interaction expects; None if its type is unknown."""
    if isinstance(interaction, HttpInteraction):
        return ExpectedExample(interaction.response)
    if isinstance(interaction, AsyncMessage):
        return ExpectedExample(interaction.message)
    if isinstance(interaction, SyncMessage) and interaction.responses:
        first, *others = map(ExpectedExample, interaction.responses)
        return ExpectedExample(first._part, tuple(others))  # noqa: SLF001 -- the same file
    return None
