"""Which values does a state's text carry, by the pattern of a state function?

`{name}`, `{id:int}`, `{x:float}` and `{w:word}` stand for values; braces that hold no
identifier are literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pypact.errors import InvalidExpectation
from pypact.model.json_text import Json

__all__ = ["StatePattern", "outline_of", "template_of"]


class StatePattern:
    """A state name with placeholders for values, such as "user {id:int} exists"."""

    def __init__(self, text: str, noun: str = "state") -> None:
        self.text = text
        self._noun = noun
        self._types: dict[str, str] = {}
        parts = []
        position = 0
        for found in _PLACE.finditer(text):
            parts.append(re.escape(text[position : found.start()]))
            parts.append(self._group_for(found["name"], found["type"] or "text"))
            position = found.end()
        parts.append(re.escape(text[position:]))
        self._regex = re.compile("".join(parts), re.DOTALL)

    @property
    def has_places(self) -> bool:
        return bool(self._types)

    def values_in(self, state: str) -> Mapping[str, Json] | None:
        """Return the values at the placeholders, or None if `state` does not match."""
        found = self._regex.fullmatch(state)
        if found is None:
            return None
        return {
            name: CONVERTERS[self._types[name]][1](text)
            for name, text in found.groupdict().items()
        }

    def _group_for(self, name: str, type_name: str) -> str:
        if type_name not in CONVERTERS:
            known = ", ".join(CONVERTERS)
            raise InvalidExpectation(
                f"{self._noun} {self.text!r}: {{{name}:{type_name}}} has an unknown "
                f"type; the known types are {known}"
            )
        if name in self._types:
            raise InvalidExpectation(
                f"{self._noun} {self.text!r} has the placeholder {{{name}}} twice"
            )
        self._types[name] = type_name
        return f"(?P<{name}>{CONVERTERS[type_name][0]})"


def template_of(state: str) -> tuple[str, list[str]]:
    """Suggest a pattern for a state name: whole numbers become placeholders.

    Returns the pattern and the names of its placeholders.
    """
    names: list[str] = []

    def place(_: re.Match[str]) -> str:
        names.append("id" if not names else f"id{len(names) + 1}")
        return f"{{{names[-1]}:int}}"

    return _WHOLE_NUMBER.sub(place, state), names


def outline_of(text: str) -> str:
    """Reduce a state name or pattern to a form in which similar ones are equal."""
    return _WHOLE_NUMBER.sub("{}", _PLACE.sub("{}", text)).lower()


_PLACE = re.compile(r"\{(?P<name>[^\W\d]\w*)(:(?P<type>[^\W\d]\w*))?\}")
_WHOLE_NUMBER = re.compile(r"(?<![\w.{-])[0-9]+(?![\w.}])")

CONVERTERS: dict[str, tuple[str, Callable[[str], Json]]] = {
    "text": (".+?", str),
    "int": ("[-+]?[0-9]+", int),
    "float": (r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", float),
    "word": (r"\w+", str),
}
