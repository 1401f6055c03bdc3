"""What is said of one interaction by HTTP, and when is it finished?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypact.consumer import parts
from pypact.consumer.common import CommonBuilder
from pypact.model.generators import Generators
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.model.rules import MatchingRules
from pypact.model.versions import SpecificationVersion

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["InteractionBuilder"]


class InteractionBuilder(CommonBuilder):
    """One interaction, while it is being said; finished by `will_respond_with`."""

    def __init__(self, specification: SpecificationVersion) -> None:
        super().__init__(specification)
        self._request: Request | None = None
        self._response: Response | None = None

    def upon_receiving(self, description: str) -> Self:
        """Describe the request; with the states, this names the interaction."""
        self._once("upon_receiving", self._description)
        self._describe(description)
        return self

    def with_request(
        self,
        method: str = "GET",
        path: object = "/",
        query: object = None,
        headers: object = None,
        body: object = None,
    ) -> Self:
        """Say what the consumer will ask.

        `path` begins with a slash, and has no query. `query` is a text as it is sent, a
        mapping of names to one value or a list, or pairs. `headers` is a mapping or
        pairs. `body`: None says nothing of a body, text and bytes are the body itself
        ("" must be empty), what a function of `pypact.bodies` gives is XML, a form and
        so on, everything else is JSON. All but the method may be, or hold, matchers.
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
    ) -> Self:
        """Say what the provider will answer; the arguments are those of `with_request`.

        An answer from memory whose JSON body has no Content-Type header says
        `application/json`, though the contract does not ask the provider for it.
        """
        self._once("will_respond_with", self._response)
        self._response = parts.response(self.place, status, headers, body)
        return self

    def to_interaction(self) -> HttpInteraction:
        """Give the interaction as a value.

        Raises: InvalidExpectation naming what has not been said.
        """
        if self._description is None or self._request is None or self._response is None:
            raise self._unfinished()
        return HttpInteraction(
            request=self._request, response=self._response, **self._common()
        )

    def _missing(self) -> str:
        said = {
            "upon_receiving": self._description,
            "with_request": self._request,
            "will_respond_with": self._response,
        }
        return ", ".join(f"{name}()" for name, value in said.items() if value is None)

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._response is not None:
            self._response = parts.amended(self._response, rules, generators)
        elif self._request is not None:
            self._request = parts.amended(self._request, rules, generators)
        else:
            raise self._refused("rules and generators follow the part they belong to")
