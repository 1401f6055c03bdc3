"""Build HTTP interactions from the calls that a test makes.

Source: docs/internals/specification.md, "1.4 v4 interactions".
"""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pypact import former_names
from pypact._lazy import import_later
from pypact.consumer import expectations
from pypact.consumer.varied import (
    Selection,
    VariantForm,
    VariedParts,
    describe_variant,
    identify_variant,
)
from pypact.errors import InvalidExpectation, InvalidPact
from pypact.former_names import explain_attribute
from pypact.frames import find_caller
from pypact.match.nodes import ChoiceFoundError
from pypact.match.variants import Variant
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    HttpInteraction,
    Interaction,
    ProviderState,
    RequestCount,
    SpecificationVersion,
    VariantOrigin,
    parse_version,
)
from pypact.model.json import Json
from pypact.model.rules import NO_GENERATORS, NO_RULES, Generators, MatchingRules

if TYPE_CHECKING:
    from typing_extensions import Self

    from pypact import formats
    from pypact.formats import rules as rules_format
else:
    formats = import_later("pypact.formats")
    rules_format = import_later("pypact.formats.rules")


def locate_caller() -> str:
    """Return the "file:line" of the user's code that is running.

    The path is relative if the file is below the current directory.
    """
    file, colon, line = find_caller().rpartition(":")
    # The path stays absolute elsewhere, or if the current directory was deleted.
    with contextlib.suppress(OSError):
        file = file.removeprefix(os.path.join(os.getcwd(), ""))  # noqa: PTH109, PTH118 -- for each block; pathlib is slow
    return f"{file}{colon}{line}"


_Read = TypeVar("_Read")


