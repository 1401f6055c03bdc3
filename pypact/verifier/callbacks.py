"""Run users' functions around a request: filters, `before_each` and `after_each`.

Provider states come first, then generators, then filters, so that a filter sees the
values that a state returned, and the bytes to sign. A header that the consumer does not
send could make a contract pass wrongly: reports name headers that a filter adds, and
`replace_header` fails if the contract has no such header.

Source: docs/internals/verification.md, "Request filters and secrets".
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from pypact._dataclasses import replace
from pypact.errors import InvalidExpectation, PactError
from pypact.masking import find_marked_secrets, find_set_header_secrets
from pypact.model.body import Body
from pypact.model.http import Headers, Query, Request
from pypact.model.json import decimals_to_floats
from pypact.targets.base import describe_exception
from pypact.verifier.exceptions import format_traceback
from pypact.verifier.flow import Context, MissingValue, read_parameters
from pypact.verifier.results import Failure, FailureKind, InteractionResult

_Function = TypeVar("_Function", bound=Callable[..., Any])

Hook: TypeAlias = Callable[..., Any]
"""A function to call before or after each interaction; may be a coroutine function.

Its parameters are named `interaction` and `consumer`, in `after_each` also `response`.
"""


class BeforeAfter:
    """The hooks to call before and after each interaction, in registration order."""

    def __init__(self) -> None:
        self.before: list[Hook] = []
        self.after: list[Hook] = []

    def extend(self, others: BeforeAfter) -> None:
        """Add the hooks of `others`."""
        self.before += others.before
        self.after += others.after

    async def call_before(self, context: Context) -> Failure | None:
        """Call the `before_each` hooks until one fails; return its failure."""
        for hook in self.before:
            failure = await _call_hook(hook, "before_each", {}, context)
            if failure is not None:
                return failure
        return None

    async def call_after(self, context: Context, result: InteractionResult) -> None:
        """Call all `after_each` hooks; failures are added to the context."""
        sent, response = result.answer, None
        if self.after and sent is not None and sent.status is not None:
            response = sent.to_response()
        for hook in self.after:
            always = {"response": response}
            failure = await _call_hook(hook, "after_each", always, context)
            if failure is not None:
                context.failures.append(failure)


def refuse_generator(function: _Function, kind: str) -> _Function:
    """Return `function`; raise InvalidExpectation if it is a generator function."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        name = getattr(function, "__name__", repr(function))
        raise InvalidExpectation(
            f"{kind} {name} has a `yield`, so calling it would not run its body; "
            "only state functions may have a `yield`"
        )
    return function


async def _call_hook(
    hook: Hook, kind: str, always: Mapping[str, Any], context: Context
) -> Failure | None:
    try:
        await context.resolve(hook(**context.bind_arguments(hook, {}, always)))
    except BaseException as error:
        if not context.is_failure(error):
            raise
        label = f"{kind} {getattr(hook, '__name__', repr(hook))}"
        return _describe_function_error(FailureKind.HOOK, label, error)
    return None


def _describe_function_error(
    kind: FailureKind, label: str, error: BaseException, hint: str = ""
) -> Failure:
    """Return the failure for an error raised by the user's function `label`."""
    if isinstance(error, MissingValue):  # raised before the function was called
        text = f"{label}: no value for its parameter {error.name!r}{hint}"
        return Failure(kind, text)
    text = f"{label} raised {describe_exception(error)}"
    if isinstance(error, PactError):
        text = f"{label}: {error}"
    return Failure(kind, text, format_traceback(error))


RequestFilter: TypeAlias = Callable[..., Any]
"""A function that changes the request it receives; may be a coroutine function."""


class OutgoingRequest:
    """A request that filters can change before it is sent.

    Values that a filter sets, except for the path, are treated as secrets and masked in
    all output: of a header its secret parts, of a query its new values, of a body its
    new strings.
    """

    def __init__(self, request: Request, own: Headers) -> None:
        self._request = request
        self._own = own
        self._changes: list[str] = []
        self._hidden: set[str] = set()

    def __repr__(self) -> str:
        return f"<request {self.method} {self.path}>"

    @property
    def method(self) -> str:
        return self._request.method

    @property
    def path(self) -> str:
        """The request path without the query."""
        return self._request.path

    @path.setter
    def path(self, path: str) -> None:
        self._record("changed the path", path=self._check_string(path))

    @property
    def query(self) -> str:
        """The encoded query string, without the question mark."""
        return self._request.query.encoded()

    @query.setter
    def query(self, query: str) -> None:
        changed = Query.from_text(self._check_string(query))
        self._hidden |= _collect_values(changed) - _collect_values(self._request.query)
        self._record("changed the query", query=changed)

    @property
    def headers(self) -> Headers:
        """The headers, read-only; `set_header` and similar methods change them."""
        return self._request.headers

    @property
    def body(self) -> bytes:
        return self._request.body.content

    @body.setter
    def body(self, body: bytes) -> None:
        if not isinstance(body, bytes):
            raise InvalidExpectation(f"the body must be bytes, got {body!r}")
        self._hidden |= _collect_strings(body) - _collect_strings(self.body)
        self._record("changed the body", body=Body.of(body))

    def replace_header(self, name: str, value: str) -> None:
        """Replace the value of a header that the contract has.

        Raises: InvalidExpectation if the contract has no such header.
        """
        if name not in self.headers:
            found = ", ".join(self.headers) or "none"
            raise InvalidExpectation(
                f"the contract has no header {name!r} to replace (it has {found}); "
                "set_header adds it, even though the consumer may not send it"
            )
        self.set_header(name, value)

    def set_header(self, name: str, value: str) -> None:
        """Set a header; reports mention it if the contract does not have it."""
        headers = self.headers.replacing(name, self._check_string(value))
        added = f"added {name} (not in the contract)"
        self._hidden |= find_set_header_secrets(name, value)
        self._record(
            f"replaced {name}" if name in self._own else added, headers=headers
        )

    def remove_header(self, name: str) -> None:
        """Remove a header, if it is there."""
        if name in self.headers:
            self._record(f"removed {name}", headers=self.headers.without(name))

    def outcome(self) -> tuple[Request, str]:
        """Return the changed request, and a list of the changes as a string."""
        return self._request, ", ".join(dict.fromkeys(self._changes))

    @property
    def hidden(self) -> frozenset[str]:
        """The values to mask in all output."""
        return frozenset(self._hidden)

    def _check_string(self, value: str) -> str:
        """Return a plain `str`; values marked with `pypact.secret` will be masked."""
        if not isinstance(value, str):
            raise InvalidExpectation(f"expected a string, got {value!r}")
        self._hidden |= find_marked_secrets(value)
        return str(value)

    def _record(self, change: str, **parts: Any) -> None:
        self._changes.append(change)
        self._request = replace(self._request, **parts)


