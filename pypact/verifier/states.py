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
from keyword import iskeyword
from typing import Any, TypeAlias

from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.model.json_text import Json
from pypact.verifier.arguments import parameters_of
from pypact.verifier.state_patterns import StatePattern, outline_of, template_of

__all__ = ["FoundState", "StateFunction", "StateFunctions"]

StateFunction: TypeAlias = Callable[..., Any]
"""Sets a state up: plain, with `yield` before its teardown, or giving back a context
manager; a mapping that is returned or yielded feeds the provider-state generators."""


@dataclass(frozen=True, slots=True)
class FoundState:
    """A state function for one state, and the values of the state's text.

    A fallback whose parameters have names of their own is called by their order,
    `by_position`: which of the state, the action and the params each one gets.
    """

    function: StateFunction
    values: Mapping[str, Json]
    is_fallback: bool = False
    by_position: tuple[str, ...] | None = None

    @property
    def place(self) -> str:
        """The file and line where the function is defined."""
        return place_of(self.function)

    @property
    def has_action(self) -> bool:
        """Whether the function is called once more, to tear the state down."""
        if self.by_position is not None:
            return "action" in self.by_position
        return "action" not in self.values and "action" in _parameters(self.function)


class StateFunctions:
    """The registered state functions: of one consumer, or of all.

    Messages have theirs, with a `noun` of their own, which is the name of the decorator
    as well.
    """

    def __init__(self, noun: str = "state") -> None:
        self._noun = noun
        self._tables: dict[str | None, _Table] = {}
        self.fallback: StateFunction | None = None

    def __bool__(self) -> bool:
        return bool(self._tables) or self.fallback is not None

    def add(
        self, text: str, function: StateFunction, *, consumer: str | None = None
    ) -> None:
        """Register `function` for a text or pattern, for one consumer or for all.

        Raises: InvalidExpectation for a text that is taken, or a pattern that cannot be
        understood.
        """
        self._tables.setdefault(consumer, _Table(self._noun)).add(text, function)

    def add_all(self, states: object) -> None:
        """Register a mapping of texts to functions, or one function for all states.

        Raises: InvalidExpectation for what is neither.
        """
        if isinstance(states, Mapping):
            for text, function in states.items():
                if not isinstance(text, str) or not callable(function):
                    raise InvalidExpectation(
                        f"states={{{text!r}: {function!r}}}: wanted a text and a "
                        "function"
                    )
                self.add(text, function)
        elif callable(states):
            if self.fallback is not None:
                raise InvalidExpectation(
                    f"two functions for all states: {place_of(self.fallback)} and "
                    f"{place_of(states)}"
                )
            self.fallback = states
        else:
            raise InvalidExpectation(
                f"states={states!r} is no mapping of texts to functions, nor a function"
            )

    def find(self, state: ProviderState, consumer: str | None = None) -> FoundState:
        """Find the function for `state`, first among those for `consumer`.

        Raises: UnknownState with near misses and a template, InvalidExpectation when
        two patterns fit.
        """
        for name in dict.fromkeys((consumer, None)):
            table = self._tables.get(name)
            found = table.find(state) if table is not None else None
            if found is not None:
                return found
        # An interaction without states has nothing for a function of all states.
        is_asked = state.name or getattr(self.fallback, "takes_no_state", False)
        if self.fallback is not None and is_asked:
            order = _order(self.fallback, state)
            return FoundState(self.fallback, {}, is_fallback=True, by_position=order)
        texts = [
            text
            for name in dict.fromkeys((consumer, None))
            if name in self._tables
            for text in self._tables[name].by_text
        ]
        raise UnknownState(_NoFunction(state, tuple(texts), self._noun))


class _Table:
    """The functions of one consumer, or those for all."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self.by_text: dict[str, StateFunction] = {}
        self._patterns: list[StatePattern] = []

    def add(self, text: str, function: StateFunction) -> None:
        if text in self.by_text:
            raise InvalidExpectation(
                f"{self._noun} {text!r} is registered twice: "
                f"{place_of(self.by_text[text])} and {place_of(function)}"
            )
        pattern = StatePattern(text, self._noun)
        self.by_text[text] = function
        if pattern.has_places:
            self._patterns.append(pattern)

    def find(self, state: ProviderState) -> FoundState | None:
        if state.name in self.by_text:
            return FoundState(self.by_text[state.name], {})
        fitting = [
            (pattern, values)
            for pattern in self._patterns
            if (values := pattern.values_in(state.name)) is not None
        ]
        if not fitting:
            return None
        if len(fitting) > 1:
            both = " and ".join(
                f"{pattern.text!r} ({place_of(self.by_text[pattern.text])})"
                for pattern, _ in fitting
            )
            raise InvalidExpectation(f"{self._noun} {state.name!r} fits {both}")
        [(pattern, values)] = fitting
        return FoundState(self.by_text[pattern.text], values)


def _parameters(function: StateFunction) -> Mapping[str, inspect.Parameter]:
    try:
        return parameters_of(function)
    except (TypeError, ValueError):
        return {}


def _order(function: StateFunction, state: ProviderState) -> tuple[str, ...] | None:
    """What a function of all states gets by position; None where names tell."""
    own: tuple[str, ...] | None = getattr(function, "by_position", None)
    if own is not None:
        return own
    required = [
        parameter
        for parameter in _parameters(function).values()
        if parameter.default is parameter.empty
        and parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    known = {*_FALLBACK_NAMES, *state.params}
    if all(parameter.name in known for parameter in required):
        return None
    return _ORDERS.get(len(required))


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
    usable = (name for name in names if not iskeyword(name))
    parameters = ", ".join(dict.fromkeys(usable))
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


_FALLBACK_NAMES = ("state", "action", "params", "parameters", "interaction", "consumer")

# As pact-python hands them over.
_ORDERS = {
    1: ("state",),
    2: ("state", "params"),
    3: ("state", "action", "params"),
}
