"""What changes a request before it is sent, and what is said of that?

Source: verification.md, section 6. States come first, then generators, then filters, so
that a filter sees what a state returned, and the bytes to sign. A header that no
consumer sends would make a contract pass falsely: it is said, and what only replaces a
header fails where there is none.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar

from pypact.errors import InvalidExpectation
from pypact.masking import secret_values, secrets_in
from pypact.model.body import Body
from pypact.model.headers import Headers
from pypact.model.http import Request
from pypact.model.json_text import plain
from pypact.model.query import Query
from pypact.verifier.arguments import arguments_for, parameters_of
from pypact.verifier.around import no_generator
from pypact.verifier.exchange import Situation
from pypact.verifier.steps import TEAM_ERRORS, Steps

__all__ = [
    "ConsumerFilters",
    "FilterFailed",
    "Filters",
    "OutgoingRequest",
    "RequestFilter",
]

RequestFilter: TypeAlias = Callable[..., Any]
"""Changes the request it is given; may be a coroutine function."""

_Filter = TypeVar("_Filter", bound=RequestFilter)


class OutgoingRequest:
    """A request in the hands of a filter.

    What is set here is taken for secret, but for the path: no output shows it, nor what
    is new among the values of a query, or the texts of a body.
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
        """The path as it is sent, without the query."""
        return self._request.path

    @path.setter
    def path(self, path: str) -> None:
        self._changed("changed the path", path=self._text(path))

    @property
    def query(self) -> str:
        """The query as it is sent, without the question mark."""
        return self._request.query.encoded()

    @query.setter
    def query(self, query: str) -> None:
        given = Query.from_text(self._text(query))
        self._hidden |= _values(given) - _values(self._request.query)
        self._changed("changed the query", query=given)

    @property
    def headers(self) -> Headers:
        """The headers; `set_header` and its like change them."""
        return self._request.headers

    @property
    def body(self) -> bytes:
        return self._request.body.content

    @body.setter
    def body(self, body: bytes) -> None:
        if not isinstance(body, bytes):
            raise InvalidExpectation(f"the body is bytes, not {body!r}")
        self._hidden |= _texts(body) - _texts(self.body)
        self._changed("changed the body", body=Body.of(body))

    def replace_header(self, name: str, value: str) -> None:
        """Give a header of the contract another value.

        Raises: InvalidExpectation where the contract has no such header.
        """
        if name not in self.headers:
            found = ", ".join(self.headers) or "none"
            raise InvalidExpectation(
                f"the contract has no header {name!r} to replace (it has {found}); "
                "set_header would add it, and the consumer may not send it"
            )
        self.set_header(name, value)

    def set_header(self, name: str, value: str) -> None:
        """Set a header; one that the contract does not have is added, and that said."""
        text = self._text(value)
        if name in self._own:
            what = f"replaced {name}"
        else:
            what = f"added {name} (not in the contract)"
        self._hidden |= secrets_in(name, value)
        self._changed(what, headers=self.headers.replacing(name, text))

    def remove_header(self, name: str) -> None:
        """Leave a header out."""
        if name in self.headers:
            self._changed(f"removed {name}", headers=self.headers.without(name))

    def outcome(self, filter_name: str) -> Filtered:
        """What came of it, the filter named."""
        changes = ", ".join(dict.fromkeys(self._changes))
        said = f"request changed by filter {filter_name}: {changes}"
        return Filtered(self._request, (said,) if changes else (), self.hidden)

    @property
    def hidden(self) -> frozenset[str]:
        """What was set and is to be hidden."""
        return frozenset(self._hidden)

    def _text(self, value: str) -> str:
        """Take what is marked as secret for that, and give the text itself."""
        if not isinstance(value, str):
            raise InvalidExpectation(f"wanted a text, not {value!r}")
        self._hidden |= secret_values(value)
        return str(value)

    def _changed(self, what: str, **parts: Any) -> None:
        self._changes.append(what)
        self._request = replace(self._request, **parts)


def _values(query: Query) -> set[str]:
    return {value for _, values in query.items() for value in values if value}


def _texts(body: bytes) -> set[str]:
    """The texts in a body of JSON or of a form, or else the whole."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        return set(_leaves(json.loads(text)))
    except ValueError:
        return _values(Query.from_text(text)) or {text}


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value


@dataclass(frozen=True, slots=True)
class Filtered:
    """A request after its filters, what they changed, and what is to be hidden."""

    request: Request
    changes: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


class Filters:
    """The filters of a verifier, in the order of their registration."""

    def __init__(self) -> None:
        self._filters: list[tuple[str | None, str, RequestFilter]] = []

    def add(
        self,
        function: RequestFilter,
        *,
        consumer: str | None = None,
        name: str | None = None,
    ) -> None:
        """Register a filter, for one consumer or for all."""
        if not callable(function):
            raise InvalidExpectation(f"a request filter is a function: {function!r}")
        no_generator(function, "the request filter")
        shown = name or str(getattr(function, "__name__", repr(function)))
        self._filters.append((consumer, shown, function))

    def apply(self, request: Request, situation: Situation) -> Steps[Filtered]:
        """Run the filters for one interaction.

        Raises: FilterFailed, with the cause, when a filter raises.
        """
        own = request.headers
        changes: list[str] = []
        hidden: frozenset[str] = frozenset()
        for consumer, name, function in self._filters:
            if consumer not in (None, situation.case.consumer):
                continue
            outgoing = OutgoingRequest(request, own)
            try:
                given = _call(function, outgoing, situation)
                if inspect.isawaitable(given):
                    yield given
            except TEAM_ERRORS as error:
                raise FilterFailed(name, hidden | outgoing.hidden) from error
            filtered = outgoing.outcome(name)
            request = filtered.request
            changes += filtered.changes
            hidden |= filtered.hidden
        return Filtered(request, tuple(changes), hidden)


class FilterFailed(Exception):
    """The request filter `name` raised; the cause is chained.

    `hidden` is what filters had set until then.
    """

    def __init__(self, name: str, hidden: frozenset[str]) -> None:
        super().__init__(name)
        self.name = name
        self.hidden = hidden


class ConsumerFilters:
    """The filters for one consumer."""

    def __init__(self, filters: Filters, consumer: str) -> None:
        self._filters = filters
        self._consumer = consumer

    def headers(self, headers: Mapping[str, str]) -> ConsumerFilters:
        """Set these headers on every request of the consumer."""
        fixed = dict(headers)

        def set_headers(request: OutgoingRequest) -> None:
            for name, value in fixed.items():
                request.set_header(name, value)

        self._filters.add(
            set_headers, consumer=self._consumer, name=f"headers for {self._consumer}"
        )
        return self

    def request_filter(self, function: _Filter) -> _Filter:
        """Register a filter for the consumer; also a decorator."""
        self._filters.add(function, consumer=self._consumer)
        return function


def _call(
    function: RequestFilter, outgoing: OutgoingRequest, situation: Situation
) -> Any:
    always = {
        "request": outgoing,
        "interaction": situation.case.interaction,
        "consumer": situation.case.consumer,
        "values": dict(situation.values),
    }
    names = list(parameters_of(function))
    values = {
        key: plain(value)
        for key, value in situation.values.items()
        if key not in always
    }
    if names and "request" not in names and names[0] not in {*always, *values}:
        always[names[0]] = outgoing
    return function(**arguments_for(function, values, always, situation.value_for))
