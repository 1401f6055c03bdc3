"""Define pacts, and hold the interactions that their blocks have not used yet.

Blocks, recorders, servers and the writer take these from a `Pact`.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias
from weakref import WeakSet

from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.info import PactInfo
from pypact.consumer.messages import ExpectedMessages
from pypact.errors import BlockMisuse, InvalidExpectation, PactWarning
from pypact.model.interactions import Interaction

StageFunction: TypeAlias = Callable[[PactInfo, Sequence[Interaction]], None]
"""A function that stages interactions for the contract of a pact."""


class Definitions:
    """The interactions of a pact that no block has used yet, and its open block.

    `stage` is called with the messages that the consumer has processed.
    """

    def __init__(self, pact: PactInfo, stage: StageFunction) -> None:
        self.pact = pact
        self.messages = ExpectedMessages(pact, self._stage_messages)
        self.last_calls: Any = None  # those of the block that was entered last
        self._stage = stage
        self._builders: list[InteractionBuilder] = []
        # Those with variants that were defined before any test runs, by modules.
        self.reserved: list[InteractionBuilder] = []
        self._open_block: str | None = None  # the line at which it was entered
        # The loops of each_variant() that are still in use.
        self.iterations: WeakSet[Generator[object]] = WeakSet()
        # The variants in which such loops ended early, by an error or `break`.
        self.abandoned: list[str] = []
        self._lock = threading.Lock()
        DEFINITIONS.add(self)

    def begin(self) -> InteractionBuilder:
        """Add a new HTTP interaction."""
        builder = InteractionBuilder(self.pact.version)
        builder.pact = self.pact
        with self._lock:
            self._builders.append(builder)
        return builder

    def check_finished(self) -> None:
        """Check the finished interactions; remove all of them if one is refused.

        Raises: InvalidExpectation.
        """
        try:
            for builder in self._builders:
                builder.check_response()
        except InvalidExpectation:
            self.take_all()
            raise

    def register_finished(self, register: Callable[[InteractionBuilder], None]) -> None:
        """Pass each finished interaction to `register`, then remove it.

        Another thread waits for that here, unless all of them are registered: its
        request must not be compared with some of them only.
        """
        if not self._builders:
            return
        with self._lock:
            for builder in [one for one in self._builders if one.is_finished]:
                builder.is_registered = True
                try:
                    register(builder)
                finally:
                    self._builders.remove(builder)

    def take_all(self) -> list[InteractionBuilder]:
        with self._lock:
            builders, self._builders = self._builders, []
        return builders

    def claim(self, builders: Sequence[object]) -> tuple[InteractionBuilder, ...]:
        """Remove interactions that are given to a block, and return them.

        Raises: InvalidExpectation for anything but interactions of this pact.
        """
        claimed = []
        for builder in builders:
            if not isinstance(builder, InteractionBuilder):
                raise InvalidExpectation(
                    "expected interactions, the results of pact.upon_receiving(…) or "
                    f"pact.given(…), got {builder!r}"
                )
            if builder.pact != self.pact:
                raise InvalidExpectation(
                    f"{builder!r} belongs to another pact than {self.pact.name}"
                )
            builder.is_claimed = True
            claimed.append(builder)
        with self._lock:
            self._builders = [one for one in self._builders if one not in claimed]
        return tuple(claimed)

    def take_varied(self) -> list[InteractionBuilder]:
        """Return all interactions, and remove them, if one of them has variants."""
        if any(one.list_variants() for one in self._builders):
            return self.take_all()
        return []

    def reserve_varied(self) -> None:
        """Keep interactions with variants that modules define for tests to claim them.

        Otherwise the first block of any test would use them.
        """
        with self._lock:
            varied = [one for one in self._builders if one.list_variants()]
            self._builders = [one for one in self._builders if one not in varied]
        self.reserved += varied

    def claim_reserved(self) -> tuple[InteractionBuilder, ...]:
        """Return the reserved interactions if no others are defined."""
        return () if self._builders else self.claim(self.reserved)

    def define(self, builders: Sequence[InteractionBuilder]) -> None:
        """Define interactions again that were given to a block."""
        with self._lock:
            for builder in builders:
                builder.is_registered = False
            known = self._builders
            self._builders += [one for one in builders if one not in known]

    def close_iterations(self) -> None:
        """Leave the blocks of loops over variants that were abandoned by an error."""
        for iteration in list(self.iterations):
            iteration.close()
        self.abandoned.clear()

    def restore(self, builders: Sequence[InteractionBuilder]) -> None:
        """Define interactions again, for a further run of the same test."""
        with self._lock:
            for builder in builders:
                builder.is_registered = False
            self._builders = list(builders)

    def describe_unfinished(self) -> tuple[str, ...]:
        """Describe the interactions that are not completely defined."""
        if not self._builders:
            return ()
        with self._lock:
            builders = [one for one in self._builders if not one.is_finished]
        return tuple(one.describe_unfinished() for one in builders)

    def open_block(self, place: str) -> None:
        """Note that a block was entered; raise BlockMisuse while another is open."""
        with self._lock:
            if self._open_block is not None:
                raise BlockMisuse(
                    f"{self.pact.name} is already intercepted, by the block at "
                    f"{self._open_block}"
                )
            self._open_block = place

    def close_block(self) -> None:
        self._open_block = None

    def _stage_messages(self, processed: Sequence[Interaction]) -> None:
        self._stage(self.pact, processed)


# The definitions of all pacts; the pytest plugin reports those that are
# left after a test. `messages` refers back to its owner, so that definitions stay here
# until garbage is collected, even if a test keeps no reference to its pact.
DEFINITIONS: WeakSet[Definitions] = WeakSet()


class EnterableBlock:
    """A block that notes when it is entered and left, and in which process."""

    _process = 0

    def note_entered(self, name: str, place: str) -> None:
        """Note that the block was entered; it must be left before the process exits."""
        self._process = os.getpid()
        _ENTERED[self] = name, place

    def save_state(self) -> Callable[[], None]:
        """Return a function that removes interactions and requests added since."""
        return lambda: None

    def note_left(self, error: BaseException | None = None) -> None:
        """Note that the block was left; warn if the closing of a generator left it."""
        name, place = _ENTERED.pop(self, ("", ""))
        is_closed = isinstance(error, GeneratorExit) and not sys.is_finalizing()
        if name and is_closed and not self.is_in_child:
            text = (
                f"the block of {name} that was entered at {place} was left because its "
                "generator was closed: its calls were not checked, and nothing was "
                "written"
            )
            warnings.warn(PactWarning(text), stacklevel=3)

    @property
    def is_in_child(self) -> bool:
        """Whether this process was forked by the one that entered the block."""
        return self._process != os.getpid()


def save_blocks() -> Callable[[], None]:
    """Return a function that restores the state of the blocks that are entered now."""
    restorers = [block.save_state() for block in _ENTERED]

    def restore() -> None:
        for one in restorers:
            one()

    return restore


@atexit.register
def warn_of_blocks_never_left() -> None:
    """Issue a warning for each block that this process has entered and not left."""
    for block, (name, place) in _ENTERED.items():
        if not block.is_in_child:
            text = (
                f"the block of {name} that was entered at {place} was never left: "
                "its calls were not checked, and nothing was written"
            )
            warnings.warn(PactWarning(text), stacklevel=1)


_ENTERED: dict[EnterableBlock, tuple[str, str]] = {}  # the name and line of each block
