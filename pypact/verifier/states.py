"""Which function brings the provider into this state?

Exact text wins over patterns; two patterns that fit are an error, because nothing says
which is meant.
"""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.model.json_text import Json
from pypact.verifier.state_patterns import StatePattern, outline_of, template_of

__all__ = ["FoundState", "StateFunction", "StateFunctions"]

StateFunction: TypeAlias = Callable[..., Any]
"""Sets a state up: plain, with `yield` before its teardown, or giving back a context
manager; a mapping that is returned or yielded feeds the provider-state generators."""


@dataclass(frozen=True, slots=True)
class FoundState:
    """A state function for one state, and the values of the state's text."""

    function: StateFunction
    values: Mapping[str, Json]

    @property
    def place(self) -> str:
        """The file and line where the function is defined."""
        return place_of(self.function)


class StateFunctions:
    """The registered state functions; messages have theirs, with a `noun` of their own.

    The noun is the name of the decorator as well.
    """

    def __init__(self, noun: str = "state") -> None:
        self._noun = noun
        self._by_text: dict[str, StateFunction] = {}
        self._patterns: list[StatePattern] = []

    def __bool__(self) -> bool:
        return bool(self._by_text)

    def add(self, text: str, function: StateFunction) -> None:
        """Register `function` for a text or pattern.

        Raises: InvalidExpectation for a text that is taken, or a pattern that cannot be
        understood.
        """
        if text in self._by_text:
            raise InvalidExpectation(
                f"{self._noun} {text!r} is registered twice: "
                f"{place_of(self._by_text[text])} and {place_of(function)}"
            )
        pattern = StatePattern(text, self._noun)
        self._by_text[text] = function
        if pattern.has_places:
            self._patterns.append(pattern)

    def find(self, state: ProviderState) -> FoundState:
        """Find the function for `state`.

        Raises: UnknownState with near misses and a template, InvalidExpectation when
        two patterns fit.
        """
        if state.name in self._by_text:
            return FoundState(self._by_text[state.name], {})
        fitting = [
            (pattern, values)
            for pattern in self._patterns
            if (values := pattern.values_in(state.name)) is not None
        ]
        if not fitting:
            raise UnknownState(_NoFunction(state, tuple(self._by_text), self._noun))
        if len(fitting) > 1:
            both = " and ".join(
                f"{pattern.text!r} ({place_of(self._by_text[pattern.text])})"
                for pattern, _ in fitting
            )
            raise InvalidExpectation(f"{self._noun} {state.name!r} fits {both}")
        [(pattern, values)] = fitting
        return FoundState(self._by_text[pattern.text], values)


@dataclass(frozen=True, slots=True)
class _NoFunction:
    """What is said of a state without a function, once somebody reads it."""

    state: ProviderState
    texts: tuple[str, ...]
    noun: str

    def __str__(self) -> str:
        by_outline = {outline_of(text): text for text in self.texts}
        outline = outline_of(self.state.name)
        outlines = difflib.get_close_matches(outline, by_outline, n=3)
        near = [by_outline[outline] for outline in outlines]
        name = json.dumps(self.state.name, ensure_ascii=False)
        lines = [f"no {self.noun} function for {name}"]
        if near:
            asked = " or ".join(json.dumps(text, ensure_ascii=False) for text in near)
            lines.append(f"did you mean {asked}?")
        return "\n".join([*lines, "to paste:", *_template(self.state, self.noun)])


def _template(state: ProviderState, noun: str) -> list[str]:
    text, names = template_of(state.name)
    names += [name for name in state.params if name.isidentifier()]
    parameters = ", ".join(dict.fromkeys(names))
    return [
        f"    @verifier.{noun}({json.dumps(text, ensure_ascii=False)})",
        f"    def _({parameters}): ...",
    ]


def place_of(function: StateFunction) -> str:
    """Name the file and line of a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return repr(function)
    return f"{code.co_filename}:{code.co_firstlineno}"