def _collect_values(query: Query) -> set[str]:
    return {value for _, values in query.items() for value in values if value}


def _collect_strings(body: bytes) -> set[str]:
    """Return the strings in a JSON or form body; of another body, the whole text."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        return set(_iterate_strings(json.loads(text)))
    except ValueError:
        return _collect_values(Query.from_text(text)) or {text}


def _iterate_strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _iterate_strings(item)
    elif isinstance(value, str):
        yield value


class RequestFilters:
    """The request filters of a verifier, in registration order."""

    def __init__(self) -> None:
        self._filters: list[tuple[str | None, str, RequestFilter]] = []

    def add(
        self,
        function: RequestFilter,
        *,
        consumer: str | None = None,
        name: str | None = None,
    ) -> None:
        """Register a filter for one or all consumers; reports show `name`."""
        if not callable(function):
            raise InvalidExpectation(
                f"a request filter must be a function, got {function!r}"
            )
        refuse_generator(function, "the request filter")
        shown = name or str(getattr(function, "__name__", repr(function)))
        self._filters.append((consumer, shown, function))

    def extend(self, others: RequestFilters) -> None:
        """Add the filters of `others`."""
        self._filters += others._filters

    async def apply(self, request: Request, context: Context) -> Request:
        """Apply the filters that concern the interaction's consumer.

        Changes and values to mask are added to the context. Raises: FilterFailed.
        """
        own = request.headers
        lines: list[str] = []
        for consumer, name, function in self._filters:
            if consumer not in (None, context.case.consumer):
                continue
            outgoing = OutgoingRequest(request, own)
            try:
                await context.resolve(_call_filter(function, outgoing, context))
            except BaseException as error:
                if not context.is_failure(error):
                    raise
                known = error.known if isinstance(error, MissingValue) else ""
                failure = _describe_function_error(
                    FailureKind.FILTER,
                    f"the request filter {name}",
                    error,
                    f"; the provider states and their params provide: {known}",
                )
                raise FilterFailed(failure) from error
            finally:
                context.hidden.update(outgoing.hidden)
            request, changes = outgoing.outcome()
            if changes:
                lines.append(f"request changed by filter {name}: {changes}")
        context.changes.extend(lines)
        return request


class FilterFailed(Exception):
    """The failure of a request filter."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class ConsumerFilters:
    """A register of request filters that apply to one consumer only."""

    def __init__(self, filters: RequestFilters, consumer: str) -> None:
        self._filters = filters
        self._consumer = consumer

    def headers(self, headers: Mapping[str, str]) -> ConsumerFilters:
        """Register a filter that sets these headers on each request of the consumer."""
        fixed = dict(headers)

        def set_headers(request: OutgoingRequest) -> None:
            for name, value in fixed.items():
                request.set_header(name, value)

        self._filters.add(
            set_headers, consumer=self._consumer, name=f"headers for {self._consumer}"
        )
        return self

    def request_filter(self, function: _Function) -> _Function:
        """Register a filter for the consumer's requests; usable as a decorator."""
        self._filters.add(function, consumer=self._consumer)
        return function


def _call_filter(
    function: RequestFilter, outgoing: OutgoingRequest, context: Context
) -> Any:
    always = {"request": outgoing, "values": dict(context.values)}
    reserved = {*always, "interaction", "consumer"}
    names = list(read_parameters(function))
    values = {
        key: decimals_to_floats(value)
        for key, value in context.values.items()
        if key not in reserved
    }
    # The request may have any parameter name, provided that it comes first.
    if names and "request" not in names and names[0] not in {*reserved, *values}:
        always[names[0]] = outgoing
    return function(**context.bind_arguments(function, values, always))
