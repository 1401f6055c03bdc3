"""What was asked in a block, what was answered, and by which interaction?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, overload

from pypact.explain.mismatches import columns
from pypact.explain.values import cut
from pypact.masking import mask_text, secrets_of
from pypact.registry import Exchange

if TYPE_CHECKING:
    from pypact.consumer.builder import InteractionBuilder

__all__ = ["Calls", "Log"]


class Log(Protocol):
    """A log of the calls of a block, such as a registry."""

    name: str

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All calls so far, in their order."""
        ...


class Calls(Sequence[Exchange]):
    """The calls of a block, in their order, during the block and after it.

    Each call is an `Exchange`. It has the `request`, the `response`, the `interaction`
    that matched, the `error` if there was no response, and the `caller` ("file:line");
    also `method`, `path`, `status` and `description`.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...

    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return self._log.exchanges[index]

    def __len__(self) -> int:
        return len(self._log.exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._log.exchanges)

    def to(self, method: str | None = None, path: str | None = None) -> list[Exchange]:
        """Return the calls with a method and a path; None matches any."""
        upper = None if method is None else method.upper()
        return self._filter(
            lambda call: (
                (upper is None or call.method == upper)
                and (path is None or call.path == path)
            )
        )

    def of(self, interaction: str | InteractionBuilder) -> list[Exchange]:
        """Return the calls that matched an interaction, or its description."""
        if isinstance(interaction, str):
            return self._filter(lambda call: call.description == interaction)
        value = interaction.to_interaction()
        return self._filter(lambda call: call.interaction == value)

    @property
    def answered(self) -> list[Exchange]:
        """The calls that got a response."""
        return self._filter(lambda call: call.error is None)

    @property
    def failed(self) -> list[Exchange]:
        """The calls that got no response, even if the consumer swallowed the error."""
        return self._filter(lambda call: call.error is not None)

    def __repr__(self) -> str:
        head = f"{len(self)} calls of {self._log.name}"
        lines = columns([_call_cells(call) for call in self], "  ")
        secrets = (secrets_of(call.request.headers.lines()) for call in self)
        text = "\n".join([f"<{head}:" if lines else f"<{head}", *lines])
        return mask_text(text, frozenset[str]().union(*secrets)) + ">"

    def _filter(self, condition: Callable[[Exchange], bool]) -> list[Exchange]:
        return [call for call in self if condition(call)]


def _call_cells(call: Exchange) -> list[str]:
    query = call.request.query.encoded()
    target = f"{call.path}?{query}" if query else call.path
    status = "no response" if call.status is None else str(call.status)
    matched = "-" if call.description is None else f'"{cut(call.description)}"'
    return [f"{call.method} {cut(target)}", status, matched, call.caller or ""]