class CommonBuilder:
    """A builder of one interaction: the part that HTTP and messages share."""

    def __init__(self, specification: SpecificationVersion) -> None:
        self.place = locate_caller()
        self._specification = specification
        self._description: str | None = None
        self._states: list[ProviderState] = []
        self._comments: dict[str, Json] = {}
        self._key: str | None = None
        self._pending = False
        self._optional = False
        # The parts that contain `match.one_of`; None without any.
        self._varied: VariedParts | None = None
        self._variant_form: VariantForm | None = None
        self._variant: VariantOrigin | None = None  # of one selected variant
        # An interaction exported by `to_json` may be used without a block.
        self.is_exported = False
        # A block has the interaction: it is too late to change it.
        self.is_registered = False

    # Type checkers must not see it: for them every name would exist.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            raise explain_attribute(type(self).__name__, name, former_names.BUILDER)

    def given(
        self, state: str, params: Mapping[str, Json] | None = None, /, **more: Json
    ) -> Self:
        """Add a provider state, with its parameters; repeat for several states."""
        if not isinstance(state, str):
            raise self._make_error(f"a provider state must be a string, got {state!r}")
        if params is not None and not isinstance(params, Mapping):
            raise self._make_error(
                f"the parameters of a provider state must be a mapping, got {params!r}"
            )
        both = {**(params or {}), **more}
        merged = expectations.normalize_json_object(both, self.place)
        self._states.append(ProviderState(state, merged))
        return self

    def with_matching_rules(self, rules: Mapping[str, Json]) -> Self:
        """Add matching rules, in the form of a pact file, to the latest part.

        The latest part is the request, response or message that was defined last.
        """
        self._check_not_varied("with_matching_rules")
        self._amend(self._read_json(rules_format.read_rules, rules), NO_GENERATORS)
        return self

    def with_generators(self, generators: Mapping[str, Json]) -> Self:
        """Add generators, in the form of a pact file, to the latest part."""
        self._check_not_varied("with_generators")
        self._amend(NO_RULES, self._read_json(rules_format.read_generators, generators))
        return self

    def pending(self, is_pending: bool = True) -> Self:  # noqa: FBT001, FBT002 -- reads as a word
        """Mark the interaction as pending: the provider may still fail it (v4)."""
        self._pending = is_pending
        return self

    def key(self, key: str) -> Self:
        """Set the key of the interaction (v4); its variants append their names."""
        self._key = self._check_string(key, "a key")
        return self

    def comment(self, text: str) -> Self:
        """Add a comment, shown when the provider is verified (v4)."""
        comments = self._comments.setdefault("text", [])
        comments.append(self._check_string(text, "a comment"))
        return self

    def test_name(self, name: str) -> Self:
        """Set the name of the test that defines this interaction (v4)."""
        self._comments["testname"] = self._check_string(name, "a test name")
        return self

    def reference(self, group: str, name: str, value: Json) -> Self:
        """Add an external reference, such as a ticket, in a group (v4)."""
        references = self._comments.setdefault("references", {})
        group = self._check_string(group, "the group of a reference")
        references.setdefault(group, {})[name] = value
        return self

    def optional(self, is_optional: bool = True) -> Self:  # noqa: FBT001, FBT002 -- reads as a word
        """Let the consumer skip the interaction; it is recorded only if it was used."""
        self._optional = is_optional
        return self

    def with_variants(
        self,
        *,
        product: bool = False,
        description: str = "{description} ({variant})",
        state: str | None = None,
        params: bool = True,
    ) -> Self:
        """Choose how the variants of `match.one_of` are combined and named.

        With `product`, all combinations of several `match.one_of` become variants; by
        default, while one varies the others keep their first option. `description` is
        the format of the descriptions. The latest provider state gets the option of
        each choice as a parameter, unless `params` is false. `state` is the format of
        its name, by default "{state}", or "{state} ({variant})" in versions of the
        specification that have no parameters; an interaction without a provider state
        gets one if `state` is given. `{variant}` is for example "nickname absent".

        Raises: InvalidExpectation for a format that does not contain {variant}, so
        that descriptions would be equal, or that contains other fields.
        """
        adds_state = state is not None
        if state is None:
            has_params = self._specification >= SpecificationVersion.V3
            state = "{state}" if has_params else "{state} ({variant})"
            params = params and has_params
        form = VariantForm(
            description,
            state,
            has_params=params,
            is_product=product,
            adds_state=adds_state,
        )
        try:
            form.check()
        except InvalidExpectation as error:
            raise self._make_error(str(error)) from None
        self._variant_form = form
        return self

    @property
    def variants(self) -> list[str]:
        """The names of the variants, such as "nickname=absent".

        They are accepted by `intercept(variant=…)`; empty without `match.one_of`.
        """
        return list(map(identify_variant, self.list_variants()))

    @property
    def variant_key(self) -> str:
        """A string that identifies the interaction in each run of its test."""
        states = "".join(f", given {state.name!r}" for state in self._states)
        return f'"{self._description}"{states} ({self.place})'

    def make_selection(self, variant: Variant) -> Selection:
        """Return the selection of one variant, which recordings of it contain."""
        names = tuple(self.variants)
        return Selection(self.variant_key, identify_variant(variant), names)

    def list_variants(self) -> list[Variant]:
        """Return the variants of the interaction; empty without `match.one_of`."""
        if self._varied is None:
            return []
        return self._varied.choices.list_variants(
            is_product=self._get_variant_form().is_product
        )

    def select_variant(self, variant: Variant) -> Self:
        """Return a copy of the builder that defines one variant only."""
        if self._varied is None:
            return self
        selected = copy.copy(self)
        selected._varied = None  # noqa: SLF001 -- a copy of this object
        self._varied.define(selected, variant)
        form = self._get_variant_form()
        selected._description = form.describe(self._description, variant)  # noqa: SLF001 -- the same
        if self._key is not None:
            selected._key = f"{self._key} ({describe_variant(variant)})"  # noqa: SLF001 -- the same
        states = self._states
        if not states and form.adds_state:
            states = [ProviderState("")]
        if states:
            *others, last = states
            try:
                varied = form.vary_state(last, variant)
            except InvalidExpectation as error:
                raise self._make_error(str(error)) from None
            selected._states = [*others, varied]  # noqa: SLF001 -- the same
        selected._variant = VariantOrigin(  # noqa: SLF001 -- the same
            self._description or "",
            tuple(self._states),
            identify_variant(variant),
            tuple(self.variants),
        )
        return selected

    @property
    def is_finished(self) -> bool:
        """Whether all required parts are defined."""
        return not self._list_missing()

    @property
    def is_optional(self) -> bool:
        """Whether the consumer may skip the interaction."""
        return self._optional

    def to_interaction(self) -> Interaction:
        """Return the finished interaction.

        Raises: InvalidExpectation naming the calls that are missing.
        """
        raise NotImplementedError

    def to_json(self, specification: str | None = None) -> dict[str, Json]:
        """Return the interaction in the form of a pact file.

        `specification` is the version of that form, by default the pact's own.

        Raises: NotExpressible when that version cannot express the interaction;
        InvalidExpectation for an interaction with variants, each of which has a form of
        its own.
        """
        own = self._specification
        version = own if specification is None else parse_version(specification)
        self.is_exported = True
        return formats.interaction_to_json(self.to_interaction(), version)

    def to_JSON(self) -> dict[str, Json]:  # noqa: N802 -- the name in this project's first version
        """Return the interaction in the form of a pact file."""
        return self.to_json()

    def describe_unfinished(self) -> str:
        """Return the description and place of the interaction, and what is missing."""
        name = f'"{self._description}"' if self._description else "no description"
        return f"{name}   {self.place}: missing {self._list_missing()}"

    def __repr__(self) -> str:
        return f"<interaction {self._description!r} at {self.place}>"

    def _list_parts(self) -> Mapping[str, object]:
        """Return the part that each required call defines; falsy if it is missing."""
        raise NotImplementedError

    def _list_missing(self) -> str:
        parts = self._list_parts()
        return ", ".join(f"{call}()" for call, part in parts.items() if not part)

    def _define(
        self, put: Callable[[Any, Any], None], build: Callable[..., Any], **values: Any
    ) -> None:
        """Build a part and `put` it into this builder; do so again for each variant."""
        try:
            put(self, build(self.place, **values))
        except ChoiceFoundError:
            if self._varied is None:
                self._varied = VariedParts(self.place)
            self._varied.add(self, put, build, values)

    def _get_variant_form(self) -> VariantForm:
        if self._variant_form is None:
            self.with_variants()
        assert self._variant_form is not None  # noqa: S101 -- set above
        return self._variant_form

    def _check_not_varied(self, call: str) -> None:
        if self._varied is not None:
            raise self._make_error(
                f"{call}() cannot follow a part that contains match.one_of(): the "
                "rules could not be divided among its variants; use matchers"
            )

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        """Add rules and generators to the part that was defined last."""
        raise NotImplementedError

    def _describe(self, description: str) -> None:
        if not isinstance(description, str) or not description.strip():
            raise self._make_error(
                f"a description must be a non-empty string, got {description!r}"
            )
        self._description = description

    def _build_fields(self) -> dict[str, Any]:
        if self._varied is not None:
            raise self._make_error(
                f"the interaction has several variants ({', '.join(self.variants)}): "
                "use one of them, interaction.select_variant(variant) for variant in "
                "interaction.list_variants()"
            )
        return {
            "description": self._description,
            "states": tuple(self._states),
            "key": self._key,
            "pending": self._pending,
            "comments": self._comments,
            "place": self.place,
            "variant": self._variant,
        }

    def _read_json(
        self, read: Callable[[Json, str], _Read], data: Mapping[str, Json]
    ) -> _Read:
        try:
            normal = expectations.normalize_json_object(data, self.place)
            return read(normal, self.place)
        except InvalidPact as error:
            raise InvalidExpectation(error) from error

    def _check_string(self, value: str, what: str) -> str:
        if not isinstance(value, str):
            raise self._make_error(f"{what} must be a string, got {value!r}")
        return value

    def _check_first_call(self, name: str, current: object) -> None:
        if current is not None:
            raise self._make_error(f"{name}() was already called on this interaction")

    def _make_error(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(f"{self.place}: {problem}")

    def _make_order_error(self) -> InvalidExpectation:
        return self._make_error(
            "matching rules and generators must follow the part that they apply to: "
            "call with_request() first"
        )

    def _make_incomplete_error(self) -> InvalidExpectation:
        return self._make_error(
            f"the interaction is incomplete, missing: {self._list_missing()}"
        )


class InteractionBuilder(CommonBuilder):
    """A builder of one HTTP interaction."""

    _request: Request | None = None
    _response: Response | None = None
    _limits: Mapping[str, int] = MappingProxyType({})  # by the call that gave them
    pact: object = None  # the `PactInfo` of its pact
    is_claimed = False  # given to a block, which defines it anew

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

            >>> search = pact.upon_receiving("a search for users").with_request(
            ...     "GET",
            ...     "/users",
            ...     query={"name": match.string("Ann")},
            ...     headers={"Accept": "application/json"},
            ... )
        """
        self._check_first_call("with_request", self._request)
        self._define(
            _put_request,
            expectations.build_request,
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            is_ordered=self._specification is SpecificationVersion.V1,
        )
        return self

    def will_respond_with(
        self, status: object = 200, headers: object = None, body: object = None
    ) -> Self:
        """Define the response; the arguments are like those of `with_request`.

        If a JSON body is defined without a Content-Type header, the intercepted
        response has the header `application/json`, but the contract does not require it
        of the provider.

            >>> users = pact.upon_receiving("a request for all users")
            >>> users = users.with_request("GET", "/users").will_respond_with(
            ...     200, body=match.each_like({"id": match.integer(23)})
            ... )
        """
        self._check_first_call("will_respond_with", self._response)
        self._define(
            _put_response,
            expectations.build_response,
            status=status,
            headers=headers,
            body=body,
        )
        return self

    def times(self, number: int) -> Self:
        """Require exactly `number` requests; the contract does not contain the number.

        A further request is an UnexpectedRequest. Equal definitions respond in their
        order, each as often as it is declared. Without `times`, `at_least` and
        `at_most`, one request or more is required.
        """
        return self._limit_requests("times", number, least=1)

    def at_least(self, number: int) -> Self:
        """Require `number` requests or more; `at_least(0)` is the same as `optional()`.

        The contract does not contain the number.
        """
        self._limit_requests("at_least", number, least=0)
        return self.optional() if number == 0 else self

    def at_most(self, number: int) -> Self:
        """Refuse more than `number` requests, as an UnexpectedRequest.

        One request is required, unless the interaction is `optional()`. The contract
        does not contain the number.
        """
        return self._limit_requests("at_most", number, least=1)

    @property
    def request_count(self) -> RequestCount:
        """How often the consumer sends the request."""
        limits = self._limits
        if "times" in limits:
            return RequestCount(*[limits["times"]] * 3)
        least, most = limits.get("at_least", 1), limits.get("at_most")
        return RequestCount(least, most, most or max(least, 1))

    def _limit_requests(self, call: str, number: int, *, least: int) -> Self:
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise self._make_error(
                f"{call}() expects a whole number of at least {least}, got {number!r}"
            )
        if self.is_registered:
            raise self._make_error(
                f"{call}() must be called before the first request of the block"
            )
        limits = {**self._limits, call: number}
        if call in self._limits or ("times" in limits and len(limits) > 1):
            calls = " and ".join(f"{name}()" for name in (*self._limits, call))
            raise self._make_error(
                f"expected times(), or at_least() and at_most(), once; got {calls}"
            )
        if limits.get("at_least", 0) > limits.get("at_most", number):
            raise self._make_error(
                f"at_least({limits['at_least']}) is more than "
                f"at_most({limits['at_most']})"
            )
        self._limits = limits
        return self

    def check_response(self) -> None:
        """Check that a block can send the response.

        Raises: InvalidExpectation for 101: what follows it is not HTTP.
        """
        if self._response is not None and self._response.status == _SWITCHING_PROTOCOLS:
            raise self._make_error(
                f"{self._description!r} responds with the status 101 (Switching "
                "Protocols), which a block cannot serve: the frames of a WebSocket are "
                "not simulated. Declare the response that refuses the handshake, such "
                "as 404, or leave this interaction out of the pact"
            )

    def strategy(self, part: Literal["request", "response"] = "response") -> Any:
        """Return a hypothesis strategy for responses (or requests) that match.

        It generates `pypact.Response` (or `pypact.Request`) objects, such as
        `@given(interaction.strategy())` passes to a test. Values that the contract
        fixes are those of the example.

        Raises: InvalidExpectation if the interaction is incomplete, or hypothesis is
        not installed (the extra `pypact-contracts[examples]`).
        """
        shapes = load_shapes()
        if part not in ("request", "response"):
            raise InvalidExpectation(
                f"strategy({part!r}): expected 'request' or 'response'"
            )
        interaction = self.to_interaction()
        if part == "request":
            return shapes.shape_request(interaction).make_strategy()
        return shapes.shape_response(interaction).make_strategy()

    def to_interaction(self) -> HttpInteraction:
        if self._description is None or self._request is None or self._response is None:
            raise self._make_incomplete_error()
        return HttpInteraction(
            request=self._request, response=self._response, **self._build_fields()
        )

    def _list_parts(self) -> Mapping[str, object]:
        return {
            "upon_receiving": self._description,
            "with_request": self._request,
            "will_respond_with": self._response,
        }

    def _amend(self, rules: MatchingRules, generators: Generators) -> None:
        if self._response is not None:
            self._response = expectations.add_rules(self._response, rules, generators)
        elif self._request is not None:
            self._request = expectations.add_rules(self._request, rules, generators)
        else:
            raise self._make_order_error()


def load_shapes() -> Any:
    """Return the module that makes strategies.

    Raises: InvalidExpectation without hypothesis.
    """
    from pypact.strategies import load_hypothesis  # noqa: PLC0415 -- few tests need it

    load_hypothesis()
    from pypact.strategies import messages  # noqa: PLC0415 -- it needs hypothesis

    return messages


def _put_request(builder: InteractionBuilder, request: Request) -> None:
    builder._request = request  # noqa: SLF001 -- of this module


def _put_response(builder: InteractionBuilder, response: Response) -> None:
    builder._response = response  # noqa: SLF001 -- of this module


_SWITCHING_PROTOCOLS = 101  # RFC 9110, section 15.2.2
