"""Decide which values of a request can change the response of a provider.

Such values select the data of the response, as an id does, or its representation, as
`Accept` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pypact.masking import is_secret_name
from pypact.model.interactions import ProviderState
from pypact.model.json import Json


class StateValues:
    """The values that provider states set up, from their params and descriptions."""

    def __init__(self, states: Sequence[ProviderState]) -> None:
        self._names = {name for one in states for name in one.params}
        self._params = {
            text for one in states for text in _list_scalars(dict(one.params))
        }
        self._words = {
            word
            for one in states
            for word in _WORD.findall(one.name)
            if _is_value(word)
        }

    def is_related_to(self, place: str, value: Json) -> bool:
        """Return whether a value is or contains one of a state, as 23 in "a user 23".

        A value is also related to a param that has the name of its place.
        """
        if not self._names.isdisjoint(re.findall(r"\w+", place)[-1:]):
            return True
        for text in _list_scalars(value):
            words = {one for one in _WORD.findall(text) if _is_value(one)}
            if text in self._params or words & (self._params | self._words):
                return True
        return False


def selects_response(header: str) -> bool:
    """Return whether another value of a header leads to another response."""
    name = header.lower()
    return name.startswith(("accept", "if-")) or (
        name in _SELECTING_HEADERS or is_secret_name(name)
    )


def _list_scalars(value: Json) -> Iterator[str]:
    """Yield the strings and numbers in a JSON value, all as strings."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _list_scalars(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _list_scalars(one)
    elif value is not None and not isinstance(value, (bool, bytes)):
        yield str(value)


def _is_value(word: str) -> bool:
    """Return whether a word may be a value: it is a number, or has a capital."""
    return word.isdigit() or (len(word) > 1 and not word.islower())


_SELECTING_HEADERS = frozenset(("cookie", "expect", "prefer", "range", "te"))
_WORD = re.compile(r"[\w@.+-]*\w")
