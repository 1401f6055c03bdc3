"""Define the parts of an interaction once for each variant, and name the variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pypact._dataclasses import dataclass, replace
from pypact.errors import InvalidExpectation
from pypact.match.nodes import absent
from pypact.match.variants import Choices, Variant, select_options
from pypact.model.interactions import ProviderState
from pypact.model.json import Json


class Selection(NamedTuple):
    """The variant of one interaction that a block used, and all that it has.

    `interaction` is its description and place.
    """

    interaction: str
    name: str
    names: tuple[str, ...]


class VariedParts:
    """The parts of one interaction that contain `match.one_of`."""

    def __init__(self, place: str) -> None:
        self.choices = Choices()
        self._place = place
        self._parts: list[
            tuple[Callable[[Any, Any], None], Callable[..., Any], dict[str, Any]]
        ] = []

    def add(
        self,
        builder: Any,
        put: Callable[[Any, Any], None],
        build: Callable[..., Any],
        values: dict[str, Any],
    ) -> None:
        """Add a part with its values, and build all of its variants to check them."""
        try:
            for name, value in values.items():
                self.choices.add(value, name)
        except InvalidExpectation as error:
            raise InvalidExpectation(f"{self._place}: {error}") from None
        self._parts.append((put, build, values))
        for variant in reversed(self.choices.list_variants()):  # the first one is left
            put(builder, self._build(build, values, variant))

    def define(self, builder: Any, variant: Variant) -> None:
        """Put the parts of a variant into a builder."""
        for put, build, values in self._parts:
            put(builder, self._build(build, values, variant))

    def _build(
        self, build: Callable[..., Any], values: dict[str, Any], variant: Variant
    ) -> Any:
        selected = {}
        try:
            for name, value in values.items():
                chosen = select_options(value, variant, name)
                selected[name] = _leave_out(name) if chosen is absent else chosen
        except InvalidExpectation as error:
            raise InvalidExpectation(f"{self._place}: {error}") from None
        return build(self._place, **selected)


def _leave_out(name: str) -> Json:
    """Return the value of a part that is absent.

    Raises: InvalidExpectation if a message always has such a part.
    """
    if name not in _EMPTY:
        raise InvalidExpectation(
            f"the {name} cannot be absent: match.absent is for members, items, "
            "headers, query parameters, metadata and whole bodies"
        )
    return _EMPTY[name]


@dataclass(frozen=True, slots=True)
class VariantForm:
    """The form in which a contract names the variants of an interaction."""

    description: str = "{description} ({variant})"
    state: str = "{state}"
    has_params: bool = True
    is_product: bool = False
    adds_state: bool = False

    def check(self) -> None:
        """Raise InvalidExpectation for a format that is not valid."""
        for given in (self.description, self.state):
            if not isinstance(given, str):
                raise InvalidExpectation(
                    f"a format of with_variants() must be a string, got {given!r}"
                )
        try:
            text = self.description.format(description="", variant=_PROBE)
            self.state.format(state="", variant=_PROBE)
        except (AttributeError, LookupError, ValueError) as error:
            raise InvalidExpectation(
                "a format of with_variants() may contain {variant}, and {description} "
                f"or {{state}}: {error}"
            ) from None
        if _PROBE not in text:
            raise InvalidExpectation(
                f"the description {self.description!r} must contain {{variant}}, so "
                "that the descriptions of the variants differ"
            )

    def describe(self, description: str | None, variant: Variant) -> str | None:
        if description is None:
            return None
        text = describe_variant(variant)
        return self.description.format(description=description, variant=text)

    def vary_state(self, state: ProviderState, variant: Variant) -> ProviderState:
        """Return the provider state of a variant.

        Raises: InvalidExpectation if it has a parameter with the name of a choice.
        """
        clashes = sorted(set(variant) & set(state.params)) if self.has_params else []
        if clashes:
            raise InvalidExpectation(
                f"the provider state {state.name!r} already has the parameter "
                f"{clashes[0]!r}: give the choice another name, one_of(…, name=…), or "
                "write no parameters, with_variants(params=False)"
            )
        text = self.state.format(state=state.name, variant=describe_variant(variant))
        name = text.strip()
        params = dict(variant) if self.has_params else {}
        return replace(state, name=name, params={**state.params, **params})


def describe_variant(variant: Variant) -> str:
    """Return the text of a variant in descriptions, such as "nickname absent"."""
    return ", ".join(f"{name} {label}" for name, label in variant.items())


def identify_variant(variant: Variant) -> str:
    """Return the name of a variant in tests, such as "nickname=absent"."""
    return ",".join(f"{name}={label}" for name, label in variant.items())


_PROBE = "\0"
# An absent body is an empty one; None would accept any.
_EMPTY: dict[str, Json] = {
    "body": "",
    "contents": "",
    "query": None,
    "headers": None,
    "metadata": None,
}
