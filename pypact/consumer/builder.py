"""What is said of one interaction, and when is it finished?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pypact.consumer import parts
from pypact.consumer.places import place_of_caller
from pypact.consumer.specifications import parse_specification
from pypact.errors import InvalidExpectation, InvalidPact
from pypact.formats import interaction_to_json
from pypact.formats.generators import read_generators
from pypact.formats.matching_rules import read_rules
from pypact.model.generators import NO_GENERATORS, Generators
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction, ProviderState
from pypact.model.json_text import Json
from pypact.model.rules import NO_RULES, MatchingRules
from pypact.model.versions import SpecificationVersion

__all__ = ["InteractionBuilder"]

_Read = TypeVar("_Read")


class InteractionBuilder:
    """One interaction, while it is being said; finished by `will_respond_with`."""

    def __init__(self, specification: SpecificationVersion) -> None:
        self.place = place_of_caller()
        self._specification = specification
        self._states: list[ProviderState] = []
        self._description: str | None = None
        self._request: Request | None = None
        self._response: Response | None = None
        self._comments: dict[str, Json] = {}
        self._key: str | None = None
        self._pending = False
        self._optional = False

    # -- the parts of an interaction ---------------------------------------------------

    def given(
        self, state: str, params: Mapping[str, Json] | None = None, /, **more: Json
    ) -> InteractionBuilder:
        """Ask for a state of the provider; several may be asked for."""
        if not isinstance(state, str):
            raise self._refused(f"a provider state is a text, not {state!r}")
        if params is not None and not isinstance(params, Mapping):
            raise self._refused(f"parameters are a mapping, not {params!r}")
        merged = parts.json_object({**(params or {}), **more}, self.place)
        self._states.append(ProviderState(state, merged))
        return self

    def upon_receiving(self, description: str) -> InteractionBuilder:
        """Describe the request; with the states, this names the interaction."""
        if not isinstance(description, str) or not description.strip():
            raise self._refused(f"a description is a text, not {description!r}")
        self._once("upon_receiving", self._description)
        self._description = description
        return self

    def with_request(
        self,
        method: str = "GET",
        path: object = "/",
        query: object = None,
        headers: object = None,
        body: object = None,
    ) -> InteractionBuilder:
        """Say what the consumer will ask.

        `path` begins with a slash, and has no query. `query` is a text as it is sent, a
        mapping of names to one value or a list, or pairs. `headers` is a mapping or
        pairs. `body`: None says nothing of a body, text and bytes are the body itself
        ("" must be empty), everything else is JSON. All but the method may be, or hold,
        matchers.
        """
        self._once("with_request", self._request)
        self._request = parts.request(
            self.place,
            method,
            path,
            query,
            headers,
            body,
            is_ordered=self._specification is SpecificationVersion.V1,
        )
        return self

    def will_respond_with(
        self, status: object = 200, headers: object = None, body: object = None
    ) -> InteractionBuilder:
        """Say what the provider will answer; the arguments are those of `with_request`.

        An answer from memory whose JSON body has no Content-Type header says
        `application/json`, though the contract does not ask the provider for it.
        """
        self._once("will_respond_with", self._response)
        self._response = parts.response(self.place, status, headers, body)
        return self

    # -- raw rules and generators ------------------------------------------------------

    def with_matching_rules(self, rules: Mapping[str, Json]) -> InteractionBuilder:
        """Add matching rules as a pact file has them, for the part said last."""
        found = self._read(read_rules, rules)
        return self._amended(rules=found)

    def with_generators(self, generators: Mapping[str, Json]) -> InteractionBuilder:
        """Add generators as a pact file has them, for the part said last."""
        found = self._read(read_generators, generators)
        return self._amended(generators=found)

    # -- what v4 has besides -----------------------------------------------------------

    def pending(self, is_pending: bool = True) -> InteractionBuilder:  # noqa: FBT001, FBT002 -- reads as a word
        """Say that the provider may fail this interaction for now (v4)."""
        self._pending = is_pending
        return self

    def key(self, key: str) -> InteractionBuilder:
        """Give the interaction a key of its own (v4)."""
        self._key = self._text(key, "a key")
        return self

    def comment(self, text: str) -> InteractionBuilder:
        """Add a comment, shown when the provider is verified (v4)."""
        self._comments.setdefault("text", []).append(self._text(text, "a comment"))
        return self

    def test_name(self, name: str) -> InteractionBuilder:
        """Name the test that this interaction comes from (v4)."""
        self._comments["testname"] = self._text(name, "the name of a test")
        return self

    def reference(self, group: str, name: str, value: Json) -> InteractionBuilder:
        """Add a reference to something outside, such as a ticket (v4)."""
        references = self._comments.setdefault("references", {})
        references.setdefault(self._text(group, "a group"), {})[name] = value
        return self

    def optional(self, is_optional: bool = True) -> InteractionBuilder:  # noqa: FBT001, FBT002 -- reads as a word
        """Say that the consumer need not ask: recorded only if it did."""
        self._optional = is_optional
        return self

    # -- the finished interaction ------------------------------------------------------

    @property
    def is_finished(self) -> bool:
        """Tell whether all that an interaction needs has been said."""
        return not self._missing()

    @property
    def is_optional(self) -> bool:
        """Tell whether the consumer need not ask."""
        return self._optional

    def to_interaction(self) -> HttpInteraction:
        """Give the interaction as a value.

        Raises: InvalidExpectation naming what has not been said.
        """
        missing = self._missing()
        if self._description is None or self._request is None or self._response is None:
            raise self._refused(f"the interaction is unfinished: {missing} is missing")
        return HttpInteraction(
            description=self._description,
            states=tuple(self._states),
            request=self._request,
            response=self._response,
            key=self._key,
            pending=self._pending,
            comments=self._comments,
            place=self.place,
        )

    def to_json(self, specification: str | None = None) -> dict[str, Json]:
        """Give the interaction as a pact file has it, by default of the pact's version.

        Raises: NotExpressible for what that version cannot hold.
        """
        version = self._specification
        if specification is not None:
            version = parse_specification(specification)
        return interaction_to_json(self.to_interaction(), version)

    def to_JSON(self) -> dict[str, Json]:  # noqa: N802 -- as the seed of this project spells it
        """Give the interaction as a pact file has it."""
        return self.to_json()

    def __repr__(self) -> str:
        return f"<interaction {self._description!r} at {self.place}>"

    def _missing(self) -> str:
        said = {
            "upon_receiving": self._description,
            "with_request": self._request,
            "will_respond_with": self._response,
        }
        return ", ".join(f"{name}()" for name, value in said.items() if value is None)

    def _amended(
        self, *, rules: MatchingRules = NO_RULES, generators: Generators = NO_GENERATORS
    ) -> InteractionBuilder:
        if self._response is not None:
            self._response = parts.amended(self._response, rules, generators)
        elif self._request is not None:
            self._request = parts.amended(self._request, rules, generators)
        else:
            raise self._refused("rules and generators follow the part they belong to")
        return self

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
