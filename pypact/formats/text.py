"""Which text does a contract have as a pact file?

Keys sorted, two blanks of indentation, UTF-8 unescaped, and a newline at the end, so
that the same contract has the same bytes wherever it is written.

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
    """The texts of interactions that were already written in one form."""

    form: Form
    _known: dict[int, tuple[Interaction, str]] = field(default_factory=dict)

    def of(self, interaction: Interaction, *, lossy: bool) -> str:
        """The text of an interaction, empty where all of it is lost."""
        # Found by identity: the pair keeps the interaction alive, so that no other
        # object can have its number.
        known = self._known.get(id(interaction))
        if known is None:
            data = write_interaction(interaction, self.form, lossy=lossy)
            text = pretty(data, sort_keys=True) if data else ""
            known = self._known[id(interaction)] = interaction, _deeper(text, 2)
        return known[1]

    def keep_only(self, contract: Contract) -> None:
        """Forget what is not in `contract`."""
        present = {id(interaction) for interaction in contract.interactions}
        self._known = {
            number: known for number, known in self._known.items() if number in present
        }


def contract_text(contract: Contract, texts: Texts, *, lossy: bool = False) -> str:
    """Write a contract as the text of a pact file.

    Raises: NotExpressible, unless `lossy`: then each loss is a `LossWarning`.
    """
    top = head(contract, texts.form, lossy=lossy)
    items: dict[str, list[str]] = {name: [] for name in top if top[name] == []}
    for member, interaction in listed(contract, texts.form, lossy=lossy):
        if text := texts.of(interaction, lossy=lossy):
            items[member].append(text)
    members = [
        f"  {compact(name)}: "
        + (_list(items[name]) if name in items else _deeper(_sorted(top[name]), 1))
        for name in sorted(top)
    ]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _sorted(value: object) -> str:
    return pretty(value, sort_keys=True)


def _list(items: list[str]) -> str:
    return "[\n    " + ",\n    ".join(items) + "\n  ]" if items else "[]"


def _deeper(text: str, depth: int) -> str:
    # A newline inside a JSON string is escaped: each one here is of the layout.
    return text.replace("\n", "\n" + "  " * depth)
