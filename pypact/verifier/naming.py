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
    """Return a unique name for each case: its consumer, description and states."""
    names = [_case_name(case) for case in cases]
    count = Counter(names)
    taken = {name for name, number in count.items() if number == 1}
    return [name if count[name] == 1 else _add_number(name, taken) for name in names]


def slug(text: str) -> str:
    """Return a string in lower case, without accents, with `_` for all else.

    At most 80 characters are kept.
    """
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    word = re.sub(r"[\W_]+", "_", letters.lower()).strip("_")
    return word[:_LONGEST].rstrip("_")


def _case_name(case: Case) -> str:
    states: Sequence[str] = [state.name for state in case.interaction.states]
    parts = [case.consumer, case.interaction.description, " and ".join(states)]
    return "-".join(word for part in parts if (word := slug(part))) or "interaction"


def _add_number(name: str, taken: set[str]) -> str:
    number = 1
    while (numbered := f"{name}-{number}") in taken:
        number += 1
    taken.add(numbered)
    return numbered


_LONGEST = 80  # characters of one part of a name
