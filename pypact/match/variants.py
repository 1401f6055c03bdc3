"""Declare values that have one of several shapes, and select one shape of each.

A contract has one interaction for each variant, because a matching rule cannot express
that a value may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, TypeAlias

from pypact.errors import InvalidExpectation, PactError
from pypact.match.nodes import Matcher, unwrap_example
from pypact.model.json import Json


class Absent:
    """The type of `absent`."""

    def __repr__(self) -> str:
        return "match.absent"


absent: Final = Absent()
"""An option of `one_of`: the member, header, query parameter or item is left out."""


class ChoiceFoundError(PactError):
    """An error for a choice in a value of which a single example is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """A value that has one of several shapes; `name` overrides the name of its key."""

    options: tuple[Json, ...]
    name: str | None = None


Variant: TypeAlias = Mapping[str, str]
"""The label of the selected option, by the name of the choice."""


def one_of(*options: Json, name: str | None = None) -> OneOf:
    """Declare a value that has one of several shapes; the test runs once for each.

    Options are matchers, plain values, None for null, and `absent`. Each becomes an
    interaction of its own in the contract. `any_of` in contrast is one interaction
    whose rule accepts several values; it cannot express that a value may be absent.

    `name` is the name in descriptions, by default the key of the value.

    Raises: InvalidExpectation for less than two options.
    """
    if len(options) < 2:
        raise InvalidExpectation(f"one_of() expects two options or more, got {options}")
    if any(_list_found(option) for option in options):
        raise InvalidExpectation("one_of() cannot contain another one_of()")
    return OneOf(options, name)


class Choices:
    """The choices that the arguments of an interaction contain, by their names."""

    def __init__(self) -> None:
        self._labels: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def add(self, value: Json, what: str) -> None:
        """Find the choices in `value`; `what` names a choice that has no key.

        Raises: InvalidExpectation if two choices have the same name.
        """
        for key, node in _iter_found(value, what):
            name = node.name or key
            if name in self._labels:
                raise InvalidExpectation(
                    f"two choices are called {name!r}: give one of them another name, "
                    "one_of(…, name=…)"
                )
            self._labels[name] = label_options(node.options)

    def list_variants(self, *, is_product: bool = False) -> list[Variant]:
        """Return the variants; the first one has the first option of every choice.

        While one choice varies, the others keep their first option, unless all
        combinations are required.
        """
        names = list(self._labels)
        if is_product:
            rows = product(*self._labels.values())
            return [dict(zip(names, row, strict=True)) for row in rows]
        first = {name: labels[0] for name, labels in self._labels.items()}
        others = [
            {**first, name: label}
            for name, labels in self._labels.items()
            for label in labels[1:]
        ]
        return [first, *others]


def label_options(options: Sequence[Json]) -> list[str]:
    """Return a label for each option; equal labels get a number."""
    labels: list[str] = []
    for option in options:
        label = base = _label_option(option)
        number = 1
        while label in labels:
            number += 1
            label = f"{base} {number}"
        labels.append(label)
    return labels


def select_options(value: Json, variant: Variant, what: str) -> Json:
    """Return `value` with the selected option in place of each choice.

    The result is `absent` if that is the option selected for the whole value.
    """
    if isinstance(value, OneOf):
        label = variant[value.name or what]
        return value.options[label_options(value.options).index(label)]
    if isinstance(value, Matcher):
        selected = select_options(value.value, variant, what)
        if selected is absent:
            raise InvalidExpectation("a matcher cannot contain match.absent directly")
        return replace(value, value=selected)
    if isinstance(value, Mapping):
        members = {
            key: select_options(item, variant, str(key)) for key, item in value.items()
        }
        return {key: item for key, item in members.items() if item is not absent}
    if _is_pair(value):
        selected = select_options(value[1], variant, value[0])
        return absent if selected is absent else (value[0], selected)
    if isinstance(value, (list, tuple)):
        items = (select_options(item, variant, what) for item in value)
        return [item for item in items if item is not absent]
    return value


def _label_option(option: Json) -> str:
    if option is absent:
        return "absent"
    example = unwrap_example(option)
    if example is None or isinstance(example, bool):
        return {None: "null", True: "true", False: "false"}[example]
    if isinstance(example, (str, int, float)):
        text = " ".join(str(example).split())
        return text if 0 < len(text) <= _LONGEST_LABEL else type(example).__name__
    if isinstance(example, Mapping):
        return "object"
    return "array" if isinstance(example, (list, tuple)) else type(example).__name__


def _list_found(value: Json) -> list[tuple[str, OneOf]]:
    return list(_iter_found(value, ""))


def _iter_found(value: Json, what: str) -> Iterator[tuple[str, OneOf]]:
    if isinstance(value, OneOf):
        yield what, value
    elif isinstance(value, Matcher):
        yield from _iter_found(value.value, what)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _iter_found(item, str(key))
    elif _is_pair(value):
        yield from _iter_found(value[1], value[0])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _iter_found(item, what)


def _is_pair(value: Json) -> bool:
    """Return whether a value is a (name, value) pair of headers or a query."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], (OneOf, Matcher))
    )


_LONGEST_LABEL = 30
