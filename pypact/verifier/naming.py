"""By which name is one interaction asked for again?

Names are made of letters, digits and `_`, so that `-k`, node ids, shells and reports
take them as they are; a number is added only where two would be the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from pypact.verifier.results import Case

__all__ = ["names_of", "slug"]


def names_of(cases: Iterable[Case]) -> list[str]:
    """Name each case by its consumer, description and states, in the order given."""
    names = [_name(case) for case in cases]
    count = Counter(names)
    taken = {name for name, number in count.items() if number == 1}
    return [name if count[name] == 1 else _numbered(name, taken) for name in names]


def slug(text: str) -> str:
    """Make a word of a text: lower case, without accents, `_` for all else."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    word = re.sub(r"[\W_]+", "_", letters.lower()).strip("_")
    return word[:_LONGEST].rstrip("_")


def _name(case: Case) -> str:
    states: Sequence[str] = [state.name for state in case.interaction.states]
    parts = [case.consumer, case.interaction.description, " and ".join(states)]
    return "-".join(word for part in parts if (word := slug(part))) or "interaction"


def _numbered(name: str, taken: set[str]) -> str:
    number = 1
    while (numbered := f"{name}-{number}") in taken:
        number += 1
    taken.add(numbered)
    return numbered


_LONGEST = 80
