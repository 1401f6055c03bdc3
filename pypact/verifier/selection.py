"""Select the interactions to verify, and name them for test ids.

Descriptions and states are searched as regular expressions; an empty state selects
interactions without states. Names consist of letters, digits, `_` and `-`, so that
`-k`, node ids, shells and reports accept them unchanged; a number is added only to
equal names.

Source: docs/internals/specification.md, "13.5 Pending, comments, filters, emptiness".
"""

from __future__ import annotations

import inspect
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypedDict, TypeVar

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation
from pypact.verifier.results import Case

_Method = TypeVar("_Method", bound=Callable[..., Any])


def name_cases(cases: Iterable[Case]) -> list[str]:
    """Return a unique name for each case: its consumer, description and states."""
    names = [_name_case(case) for case in cases]
    count = Counter(names)
    taken = {name for name, number in count.items() if number == 1}
    return [name if count[name] == 1 else _add_number(name, taken) for name in names]


def slugify(text: str) -> str:
    """Return at most 80 characters in lower case, without accents, `_` for all else."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(one for one in decomposed if not unicodedata.combining(one))
    word = re.sub(r"[\W_]+", "_", letters.lower()).strip("_")
    return word[:_LONGEST].rstrip("_")


def _name_case(case: Case) -> str:
    states = " and ".join(state.name for state in case.interaction.states)
    parts = [case.consumer, case.interaction.description, states]
    return "-".join(word for part in parts if (word := slugify(part))) or "interaction"


def _add_number(name: str, taken: set[str]) -> str:
    number = 1
    while (numbered := f"{name}-{number}") in taken:
        number += 1
    taken.add(numbered)
    return numbered


_LONGEST = 80  # characters of one part of a name


class Criteria(TypedDict, total=False):
    """The selecting keyword arguments of a verifier, as in `make_selection`."""

    consumer: str | Collection[str] | None
    description: str | None
    state: str | None
    no_state: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Criteria for the interactions to verify; an interaction must meet all of them."""

    consumers: Collection[str] | None = None
    description: str | None = None
    state: str | None = None
    no_state: bool = False

    def __str__(self) -> str:
        parts = []
        if self.consumers is not None:
            parts.append(f"consumer {' or '.join(map(repr, self.consumers))}")
        if self.description is not None:
            parts.append(f"description {self.description!r}")
        if self.state:
            parts.append(f"state {self.state!r}")
        if self.no_state or self.state == "":
            parts.append("no state")
        return ", ".join(parts)

    def includes(self, case: Case) -> bool:
        """Return whether `case` meets the criteria."""
        if self.consumers is not None and case.consumer not in self.consumers:
            return False
        text = case.interaction.description
        if self.description is not None and not re.search(self.description, text):
            return False
        return self._includes_states([state.name for state in case.interaction.states])

    def split(self, cases: Iterable[Case]) -> Selected:
        """Split `cases` into those to verify and those left out."""
        chosen: list[Case] = []
        left_out: list[Case] = []
        if self == _EVERYTHING:
            return Selected(tuple(cases))
        for case in cases:
            (chosen if self.includes(case) else left_out).append(case)
        return Selected(tuple(chosen), tuple(left_out), str(self))

    def _includes_states(self, names: list[str]) -> bool:
        # `state` and `no_state` together mean either: no interaction can meet both.
        pattern = self.state
        if self.no_state or pattern == "":
            return not names or bool(pattern and _matches_any(pattern, names))
        return pattern is None or _matches_any(pattern, names)


_EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Selected:
    """The interactions that a selection chose and left out.

    `criteria` describes the selection in words; it is "" if everything is selected.
    """

    cases: tuple[Case, ...]
    left_out: tuple[Case, ...] = ()
    criteria: str = ""


def make_selection(
    *,
    consumer: str | Collection[str] | None = None,
    description: str | None = None,
    state: str | None = None,
    no_state: bool = False,
) -> Selection:
    """Return the selection for these criteria, and for Pact's environment variables.

    `PACT_DESCRIPTION`, `PACT_PROVIDER_STATE` and `PACT_PROVIDER_NO_STATE` apply where
    the description or the state is not given.

    Raises: InvalidExpectation if a pattern is not a valid regular expression.
    """
    if description is None:
        description = os.environ.get("PACT_DESCRIPTION") or None
    if state is None and not no_state:
        state = os.environ.get("PACT_PROVIDER_STATE") or None
        no_state = os.environ.get("PACT_PROVIDER_NO_STATE", "").lower() == "true"
    _refuse_bad_pattern("description", description)
    _refuse_bad_pattern("state", state)
    names = (consumer,) if isinstance(consumer, str) else consumer
    return Selection(names, description, state, no_state)


def show_criteria(method: _Method) -> _Method:
    """Put the criteria into the signature of a method that takes `**criteria`.

    `help()`, documentation tools and interactive shells show them from there.
    """
    signature = inspect.signature(method)
    parameters = list(signature.parameters.values())[:-1]
    number = sum(one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters)
    parameters[number:number] = inspect.signature(make_selection).parameters.values()
    shown = signature.replace(parameters=parameters)
    method.__signature__ = shown  # type: ignore[attr-defined]  # read by `inspect`
    return method


def _refuse_bad_pattern(name: str, pattern: str | None) -> None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise InvalidExpectation(
            f"{name}={pattern!r} is not a valid regular expression: {error}"
        ) from error


def _matches_any(pattern: str, names: Iterable[str]) -> bool:
    return any(re.search(pattern, name) for name in names)
