"""Which function makes this message of the provider's?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.verifier.states import FoundState, StateFunctions, place_of

__all__ = ["MessageFunction", "MessageFunctions"]

MessageFunction: TypeAlias = Callable[..., Any]
"""Makes a message, or the answers to one; plain or a coroutine function."""


class MessageFunctions:
    """The registered message functions."""

    def __init__(self) -> None:
        # A description is found as a state is: exact text first, then patterns.
        self._by_text = StateFunctions("message")
        self._for_all: MessageFunction | None = None

    def add(self, text: str | None, function: MessageFunction) -> None:
        """Register `function` for a text or pattern, or for all other messages.

        Raises: InvalidExpectation for a text that is taken, or a pattern that cannot
        be understood.
        """
        if text is not None:
            self._by_text.add(text, function)
        elif self._for_all is not None:
            raise InvalidExpectation(
                f"all messages are registered twice: {place_of(self._for_all)} and "
                f"{place_of(function)}"
            )
        else:
            self._for_all = function

    def find(self, description: str) -> FoundState:
        """Find the function for the message of this description.

        Raises: UnknownState with near misses and a template, InvalidExpectation when
        two patterns fit.
        """
        try:
            return self._by_text.find(ProviderState(description))
        except UnknownState:
            if self._for_all is None:
                raise
            return FoundState(self._for_all, {})
