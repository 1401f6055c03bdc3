"""Record which interactions responded, and change what they respond.

Blocks and messages pass what the consumer gets through a function of this module while
tests are rerun: see `_process.STATE`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pypact._process import STATE
from pypact.model.json import dump_json

if TYPE_CHECKING:
    from pypact.consumer.info import PactInfo
    from pypact.fields.parts import Mutation, Part
    from pypact.model.interactions import Interaction, VariantOrigin

    _Part = TypeVar("_Part", bound=Part)

InteractionKey: TypeAlias = tuple[str, str, str, str]
"""Consumer, provider, description and provider states of an interaction."""


def get_key(pact: PactInfo, interaction: Interaction) -> InteractionKey:
    """Return what identifies an interaction in all tests of a session."""
    return _make_key(pact, interaction)


def get_declared_key(pact: PactInfo, interaction: Interaction) -> InteractionKey:
    """Return the key of the declared interaction, which all its variants share."""
    return _make_key(pact, interaction.variant or interaction)


def _make_key(pact: PactInfo, one: Interaction | VariantOrigin) -> InteractionKey:
    states = "; ".join(
        f"{state.name} {dump_json(dict(state.params))}" if state.params else state.name
        for state in one.states
    )
    return pact.consumer, pact.provider, one.description, states


@contextlib.contextmanager
def changing_responses(
    change: Callable[[PactInfo, Interaction, Any, int], Part], *, is_rerun: bool = True
) -> Iterator[None]:
    """Pass the responses of all blocks, and all messages, through a function.

    Unless `is_rerun`, the test may run again with other examples inside of the block.
    """
    before = STATE.change_response, STATE.is_rerun
    STATE.change_response, STATE.is_rerun = change, is_rerun
    try:
        yield
    finally:
        STATE.change_response, STATE.is_rerun = before


class Recorder:
    """A record of the interactions that responded, and how often each did.

    `outer` is a function that also changes the responses, such as another recorder's.
    """

    def __init__(self, outer: Callable[..., Any] | None = None) -> None:
        self._outer = outer
        self.used: dict[InteractionKey, Interaction] = {}
        self.declared: dict[InteractionKey, InteractionKey] = {}
        self.count = 0

    def change(
        self, pact: PactInfo, interaction: Interaction, part: _Part, index: int = 0
    ) -> _Part:
        """Record the interaction, and return the part as `outer` changes it."""
        self.count += 1
        key = get_key(pact, interaction)
        if key not in self.used:
            self.used[key] = interaction
            self.declared[key] = get_declared_key(pact, interaction)
        if self._outer is None:
            return part
        changed: _Part = self._outer(pact, interaction, part, index)
        return changed


class Mutator:
    """Applies a mutation to the responses of one interaction.

    `index` is the number of the response message. After `limit` responses further
    requests raise an error: a client that polls until a field has a certain value would
    otherwise never end.
    """

    def __init__(
        self, key: InteractionKey, mutation: Mutation, limit: int, index: int = 0
    ) -> None:
        self._key = key
        self._mutation = mutation
        self._remaining = limit
        self._index = index
        self.was_applied = False

    def change(
        self, pact: PactInfo, interaction: Interaction, part: Part, index: int = 0
    ) -> Part:
        """Return the part, changed if it belongs to the mutated interaction.

        Raises: ConnectionError after too many requests.
        """
        self._remaining -= 1
        if self._remaining < 0:
            raise ConnectionError("too many requests while a field is mutated")
        if index != self._index or get_key(pact, interaction) != self._key:
            return part
        self.was_applied = True
        return self._mutation.apply(part)
