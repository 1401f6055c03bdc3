"""Declare values that have one of several shapes, and select one shape of each.

A contract has one interaction for each variant, because a matching rule cannot express
that a value may be absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from pypact._dataclasses import replace
from pypact.errors import InvalidExpectation
from pypact.match.nodes import (
    Children,
    Matcher,
    OneOf,
    absent,
    check_example,
    unwrap_example,
)
from pypact.model.json import Json
from pypact.model.rules import RuleList


class Compound:
    """A value that contains other values, such as an XML element."""

    __slots__ = ()

    @property
    def label(self) -> str:
        """The label of the value as an option of `one_of`."""
        raise NotImplementedError

    def list_parts(self) -> list[tuple[str, Json]]:
        """Return the values, each with the name of a choice at its place.

        An empty name is that of the place of the whole value.
        """
        raise NotImplementedError

    def with_parts(self, parts: Sequence[Json]) -> Json:
        """Return the value with other parts, some of which may be `absent`."""
        raise NotImplementedError


Variant: TypeAlias = Mapping[str, str]
"""The label of the selected option, by the name of the choice."""


def one_of(*options: Json, name: str | None = None) -> OneOf:
    """Declare a value that has one of several shapes; the test runs once for each.

    Options are matchers, plain values, None for null, and `absent`. Each becomes an
    interaction of its own in the contract, with the option in its description and as a
    parameter of its provider state. In contrast, `any_of` is one interaction whose rule
    accepts several values: the provider has to return only one of them, the test runs
    only with the first, and the value cannot be absent.

        {"id": 23, "nickname": match.one_of(match.string("Al"), None, match.absent)}

    It can be used in JSON, XML, forms and other bodies, in queries, headers, paths,
    status codes and metadata. `name` is the name in descriptions, by default the key of
    the value. By the rules of Pact a response may have members, and a message headers,
    that the contract does not contain: verification accepts them where they are absent.

    Raises: InvalidExpectation for less than two options, or equal ones.
    """
    if len(options) < 2:
        raise InvalidExpectation(f"one_of() expects two options or more, got {options}")
    if any(map(has_choices, options)):
        raise InvalidExpectation("one_of() cannot contain another one_of()")
    if name is not None and (not isinstance(name, str) or not name):
        raise InvalidExpectation(f"one_of(): a name must be a string, got {name!r}")
    plain = [
        (type(option), option)
        for option in options
        if option is absent or option is None or isinstance(option, (str, int, float))
    ]
    for kind in plain:
        if plain.count(kind) > 1:
            raise InvalidExpectation(f"one_of() has the option {kind[1]!r} twice")
    return OneOf(options, name)


class Choices:
    """The choices that the arguments of an interaction contain, by their names."""

    def __init__(self) -> None:
        self._labels: dict[str, list[str]] = {}
        self._nodes: dict[str, OneOf] = {}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def add(self, value: Json, what: str) -> None:
        """Find the choices in `value`; `what` names a choice that has no key.

        One choice that occurs several times, as in the items of `each_like`, has the
        same option everywhere.

        Raises: InvalidExpectation if two choices have the same name.
        """
        for key, node in _iter_found(value, what):
            name = node.name or key
            if self._nodes.setdefault(name, node) is not node:
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
        label = base = label_example(option)
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
        return _select_in_matcher(value, variant, what)
    if isinstance(value, Compound):
        parts = [
            select_options(part, variant, name or what)
            for name, part in value.list_parts()
        ]
        return value.with_parts(parts)
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


def _select_in_matcher(matcher: Matcher, variant: Variant, what: str) -> Json:
    selected = select_options(matcher.value, variant, what)
    if selected is absent:
        return absent
    rules = RuleList(matcher.rules, matcher.combine)
    check_example(rules, unwrap_example(selected))
    is_emptied = matcher.children is Children.SHARED and not selected and matcher.value
    if is_emptied and isinstance(selected, (list, dict)):
        function, empty = (
            ("each_like", "[]")
            if isinstance(selected, list)
            else ("each_key_like", "{}")
        )
        raise InvalidExpectation(
            f"{function}() cannot contain match.absent: without an example no rule for "
            f"its values can be written; use match.one_of({function}(…), {empty})"
        )
    return replace(matcher, value=selected)


def label_example(option: Json) -> str:
    """Return a short label for an option: a scalar itself, or its kind."""
    if option is absent:
        return "absent"
    example = unwrap_example(option)
    if example is None or isinstance(example, bool):
        return {None: "null", True: "true", False: "false"}[example]
    if isinstance(example, (str, int, float)):
        text = " ".join(str(example).split())
        return text if 0 < len(text) <= _LONGEST_LABEL else type(example).__name__
    if hasattr(example, "label"):  # of a Compound, or the contents of a body
        return str(example.label)
    if isinstance(example, Mapping):
        return "object"
    return "array" if isinstance(example, (list, tuple)) else type(example).__name__


def has_choices(value: Json) -> bool:
    """Return whether a value is or contains a choice."""
    return any(True for _ in _iter_found(value, ""))


def _iter_found(value: Json, what: str) -> Iterator[tuple[str, OneOf]]:
    if isinstance(value, OneOf):
        yield what, value
    elif isinstance(value, Matcher):
        yield from _iter_found(value.value, what)
    elif isinstance(value, Compound):
        for name, part in value.list_parts():
            yield from _iter_found(part, name or what)
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
