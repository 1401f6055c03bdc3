"""Choose values for the places of a message that can vary.

A message is built by functions that pick a value at each of its choices. The same
functions serve hypothesis, which draws each value, and the examples of tests, for
which a seeded generator picks them. For the latter, hypothesis would take longer than
the runs of the test, and a seed would not repeat them: what it draws depends on the
modules that are loaded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Protocol, TypeAlias

from hypothesis import strategies as st

from pypact._dataclasses import dataclass

Values: TypeAlias = "st.SearchStrategy[Any]"
"""A strategy for values."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Values of one kind, such as integers.

    `edges` are the values at which programs fail most often, in the order to try them.
    `generate` returns further values, the same ones for the same seed; `make_strategy`
    returns a hypothesis strategy for all values.
    """

    edges: Sequence[Any]
    generate: Callable[[int], Sequence[Any]]
    make_strategy: Callable[[], Values]

    def map(self, function: Callable[[Any], Any], *edges: Any) -> Kind:
        """Return the kind of the function's results, with `edges` before its own."""
        return Kind(
            [*edges, *map(function, self.edges)],
            lambda seed: [*map(function, self.generate(seed))],
            lambda: _join(self.make_strategy().map(function), edges),
        )


def generate_kind(
    strategy: Values, generate: Callable[[random.Random], Any], *edges: Any
) -> Kind:
    """Return the kind of `edges` and of the values from `generate` or `strategy`."""
    return Kind(
        edges,
        partial(_generate, generate),
        lambda: _join(strategy, edges),
    )


def _join(strategy: Values, edges: Sequence[Any]) -> Values:
    # hypothesis simplifies a failure to the first strategy.
    return st.one_of(strategy, st.sampled_from(edges)) if edges else strategy


def _generate(generate: Callable[[random.Random], Any], seed: int) -> Sequence[Any]:
    source = random.Random(seed)  # noqa: S311 -- not for security
    return [generate(source) for _ in range(_GENERATED)]


def list_kind(values: Sequence[Any], *, edges: int | None = None) -> Kind:
    """Return the kind of a few values; the first `edges` of them are its edges."""
    first = values[:edges]
    rest = values[len(first) :]
    strategy = partial(st.sampled_from, values) if values else st.nothing
    return Kind(first, lambda _seed: rest, strategy)


def join_kinds(kinds: Sequence[Kind]) -> Kind:
    """Return the kind of all values of several kinds."""
    if len(kinds) == 1:
        return kinds[0]
    most = max((len(one.edges) for one in kinds), default=0)
    return Kind(
        [
            one.edges[rank]
            for rank in range(most)
            for one in kinds
            if rank < len(one.edges)
        ],
        lambda seed: [value for one in kinds for value in one.generate(seed)],
        lambda: st.one_of(*(one.make_strategy() for one in kinds)),
    )


class Choice:
    """A place whose value is the example, or another one of a kind.

    Only values for which `accepts` returns true are used.
    """

    def __init__(
        self, example: Any, kind: Kind, accepts: Callable[[Any], bool] = lambda _: True
    ) -> None:
        self.example = example
        self._kind = kind
        self._accepts = accepts

    @cached_property
    def edges(self) -> Sequence[Any]:
        """The edges of the kind that are accepted."""
        return [*filter(self._accepts, self._kind.edges)]

    @cached_property
    def strategy(self) -> Values:
        """A strategy whose simplest value is the example."""
        others = self._kind.make_strategy().filter(self._accepts)
        return st.one_of(st.just(self.example), others)

    def list_others(self, seed: int) -> Sequence[Any]:
        """Return the generated values that are accepted."""
        return [*filter(self._accepts, self._kind.generate(seed))]


class Source(Protocol):
    """An object that picks the value of each choice."""

    def pick(self, choice: Choice) -> Any:
        """Return the value for a choice."""


MakeValue: TypeAlias = Callable[[Source], Any]
"""A function that builds a value from the values that a source picks."""


def keep(value: Any) -> MakeValue:
    """Return a function that always returns `value`."""
    return lambda _source: value


def pick(choice: Choice) -> MakeValue:
    """Return a function that returns the value of one choice."""
    return lambda source: source.pick(choice)


def apply(function: Callable[[Any], Any], make: MakeValue) -> MakeValue:
    """Return a function that builds a value and applies `function` to it."""
    return lambda source: function(make(source))


class DrawnSource:
    """A source of values that hypothesis draws with `draw`."""

    def __init__(self, draw: Callable[[Values], Any]) -> None:
        self._draw = draw

    def pick(self, choice: Choice) -> Any:
        return self._draw(choice.strategy)


class EdgeSource:
    """A source of examples, and of the values in `edges`; it records the choices."""

    def __init__(self, edges: Mapping[Choice, Any]) -> None:
        self._edges = edges
        self.choices: dict[Choice, None] = {}

    def pick(self, choice: Choice) -> Any:
        self.choices[choice] = None
        return self._edges.get(choice, choice.example)


class RandomSource:
    """A source of random values at some choices, and of examples at the others.

    `share` is the share of the choices that get another value than the example.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 -- not for security
        self._others: dict[Choice, Sequence[Any]] = {}
        self.share = 0.5

    def pick(self, choice: Choice) -> Any:
        if self._random.random() >= self.share:
            return choice.example
        values = choice.edges
        if not values or self._random.random() < _OTHERS:
            values = self._list_others(choice) or values
        if not values:
            return choice.example
        return values[int(self._random.random() * len(values))]

    def _list_others(self, choice: Choice) -> Sequence[Any]:
        values = self._others.get(choice)
        if values is None:
            values = self._others[choice] = choice.list_others(self._seed)
        return values


_GENERATED = 16
_OTHERS = 0.6
"""The share of picked values that are not edges."""
