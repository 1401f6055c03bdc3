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
    """A builder of one HTTP interaction."""

    def __init__(self, specification: SpecificationVersion) -> None:
        super().__init__(specification)
        self._request: Request | None = None
        self._response: Response | None = None

    def upon_receiving(self, description: str) -> Self:
        """Set the description.

        Description and provider states together identify the interaction.
        """
        self._check_first_call("upon_receiving", self._description)
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
        """Define the request that the consumer will send.

        `path` starts with '/', and has no query. `query` is a string as sent, a mapping
        of each name to a value or a list of values, or (name, value) pairs. `headers`
        is a mapping or pairs. `body` is one of:

        - None: any body, or none;
        - a string or bytes: exactly this body; "" means an empty body;
        - the result of a function of `pypact.bodies`: XML, a form and so on;
        - anything else: JSON.

        All but the method may be, or contain, matchers.
        """
        self._check_first_call("with_request", self._request)
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
        """Define the response; the arguments take what those of `with_request` take.

        If a JSON body is defined without a Content-Type header, the intercepted
        response has the header `application/json`, but the contract does not require it
        of the provider.
        """
        self._check_first_call("will_respond_with", self._response)
        self._response = parts.response(self.place, status, headers, body)
        return self

    def to_interaction(self) -> HttpInteraction:
        """Return the interaction as a value.

        Raises: InvalidExpectation naming the calls that are missing.
        """
        if self._description is None or self._request is None or self._response is None:
            raise self._incomplete()
        return HttpInteraction(
            request=self._request, response=self._response, **self._common_fields()
        )

    def _missing(self) -> str:
        parts_by_call = {
            "upon_receiving": self._description,
            "with_request": self._request,
            "will_respond_with": self._response,
        }
        return ", ".join(
            f"{name}()" for name, part in parts_by_call.items() if part is None
        )

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._response is not None:
            self._response = parts.amended(self._response, rules, generators)
        elif self._request is not None:
            self._request = parts.amended(self._request, rules, generators)
        else:
            raise self._invalid(
                "matching rules and generators must follow the part that they apply "
                "to: call with_request() first"
            )
