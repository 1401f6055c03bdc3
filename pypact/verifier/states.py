"""Find the function for a provider state, by exact name or by pattern.

An exact name takes precedence over patterns; two matching patterns are an error,
because it is ambiguous which one is meant. In a pattern, `{name}`, `{id:int}`,
`{x:float}` and `{w:word}` are placeholders for values; braces without an identifier are
literal.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from keyword import iskeyword
from typing import Any, NamedTuple, TypeAlias

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.model.json import Json
from pypact.verifier.flow import read_parameters


class StatePattern:
    """A state name with placeholders for values, such as "user {id:int} exists"."""

    def __init__(self, text: str, noun: str = "state") -> None:
        self.text = text
        self._noun = noun
        self.types: dict[str, str] = {}
        # By turns literal text, the name of a placeholder, and its type or None.
        parts = _PLACEHOLDER.split(text)
        groups = [*map(self._build_group, parts[1::3], parts[2::3]), ""]
        regex = ""
        for literal, group in zip(parts[::3], groups, strict=True):
            regex += re.escape(literal) + group
        self._regex = re.compile(regex, re.DOTALL)

    def read_values(self, state: str) -> Mapping[str, Json] | None:
        """Return the values at the placeholders, or None if `state` does not match."""
        match = self._regex.fullmatch(state)
        if match is None:
            return None
        return {
            name: _CONVERTERS[self.types[name]][1](text)
            for name, text in match.groupdict().items()
        }

    def _build_group(self, name: str, given_type: str | None) -> str:
        type_name = given_type or "text"
        if type_name not in _CONVERTERS:
            known = ", ".join(_CONVERTERS)
            raise InvalidExpectation(
                f"{self._noun} {self.text!r}: {{{name}:{type_name}}} has an unknown "
                f"type; the known types are {known}"
            )
        if name in self.types:
            raise InvalidExpectation(
                f"{self._noun} {self.text!r} has the placeholder {{{name}}} twice"
            )
        self.types[name] = type_name
        return f"(?P<{name}>{_CONVERTERS[type_name][0]})"


def _reduce_to_outline(text: str) -> str:
    """Reduce a state name or pattern to a form in which similar ones are equal."""
    return _WHOLE_NUMBER.sub("{}", _PLACEHOLDER.sub("{}", text)).lower()


_PLACEHOLDER = compile_later(r"\{([^\W\d]\w*)(?::([^\W\d]\w*))?\}")
_WHOLE_NUMBER = compile_later(r"(?<![\w.{-])[0-9]+(?![\w.}])")

_CONVERTERS: dict[str, tuple[str, Callable[[str], Json]]] = {
    "text": (".+?", str),
    "int": ("[-+]?[0-9]+", int),
    "float": (r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", float),
    "word": (r"\w+", str),
}


StateFunction: TypeAlias = Callable[..., Any]
"""A function that sets up a provider state.

