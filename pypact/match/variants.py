"""Declare values that have one of several shapes, and select one shape of each.

A contract has one interaction for each variant, because a matching rule cannot express
that a value may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from types import MappingProxyType
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
    status codes and metadata. An option may contain further choices, which vary while
    that option is selected. `name` is the name in descriptions, by default the key of
    the value. By the rules of Pact a response may have members, and a message headers,
    that the contract does not contain: verification accepts them where they are absent.

    Raises: InvalidExpectation for less than two options, or equal ones.
    """
    if len(options) < 2:
        raise InvalidExpectation(f"one_of() expects two options or more, got {options}")
    if name is not None and (not isinstance(name, str) or not name):
        raise InvalidExpectation(
            f"one_of(): a name must be a non-empty string, got {name!r}"
        )
    flat: list[Json] = []
    for option in options:
        is_choice = isinstance(option, OneOf) and option.name is None
        flat += option.options if is_choice else [option]
    # Not compared by `==`, as 1 == True == 1.0.
    written = list(map(repr, flat))
    for text, option in zip(written, flat, strict=True):
        if written.count(text) > 1:
            shown = unwrap_example(option)
            raise InvalidExpectation(f"one_of() has the option {shown!r} twice")
    return OneOf(tuple(flat), name)


class Choices:
    """The choices that the arguments of an interaction contain, by their names."""

    def __init__(self) -> None:
        self._labels: dict[str, list[str]] = {}
        self._nodes: dict[str, OneOf] = {}
        # For each place of a choice, the options of other choices that contain it.
        self._containing: dict[str, list[Variant]] = {}

    def __bool__(self) -> bool:
        return bool(self._labels)

    def add(self, value: Json, what: str) -> None:
        """Find the choices in `value`; `what` names a choice that has no key.

        One choice that occurs several times, as in the items of `each_like`, has the
        same option everywhere.

        Raises: InvalidExpectation if two choices have the same name.
        """
        for name, node, containing in _iter_found(value, what):
            if self._nodes.setdefault(name, node) is not node:
                raise InvalidExpectation(
                    f"two choices are called {name!r}: give one of them another name, "
                    "one_of(…, name=…)"
                )
            self._labels[name] = label_options(node.options)
            self._containing.setdefault(name, []).append(containing)

    def list_variants(self, *, is_product: bool = False) -> list[Variant]:
        """Return the variants; the first one has the first option of every choice.

        While one choice varies, the others keep their first option, unless all
        combinations are required. A choice inside of an option is
        only in the variants that have this option.
        """
        names = list(self._labels)
        if is_product:
            rows = product(*self._labels.values())
            found = [dict(zip(names, row, strict=True)) for row in rows]
        else:
            first = {name: labels[0] for name, labels in self._labels.items()}
            others = [
                {**first, **self._containing[name][0], name: label}
                for name, labels in self._labels.items()
                for label in labels[1:]
            ]
            found = [first, *others]
        variants = map(self._drop_unused, found)
        return list({tuple(one.items()): one for one in variants}.values())

    def _drop_unused(self, variant: Variant) -> Variant:
        """Return the variant without the choices inside of options that it lacks."""
        return {
            name: label
            for name, label in variant.items()
            if any(
                containing.items() <= variant.items()
                for containing in self._containing[name]
            )
        }


def label_options(options: Sequence[Json]) -> list[str]:
    """Return a label for each option.

    Strings that look like another option, such as "null", are in quotes. Labels that
    are still equal get a number.
    """
    strings = [isinstance(unwrap_example(option), str) for option in options]
    bases = list(map(label_example, options))
    others = [
        base for base, is_string in zip(bases, strings, strict=True) if not is_string
    ]
    labels: list[str] = []
    for base, is_string in zip(bases, strings, strict=True):
        quoted = f'"{base}"' if is_string and base in others else base
        label = quoted
        number = 1
        while label in labels:
            number += 1
            label = f"{quoted} {number}"
        labels.append(label)
    return labels


def select_options(value: Json, variant: Variant, what: str) -> Json:
    """Return `value` with the selected option in place of each choice.

    The result is `absent` if that is the option selected for the whole value.
    """
    if isinstance(value, OneOf):
        label = variant[value.name or what]
        option = value.options[label_options(value.options).index(label)]
        return select_options(option, variant, what)
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
    if isinstance(example, OneOf):
        return label_example(example.options[0])
    if isinstance(example, (str, int, float, Decimal)):
        text = " ".join(str(example).split()) or "empty"
        return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
    if hasattr(example, "label"):  # of a Compound, or the contents of a body
        return str(example.label)
    kinds = ((Mapping, "object"), ((list, tuple), "array"))
    name = next((name for kind, name in kinds if isinstance(example, kind)), "")
    if name:
        return name if example else f"empty {name}"
    return type(example).__name__


def has_choices(value: Json) -> bool:
    """Return whether a value is or contains a choice."""
    return any(True for _ in _iter_found(value, ""))


def _iter_found(
    value: Json, what: str, containing: Variant = MappingProxyType({})
) -> Iterator[tuple[str, OneOf, Variant]]:
    """Iterate over the choices, with their names and the options that contain them."""
    if isinstance(value, OneOf):
        name = value.name or what
        yield name, value, containing
        for label, option in zip(
            label_options(value.options), value.options, strict=True
        ):
            yield from _iter_found(option, what, {**containing, name: label})
        return
    parts: Iterable[tuple[str, Json]] = ()
    if isinstance(value, Matcher):
        parts = [(what, value.value)]
    elif isinstance(value, Compound):
        parts = [(name or what, part) for name, part in value.list_parts()]
    elif isinstance(value, Mapping):
        parts = [(str(key), item) for key, item in value.items()]
    elif _is_pair(value):
        parts = [value]
    elif isinstance(value, (list, tuple)):
        parts = [(what, item) for item in value]
    for name, part in parts:
        yield from _iter_found(part, name, containing)


def _is_pair(value: Json) -> bool:
    """Return whether a value is a (name, value) pair of headers or a query."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], (OneOf, Matcher))
    )


_LONGEST_LABEL = 30
