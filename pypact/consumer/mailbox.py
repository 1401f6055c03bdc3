"""Which messages of a pact has the consumer still to process?

Messages that are expected together are recorded together: a contract shall not have
those of a test that did not get through all of them. Source: the compatibility suite,
V3 message_consumer, "When not all messages are successfully processed".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from pypact.consumer.common import CommonBuilder
from pypact.model.interactions import Interaction

__all__ = ["Mailbox"]


class Mailbox:
    """The expected messages of one pact, which are recorded together.

    `stage` is called with the interactions of processed messages to record them.
    """

    def __init__(self, stage: Callable[[Sequence[Interaction]], None]) -> None:
        self._stage = stage
        self._lock = threading.Lock()
        self._waiting: list[CommonBuilder] = []
        self._processed: list[Interaction] = []
        self._spoiled: list[CommonBuilder] = []

    def expect(self, builder: CommonBuilder) -> None:
        """Add an expected message: nothing is recorded before it is processed."""
        with self._lock:
            self._waiting.append(builder)

    def succeeded(self, builder: CommonBuilder, interaction: Interaction) -> None:
        """Note a processed message; record all once none is waited for."""
        with self._lock:
            if builder in self._spoiled:
                return
            if builder in self._waiting:
                self._waiting.remove(builder)
            self._processed.append(interaction)
            if any(not waiting.is_optional for waiting in self._waiting):
                return
            processed, self._processed = self._processed, []
            self._waiting.clear()
        self._stage(processed)

    def failed(self, builder: CommonBuilder) -> None:
        """Note a failed message: none of those expected together is recorded."""
        with self._lock:
            self._spoiled = [*self._waiting, builder]
            self._waiting = []
            self._processed = []

    def drop(self) -> list[CommonBuilder]:
        """Clear all messages; return the required ones that were not processed."""
        with self._lock:
            dropped = [one for one in self._waiting if not one.is_optional]
            self._waiting, self._processed, self._spoiled = [], [], []
        return dropped
