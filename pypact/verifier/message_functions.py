"""Which function makes this message of the provider's?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.verifier.states import FoundState, StateFunctions, place_of

__all__ = ["MessageFunction", "MessageFunctions"]

MessageFunction: TypeAlias = Callable[..., Any]
"""Makes a message, or the responses to one; may be a coroutine function."""


class MessageFunctions:
    """The registered message functions."""

    def __init__(self) -> None:
        # Descriptions are looked up as states are: exact text first, then patterns.
        self._by_text = StateFunctions("message")
        self._for_all: MessageFunction | None = None

    def add(self, text: str | None, function: MessageFunction) -> None:
        """Register `function` for a description or pattern; None means all others.

        Raises: InvalidExpectation if `text` is already registered, or is not a valid
        pattern.
        """
        if text is not None:
            self._by_text.add(text, function)
        elif self._for_all is not None:
            raise InvalidExpectation(
                "the function for all messages is registered twice: "
                f"{place_of(self._for_all)} and {place_of(function)}"
            )
        else:
            self._for_all = function

    def find(self, description: str) -> FoundState:
        """Return the function for the message with this description.

        Raises: UnknownState, with similar descriptions and a template for the missing
        function; InvalidExpectation if two patterns match.
        """
        try:
            return self._by_text.find(ProviderState(description))
        except UnknownState:
            if self._for_all is None:
                raise
            return FoundState(self._for_all, {})
