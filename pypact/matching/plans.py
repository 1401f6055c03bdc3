"""Compile expected requests, responses and messages, and compare actual ones.

`match_request`, `match_response` and `match_message` do both at once;
`compile_request`, `compile_response` and `compile_message` return a plan to be used
many times.

Source: docs/internals/specification.md, "3. HTTP matching", "14.2 Comparison".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeAlias

from pypact.errors import InvalidExpectation
from pypact.matching.body import BodyCheck
from pypact.matching.headers import HeadersCheck, is_same_with_parameters
from pypact.matching.parameters import QueryCheck
from pypact.model.body import Body
from pypact.model.http import EMPTY_QUERY, Request, Response, resolve_full_type
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SpecificationVersion,
    SyncMessage,
    UnknownInteraction,
)
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind, escape_template
from pypact.model.rules import Rule
from pypact.rules.compiled import (
    compile_category_rules,
    compile_rules_by_name,
)
from pypact.rules.scalars import is_equal

_Failures: TypeAlias = Sequence[tuple[Rule | None, str]]


def compile_request(interaction: HttpInteraction) -> RequestPlan:
    """Compile the expected request of an interaction."""
    return RequestPlan(interaction.request)


class RequestPlan:
    """An expected request, compiled with its rules.

    `specificity` orders plans that match the same request; the most specific one is the
    greatest. It compares, in this order: whether the path has no rules; the number of
    parts (path, query parameters, headers, body) without rules; the number of declared
    parts; and fewer rule paths of the body.
    """

    def __init__(self, request: Request) -> None:
        self._method = request.method
        self._path = request.path
        self._path_rules = compile_category_rules(request.rules, "path")
        self._query = QueryCheck(request.query, request.rules)
        self._headers = HeadersCheck(request.headers, request.rules)
        self._body = BodyCheck(
            request.body,
            request.content_type,
            request.rules,
            strict=True,
            has_type_header="content-type" in request.headers,
            type_rules=self._headers.get_rules("content-type"),
        )
        path = int(self._path_rules is None)
        parts = [(path, 1), self._query.parts, self._headers.parts, self._body.parts]
        exact, declared = (sum(counts) for counts in zip(*parts, strict=True))
        self.specificity = path, exact, declared, -self._body.rule_count

    def check(self, actual: Request) -> list[Mismatch]:
        """Return the mismatches of an actual request; empty if it matches."""
        found: list[Mismatch] = []
        if self._method != actual.method:
            found += self._check_method(actual.method)
        if self._path_rules is not None or self._path != actual.path:
            found += self._check_path(actual.path)
        if actual.query is not EMPTY_QUERY or not self._query.accepts_empty:
            found += self._query.check(actual.query)
        if not self._headers.accepts_all:
            found += self._headers.check(actual.headers)
        if not self._body.accepts_all:
            found += self._body.check(actual.body, actual.content_type)
        return found

    def _check_method(self, actual: str) -> list[Mismatch]:
        # Peers: a rule for the method is read but not applied, as in the JVM and Rust.
        if self._method.upper() == actual.upper():
            return []
        differs = "expected {expected:text} but was {actual:text}"
        values = self._method, actual
        return [Mismatch(MismatchKind.METHOD, "", None, *values, differs)]

    def _check_path(self, actual: str) -> list[Mismatch]:
        expected = self._path
        failures: _Failures = [(None, _PATH_DIFFERS)]
        if self._path_rules is not None:
            failures = self._path_rules.find_text_failures(expected, actual)
        return [
            Mismatch(MismatchKind.PATH, "", rule, expected, actual, problem)
            for rule, problem in failures
        ]


_PATH_DIFFERS = "Expected path {actual} to be equal to {expected}"


def compile_response(interaction: HttpInteraction) -> ResponsePlan:
    """Compile the expected response of an interaction."""
    return ResponsePlan(interaction.response)


class ResponsePlan:
    """An expected response, compiled with its rules."""

    __slots__ = ("_body", "_headers", "_status", "_status_rules")

    def __init__(self, response: Response) -> None:
        self._status = response.status
        rules = response.rules
        self._status_rules = compile_category_rules(rules, "status")
        self._headers = HeadersCheck(response.headers, rules)
        self._body = BodyCheck(
            response.body,
            resolve_full_type(response.body, response.headers.first("content-type")),
            rules,
            strict=False,
            has_type_header="content-type" in response.headers,
            type_rules=self._headers.get_rules("content-type"),
        )

    def check(self, actual: Response) -> list[Mismatch]:
        """Return the mismatches of an actual response; empty if it matches."""
        found = self._check_status(actual.status)
        found += self._headers.check(actual.headers)
        if not self._body.accepts_all:
            declared = actual.headers.first("content-type")
            content_type = resolve_full_type(actual.body, declared)
            found += self._body.check(actual.body, content_type)
        return found

    def _check_status(self, actual: int) -> list[Mismatch]:
        expected = self._status
        failures: _Failures = [(None, "expected {expected} but was {actual}")]
        if self._status_rules is not None:
            failures = self._status_rules.find_failures(
                lambda rule: rule.check_status(expected, actual)
            )
        elif expected == actual:
            return []
        return [
            Mismatch(MismatchKind.STATUS, "", rule, expected, actual, problem)
            for rule, problem in failures
        ]


def compile_message(expected: AsyncMessage | Message) -> MessagePlan:
    """Compile a message: one of an `AsyncMessage` or `SyncMessage`."""
    return MessagePlan(
        expected.message if isinstance(expected, AsyncMessage) else expected
    )


class MessagePlan:
    """An expected message, compiled with its rules."""

    __slots__ = ("_contents", "_metadata", "_rules")

    def __init__(self, message: Message) -> None:
        self._metadata = message.metadata
        self._rules = compile_rules_by_name(message.rules, "metadata")
        self._contents = BodyCheck(
            message.contents,
            message.content_type,
            message.rules,
            strict=False,
            has_type_header=message.declared_type is not None,
            type_differs="Expected message with content type {expected:text} "
            "but was {actual:text}",
        )

    def check(
        self, contents: bytes | None, metadata: Mapping[str, Json] | None = None
    ) -> list[Mismatch]:
        """Return the mismatches of contents and metadata; empty if they match."""
        return self.check_message(Message(Body.of(contents), metadata or {}))

    def check_message(self, actual: Message) -> list[Mismatch]:
        """Return the mismatches of an actual message; empty if it matches."""
        return [
            *self._contents.check(actual.contents, actual.content_type),
            *self._check_metadata(actual.metadata),
        ]

    def _check_metadata(self, actual: Mapping[str, Json]) -> list[Mismatch]:
        found = []
        for key, expected in self._metadata.items():
            if key in actual:
                found += self._compare_value(key, expected, actual[key])
            else:
                name = escape_template(key)
                problem = f"Expected message metadata '{name}' but was missing"
                found.append(_metadata_mismatch(key, None, expected, None, problem))
        return found

    def _compare_value(self, key: str, expected: Json, actual: Json) -> list[Mismatch]:
        differs = f"Expected metadata key '{escape_template(key)}' to have value "
        differs += "{expected} but was {actual}"
        rules = self._rules.get(key)
        if rules is not None:
            values = expected, actual
            return [
                _metadata_mismatch(key, rule, *values, f"{differs} - {problem}")
                for rule, problem in rules.find_failures(
                    lambda rule: rule.check_value(expected, actual)
                )
            ]
        if _is_same_metadata(key, expected, actual):
            return []
        return [_metadata_mismatch(key, None, expected, actual, differs)]


def _is_same_metadata(key: str, expected: Json, actual: Json) -> bool:
    is_type = key.lower() in ("contenttype", "content-type")
    if is_type and isinstance(expected, str) and isinstance(actual, str):
        return is_same_with_parameters(expected, actual)
    return is_equal(expected, actual)


_metadata_mismatch = partial(Mismatch, MismatchKind.METADATA)


def match_request(
    interaction: object, request: Request | Mapping[str, Json]
) -> list[Mismatch]:
    """Return the mismatches of a request with an interaction; empty if it matches.

    `interaction` is an `HttpInteraction` or a builder with a method `to_interaction()`.
    A mapping is read as a request in a pact file of the interaction's version.

    Raises: TypeError if the interaction is not an HTTP interaction; InvalidExpectation
    if it needs a plugin or could not be read.
    """
    expected = _require_http(interaction)
    if isinstance(request, Mapping):
        from pypact.formats import read_request  # noqa: PLC0415 -- for mappings only

        request = read_request(request, expected.version or SpecificationVersion.V4)
    return compile_request(expected).check(request)


def match_response(
    interaction: object, response: Response | Mapping[str, Json]
) -> list[Mismatch]:
    """Return the mismatches of a response with an interaction; empty if it matches.

    The arguments are those of `match_request`.

        >>> users = pact.upon_receiving("a request for all users")
        >>> users = users.with_request("GET", "/users").will_respond_with(200, body=[])
        >>> actual = pypact.Response.from_http(500, [], b"")
        >>> [mismatch.kind for mismatch in pypact.match_response(users, actual)]
        ['status', 'body']
    """
    expected = _require_http(interaction)
    if isinstance(response, Mapping):
        from pypact.formats import read_response  # noqa: PLC0415 -- for mappings only

        response = read_response(response, expected.version or SpecificationVersion.V4)
    return compile_response(expected).check(response)


def match_message(
    interaction: object,
    contents: bytes | None,
    metadata: Mapping[str, Json] | None = None,
    *,
    response: int | None = None,
) -> list[Mismatch]:
    """Return the mismatches of a message with an interaction; empty if it matches.

    `interaction` is a message interaction or a builder with a method
    `to_interaction()`. Of a synchronous message, the request is compared, or with
    `response` the response at that index.

    Raises: TypeError if the interaction is not a message; InvalidExpectation if it
    needs a plugin or could not be read.
    """
    expected = _finish_builder(interaction)
    if isinstance(expected, SyncMessage):
        message = expected.request if response is None else expected.responses[response]
        return compile_message(message).check(contents, metadata)
    if isinstance(expected, AsyncMessage):
        return compile_message(expected).check(contents, metadata)
    raise TypeError(f"expected a message interaction, got {expected!r}")


def _require_http(interaction: object) -> HttpInteraction:
    expected = _finish_builder(interaction)
    if isinstance(expected, HttpInteraction):
        return expected
    raise TypeError(f"expected an HTTP interaction, got {expected!r}")


def _finish_builder(interaction: object) -> object:
    finish = getattr(interaction, "to_interaction", None)
    finished = interaction if finish is None else finish()
    if isinstance(finished, Interaction):
        problem = explain_unsupported(finished)
        if problem is not None:
            raise InvalidExpectation(f'"{finished.description}": {problem}')
    return finished


def explain_unsupported(interaction: Interaction) -> str | None:
    """Return why an interaction cannot be compared, or None if it can."""
    if isinstance(interaction, UnknownInteraction):
        return interaction.problem
    if interaction.plugin_configuration:
        plugins = ", ".join(interaction.plugin_configuration)
        return f"it needs the plugin {plugins}; pypact does not support plugins"
    return None
