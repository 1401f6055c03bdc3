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
    """Where calls are remembered: a registry is one."""

    name: str

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All calls so far, in their order."""
        ...


class Calls(Sequence[Exchange]):
    """The calls of a block, in their order, as long as the block lives and after it.

    Each is an `Exchange`: `request`, `response`, the `interaction` that answered,
    `error` where there was no answer, and `caller` ("file:line"); besides `method`,
    `path`, `status` and `description`.
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
        """Those of a method, to a path; None takes every one."""
        wanted = None if method is None else method.upper()
        return self._those(
            lambda call: (
                (wanted is None or call.method == wanted)
                and (path is None or call.path == path)
            )
        )

    def of(self, interaction: str | InteractionBuilder) -> list[Exchange]:
        """Those that an interaction answered, given as its description or itself."""
        if isinstance(interaction, str):
            return self._those(lambda call: call.description == interaction)
        meant = interaction.to_interaction()
        return self._those(lambda call: call.interaction == meant)

    @property
    def answered(self) -> list[Exchange]:
        """Those that got an answer."""
        return self._those(lambda call: call.error is None)

    @property
    def failed(self) -> list[Exchange]:
        """Those that got none, also where the consumer swallowed the error."""
        return self._those(lambda call: call.error is not None)

    def __repr__(self) -> str:
        head = f"{len(self)} calls of {self._log.name}"
        lines = columns([_cells(call) for call in self], "  ")
        secrets = (secrets_of(call.request.headers.lines()) for call in self)
        text = "\n".join([f"<{head}:" if lines else f"<{head}", *lines])
        return mask_text(text, frozenset[str]().union(*secrets)) + ">"

    def _those(self, wanted: Callable[[Exchange], bool]) -> list[Exchange]:
        return [call for call in self if wanted(call)]


def _cells(call: Exchange) -> list[str]:
    query = call.request.query.encoded()
    target = f"{call.path}?{query}" if query else call.path
    answer = "no answer" if call.status is None else str(call.status)
    meant = "-" if call.description is None else f'"{cut(call.description)}"'
    return [f"{call.method} {cut(target)}", answer, meant, call.caller or ""]
