"""What is said of one interaction, and when is it finished?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pypact.consumer import parts
from pypact.consumer.places import place_of_caller
from pypact.errors import InvalidExpectation
from pypact.formats import interaction_to_json, read_generators, read_matching_rules
from pypact.model.generators import Generators
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction, ProviderState
from pypact.model.json_text import Json
from pypact.model.rules import MatchingRules
from pypact.model.versions import SpecificationVersion

__all__ = ["InteractionBuilder"]

_Part = TypeVar("_Part", Request, Response)


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

    # -- the parts of an interaction -----------------------------------------------------

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
        """Describe the request; with the states, the description names the interaction."""
        if not isinstance(description, str) or not description.strip():
            raise self._refused(f"a description is a text, not {description!r}")
        self._once("upon_receiving", self._description)
        self._description = description
        return self

    def with_request(  # noqa: PLR0913 -- one call says the whole request
        self,
        method: str = "GET",
        path: object = "/",
        query: object = None,
        headers: object = None,
        body: object = None,
    ) -> InteractionBuilder:
        """Say what the consumer will ask.

        `path` begins with a slash, and has no query. `query` is a text as it is sent, a
        mapping of names to one value or a list, or pairs. `headers` is a mapping or pairs.
        `body`: None says nothing of a body, text and bytes are the body itself ("" must be
        empty), everything else is JSON. All but the method may be, or hold, matchers.
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

    # -- raw rules and generators --------------------------------------------------------

    def with_matching_rules(self, rules: Mapping[str, Json]) -> InteractionBuilder:
        """Add matching rules as a pact file has them, for the part said last."""
        found = read_matching_rules(rules, self.place)
        return self._amended(lambda part: parts.with_rules(part, found))

    def with_generators(self, generators: Mapping[str, Json]) -> InteractionBuilder:
        """Add generators as a pact file has them, for the part said last."""
        found = read_generators(generators, self.place)
        return self._amended(lambda part: parts.with_generators(part, found))
