"""What may be said of every interaction, by HTTP or as a message?

Source: semantics sections 1.3 (states) and 1.4 (what v4 has besides).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pypact.consumer import parts
from pypact.consumer.places import place_of_caller
from pypact.consumer.specifications import parse_specification
from pypact.errors import InvalidExpectation, InvalidPact
from pypact.formats import interaction_to_json
from pypact.formats.generators import read_generators
from pypact.formats.matching_rules import read_rules
from pypact.model.generators import NO_GENERATORS, Generators
from pypact.model.interactions import Interaction, ProviderState
from pypact.model.json_text import Json
from pypact.model.rules import NO_RULES, MatchingRules
from pypact.model.versions import SpecificationVersion

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["CommonBuilder"]

_Read = TypeVar("_Read")


class CommonBuilder:
    """One interaction of any kind, while it is being said."""

    def __init__(
        self, specification: SpecificationVersion, description: str | None = None
    ) -> None:
        self.place = place_of_caller()
        self._specification = specification
        self._description: str | None = None
        self._states: list[ProviderState] = []
        self._comments: dict[str, Json] = {}
        self._key: str | None = None
        self._pending = False
        self._optional = False
        # Whoever took the interaction elsewhere needs no block of this process.
        self.is_handed_out = False
        if description is not None:
            self._describe(description)

    def given(
        self, state: str, params: Mapping[str, Json] | None = None, /, **more: Json
    ) -> Self:
        """Ask for a state of the provider; several may be asked for."""
        if not isinstance(state, str):
            raise self._refused(f"a provider state is a text, not {state!r}")
        if params is not None and not isinstance(params, Mapping):
            raise self._refused(f"parameters are a mapping, not {params!r}")
        merged = parts.json_object({**(params or {}), **more}, self.place)
        self._states.append(ProviderState(state, merged))
        return self

    # -- raw rules and generators ------------------------------------------------------

    def with_matching_rules(self, rules: Mapping[str, Json]) -> Self:
        """Add matching rules as a pact file has them, for the part said last."""
        self._amend(self._read(read_rules, rules), NO_GENERATORS)
        return self

    def with_generators(self, generators: Mapping[str, Json]) -> Self:
        """Add generators as a pact file has them, for the part said last."""
        self._amend(NO_RULES, self._read(read_generators, generators))
        return self

    # -- what v4 has besides -----------------------------------------------------------

    def pending(self, is_pending: bool = True) -> Self:  # noqa: FBT001, FBT002 -- reads as a word
        """Say that the provider may fail this interaction for now (v4)."""
        self._pending = is_pending
        return self

    def key(self, key: str) -> Self:
        """Give the interaction a key of its own (v4)."""
        self._key = self._text(key, "a key")
        return self

    def comment(self, text: str) -> Self:
        """Add a comment, shown when the provider is verified (v4)."""
        self._comments.setdefault("text", []).append(self._text(text, "a comment"))
        return self

    def test_name(self, name: str) -> Self:
        """Name the test that this interaction comes from (v4)."""
        self._comments["testname"] = self._text(name, "the name of a test")
        return self

    def reference(self, group: str, name: str, value: Json) -> Self:
        """Add a reference to something outside, such as a ticket (v4)."""
        references = self._comments.setdefault("references", {})
        references.setdefault(self._text(group, "a group"), {})[name] = value
        return self

    def optional(self, is_optional: bool = True) -> Self:  # noqa: FBT001, FBT002 -- reads as a word
        """Say that the consumer need not ask: recorded only if it did."""
        self._optional = is_optional
        return self

    # -- the finished interaction ------------------------------------------------------

    @property
    def is_finished(self) -> bool:
        """Tell whether all parts have been said."""
        return not self._missing()

    @property
    def is_optional(self) -> bool:
        """Tell whether the consumer need not ask."""
        return self._optional

    def to_interaction(self) -> Interaction:
        """Give the interaction as a value.

        Raises: InvalidExpectation naming what has not been said.
        """
        raise NotImplementedError

    def to_json(self, specification: str | None = None) -> dict[str, Json]:
        """Give the interaction as a pact file has it, by default of the pact's version.

        Raises: NotExpressible for what that version cannot hold.
        """
        version = self._specification
        if specification is not None:
            version = parse_specification(specification)
        self.is_handed_out = True
        return interaction_to_json(self.to_interaction(), version)

    def to_JSON(self) -> dict[str, Json]:  # noqa: N802 -- as the seed of this project spells it
        """Give the interaction as a pact file has it."""
        return self.to_json()

    def __repr__(self) -> str:
        return f"<interaction {self._description!r} at {self.place}>"

    def _missing(self) -> str:
        """Name the calls that have not been made."""
        raise NotImplementedError

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        """Add rules and generators to the part said last."""
        raise NotImplementedError

    def _describe(self, description: str) -> None:
        if not isinstance(description, str) or not description.strip():
            raise self._refused(f"a description is a text, not {description!r}")
        self._description = description

    def _common(self) -> dict[str, Any]:
        return {
            "description": self._description,
            "states": tuple(self._states),
            "key": self._key,
            "pending": self._pending,
            "comments": self._comments,
            "place": self.place,
        }

    def _read(
        self, read: Callable[[Json, str], _Read], data: Mapping[str, Json]
    ) -> _Read:
        try:
            return read(parts.json_object(data, self.place), self.place)
        except InvalidPact as error:
            raise InvalidExpectation(error) from error

    def _text(self, value: str, what: str) -> str:
        if not isinstance(value, str):
            raise self._refused(f"{what} is a text, not {value!r}")
        return value

    def _once(self, name: str, said: object) -> None:
        if said is not None:
            raise self._refused(f"{name}() was already said of this interaction")

    def _refused(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(f"{self.place}: {problem}")

    def _unfinished(self) -> InvalidExpectation:
        return self._refused(
            f"the interaction is unfinished: {self._missing()} is missing"
        )
