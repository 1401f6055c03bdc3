"""Write contracts as the text of pact files.

Keys are sorted, the indentation is two spaces, non-ASCII characters are not escaped,
and the file ends with a newline, so that equal contracts have equal bytes everywhere.

Source: semantics section 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pypact.formats.form import Form
from pypact.formats.pact import head, listed, write_interaction
from pypact.model.contract import Contract
from pypact.model.interactions import Interaction
from pypact.model.json_text import compact, pretty

__all__ = ["Texts", "contract_text"]


@dataclass(slots=True)
class Texts:
    """A cache of the JSON of interactions in one specification version."""

    form: Form
    _known: dict[int, tuple[Interaction, str]] = field(default_factory=dict)

    def of(self, interaction: Interaction, *, lossy: bool) -> str:
        """Return the JSON of an interaction; empty if all of it is left out."""
        # Looked up by `id`: the entry keeps the interaction alive, so that no other
        # object can get the same `id`.
        entry = self._known.get(id(interaction))
        if entry is None:
            data = write_interaction(interaction, self.form, lossy=lossy)
            text = pretty(data, sort_keys=True) if data else ""
            entry = self._known[id(interaction)] = interaction, _indent(text, 2)
        return entry[1]

    def keep_only(self, contract: Contract) -> None:
        """Remove the interactions that are not in `contract`."""
        present = {id(interaction) for interaction in contract.interactions}
        self._known = {
            number: entry for number, entry in self._known.items() if number in present
        }


def contract_text(contract: Contract, texts: Texts, *, lossy: bool = False) -> str:
    """Return the text of the pact file of a contract.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    top = head(contract, texts.form, lossy=lossy)
    items: dict[str, list[str]] = {name: [] for name in top if top[name] == []}
    for member, interaction in listed(contract, texts.form, lossy=lossy):
        if text := texts.of(interaction, lossy=lossy):
            items[member].append(text)
    members = [
        f"  {compact(name)}: "
        + (
            _join_items(items[name])
            if name in items
            else _indent(_dump_sorted(top[name]), 1)
        )
        for name in sorted(top)
    ]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _dump_sorted(value: object) -> str:
    return pretty(value, sort_keys=True)


def _join_items(items: list[str]) -> str:
    return "[\n    " + ",\n    ".join(items) + "\n  ]" if items else "[]"


def _indent(text: str, depth: int) -> str:
    # Newlines inside JSON strings are escaped: each one here belongs to the layout.
    return text.replace("\n", "\n" + "  " * depth)