It may be a plain or a coroutine function, may have a `yield` before its teardown, or
return a context manager. A mapping that it returns or yields provides values for the
provider state generators.
"""


@dataclass(frozen=True, slots=True)
class FoundFunction:
    """The function for one name, and the values at the pattern's placeholders.

    A function for all states whose parameters have unknown names is called with
    positional arguments: `by_position` names the argument for each position ("state",
    "action" or "params").
    """

    function: StateFunction
    values: Mapping[str, Json]
    is_fallback: bool = False
    by_position: tuple[str, ...] | None = None

    @property
    def place(self) -> str:
        """The file and line where the function is defined."""
        return locate_function(self.function)

    @property
    def has_action(self) -> bool:
        """Whether the function is called again, with the action "teardown"."""
        if self.by_position is not None:
            return "action" in self.by_position
        return "action" not in self.values and "action" in _get_parameters(
            self.function
        )


class StateFunctions:
    """The registered state functions, for one consumer or for all.

    Message functions are looked up in the same way: `noun` is "state" or "message", for
    error texts and as the name of the decorator.
    """

    def __init__(self, noun: str = "state") -> None:
        self._noun = noun
        self._tables: dict[str | None, _Table] = {}
        self._fallback: _Fallback | None = None

    def __bool__(self) -> bool:
        return bool(self._tables) or self._fallback is not None

    def add(
        self, text: str, function: StateFunction, *, consumer: str | None = None
    ) -> None:
        """Register `function` for a name or pattern, for one consumer or for all."""
        self._tables.setdefault(consumer, _Table(self._noun)).add(text, function)

    def add_all(self, states: object) -> None:
        """Register a mapping of state names to functions, or a function for all."""
        if isinstance(states, Mapping):
            for text, function in states.items():
                if not isinstance(text, str) or not callable(function):
                    raise InvalidExpectation(
                        f"states={{{text!r}: {function!r}}}: expected a string and a "
                        "function"
                    )
                self.add(text, function)
        elif callable(states):
            self.set_fallback(states)
        else:
            raise InvalidExpectation(
                f"states={states!r}: expected a function or a mapping of state names "
                "to functions"
            )

    def add_missing(self, others: StateFunctions) -> None:
        """Register the functions of `others` whose names have no function here."""
        for consumer, table in others._tables.items():
            own = self._tables.setdefault(consumer, _Table(self._noun))
            for text, function in table.by_text.items():
                if text not in own.by_text:
                    own.add(text, function)
        if self._fallback is None:
            self._fallback = others._fallback

    def set_fallback(
        self,
        function: StateFunction,
        *,
        by_position: tuple[str, ...] | None = None,
        takes_empty_name: bool = False,
    ) -> None:
        """Register the function for all names without a function of their own.

        `by_position` names its positional arguments; None derives them from its
        parameters. The empty name of an interaction without states is passed to the
        function only with `takes_empty_name`.
        """
        if self._fallback is not None:
            raise InvalidExpectation(
                f"the function for all {self._noun}s is registered twice: "
                f"{locate_function(self._fallback.function)} and "
                f"{locate_function(function)}"
            )
        self._fallback = _Fallback(function, by_position, takes_empty_name)

    def find(self, state: ProviderState, consumer: str | None = None) -> FoundFunction:
        """Return the function for `state`, first among those for `consumer`.

        Raises: UnknownState, with similar names and a template for the missing
        function; InvalidExpectation if two patterns match.
        """
        names = dict.fromkeys((consumer, None))
        tables = [self._tables[name] for name in names if name in self._tables]
        for table in tables:
            found = table.find(state)
            if found is not None:
                return found
        fallback = self._fallback
        if fallback is not None and (state.name or fallback.takes_empty_name):
            function, order, _ = fallback
            order = order or _find_order(function, state)
            return FoundFunction(function, {}, is_fallback=True, by_position=order)
        texts = tuple(text for table in tables for text in table.by_text)
        raise UnknownState(_UnknownStateText(state, texts, self._noun))


class _Fallback(NamedTuple):
    function: StateFunction
    by_position: tuple[str, ...] | None
    takes_empty_name: bool


class _Table:
    """The functions for one consumer, or for all consumers."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self.by_text: dict[str, StateFunction] = {}
        self._patterns: list[StatePattern] = []

    def add(self, text: str, function: StateFunction) -> None:
        if text in self.by_text:
            raise InvalidExpectation(
                f"{self._noun} {text!r} is registered twice: "
                f"{locate_function(self.by_text[text])} and {locate_function(function)}"
            )
        pattern = StatePattern(text, self._noun)
        self.by_text[text] = function
        if pattern.types:
            self._patterns.append(pattern)

    def find(self, state: ProviderState) -> FoundFunction | None:
        if state.name in self.by_text:
            return FoundFunction(self.by_text[state.name], {})
        matching = [
            (pattern, values)
            for pattern in self._patterns
            if (values := pattern.read_values(state.name)) is not None
        ]
        if not matching:
            return None
        if len(matching) > 1:
            both = " and ".join(
                f"{pattern.text!r} ({locate_function(self.by_text[pattern.text])})"
                for pattern, _ in matching
            )
            raise InvalidExpectation(
                f"{self._noun} {state.name!r} matches several patterns: {both}"
            )
        [(pattern, values)] = matching
        return FoundFunction(self.by_text[pattern.text], values)


def _get_parameters(function: StateFunction) -> Mapping[str, inspect.Parameter]:
    try:
        return read_parameters(function)
    except (TypeError, ValueError):
        return {}


def _find_order(
    function: StateFunction, state: ProviderState
) -> tuple[str, ...] | None:
    """Return the names of a fallback function's positional arguments.

    None if all its parameters have known names, so that it is called by name.
    """
    required = [
        parameter
        for parameter in _get_parameters(function).values()
        if parameter.default is parameter.empty
        and parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    known = {*_FALLBACK_NAMES, *state.params}
    if all(parameter.name in known for parameter in required):
        return None
    return _ORDERS.get(len(required))


@dataclass(frozen=True, slots=True)
class _UnknownStateText:
    """The error text for a state without a function, built only when it is shown."""

    state: ProviderState
    texts: tuple[str, ...]
    noun: str

    def __str__(self) -> str:
        by_outline = {_reduce_to_outline(text): text for text in self.texts}
        outline = _reduce_to_outline(self.state.name)
        outlines = difflib.get_close_matches(outline, by_outline, n=3)
        near = [by_outline[outline] for outline in outlines]
        name = json.dumps(self.state.name, ensure_ascii=False)
        lines = [f"no {self.noun} function for {name}"]
        if near:
            names = " or ".join(json.dumps(text, ensure_ascii=False) for text in near)
            lines.append(f"did you mean {names}?")
        template = (f"    {line}" for line in write_template(self.state, self.noun))
        return "\n".join([*lines, "add this function:", *template])


def write_template(state: ProviderState, noun: str = "state") -> list[str]:
    """Return the lines of a function; whole numbers become placeholders."""
    names: list[str] = []

    def add_placeholder(_: re.Match[str]) -> str:
        names.append("id" if not names else f"id{len(names) + 1}")
        return f"{{{names[-1]}:int}}"

    pattern = _WHOLE_NUMBER.sub(add_placeholder, state.name)
    names += [name for name in state.params if name.isidentifier()]
    usable = (name for name in names if not iskeyword(name))
    parameters = ", ".join(dict.fromkeys(usable))
    return [
        f"@verifier.{noun}({json.dumps(pattern, ensure_ascii=False)})",
        f"def _({parameters}): ...",
    ]


def locate_function(function: StateFunction) -> str:
    """Return the file and line of a function as "file:line"."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return repr(function)
    return f"{code.co_filename}:{code.co_firstlineno}"


_FALLBACK_NAMES = (
    "state",
    "action",
    "params",
    "parameters",
    "interaction",
    "consumer",
    "expected",
)

# The order in which pact-python passes them, by the number of parameters.
_ORDERS = {1: ("state",), 2: ("state", "params"), 3: ("state", "action", "params")}
