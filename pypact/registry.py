"""Which interaction answers this request, and was all as it was declared?

Interactions are found by method, path and query, so that the cost of a call does not
grow with their number. Choosing and recording stand under a short lock; comparing
requests and building answers do not.

Source: design, decision 6 ("Which interaction answers"); semantics section 11.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from pypact.errors import (
    MissingRequests,
    PactError,
    UnexpectedRequest,
    VerificationFailed,
)
from pypact.explain import explain_unexpected, explain_verdict
from pypact.matching import RequestPlan, compile_request
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json
from pypact.model.query import Query

__all__ = ["Answer", "Exchange", "Registry", "Respond", "Verdict", "with_content_type"]

Respond: TypeAlias = Callable[[HttpInteraction], Response]
"""Makes the response of the interaction that was chosen, in place of its example."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets: the response, generators applied, and whose it is."""

    interaction: HttpInteraction
    response: Response


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call: it was answered, or ended in `error`; `caller` is "file:line"."""

    request: Request
    caller: str | None = None
    interaction: HttpInteraction | None = None
    response: Response | None = None
    error: Exception | None = None

    @property
    def method(self) -> str:
        """The method that was used."""
        return self.request.method

    @property
    def path(self) -> str:
        """The path that was asked for, raw, behind the prefix of the pact."""
        return self.request.path

    @property
    def status(self) -> int | None:
        """The status that was answered; None where there was no answer."""
        return None if self.response is None else self.response.status

    @property
    def description(self) -> str | None:
        """The description of the interaction that was meant; None where there is none.

        An error may stand beside it: then that interaction could not be answered.
        """
        return None if self.interaction is None else self.interaction.description


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it went: true when each call was answered and nothing is missing.

    `used` are the interactions that answered, in order of definition; `unexpected` the
    errors of calls that got no answer, also of those that the caller swallowed;
    `missing` the interactions that nobody asked for and that are not optional; `hint`
    says why that may be.
    """

    name: str
    used: tuple[HttpInteraction, ...] = ()
    unexpected: tuple[Exception, ...] = ()
    missing: tuple[HttpInteraction, ...] = ()
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.unexpected and not self.missing

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        text = explain_verdict(self.name, self.unexpected, self.missing)
        return f"{text}\n\n  {self.hint}" if self.hint and self.missing else text

    def error(self) -> PactError | None:
        """Make the error that says all that is wrong, if something is."""
        if self.passed:
            return None
        if not self.unexpected:
            return MissingRequests(self)
        if all(isinstance(one, VerificationFailed) for one in self.unexpected):
            return VerificationFailed(self)
        return UnexpectedRequest(self)


class Registry:
    """The interactions of one block, and what was asked of them.

    `name` says who calls whom ("Web -> Users"); `context` is for generators. With
    `remembers=False` no call leaves a trace: the first of equally specific interactions
    always answers, and there is no verdict. So a server can run for weeks.
    """

    def __init__(
        self,
        name: str,
        *,
        context: Mapping[str, Json] | None = None,
        remembers: bool = True,
    ) -> None:
        self.name = name
        self._remembers = remembers
        self._context = context or {}
        self._lock = threading.Lock()
        self._index = _Index()
        self._exchanges: list[Exchange] = []

    def add(self, interaction: HttpInteraction, *, optional: bool = False) -> None:
        """Register an interaction; an optional one may stay without a call."""
        with self._lock:
            self._index.add(_Entry(interaction, optional=optional))

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All calls so far, in order."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is registered."""
        return not self._index.entries

    def candidates(self, request: Request) -> list[HttpInteraction]:
        """Find all that match fully, most specific first, equals in their order."""
        return [entry.interaction for entry in self._index.matching(request)]

    def answer(
        self,
        request: Request,
        *,
        caller: str | None = None,
        respond: Respond | None = None,
    ) -> Answer:
        """Answer a request by the most specific interaction that matches it fully.

        Equally specific ones answer one after the other, and the last one again and
        again. `caller` is "file:line". `respond` makes the response; what it raises
        goes out, and into the verdict.

        Raises: UnexpectedRequest; the verdict knows of it, whoever catches it.
        """
        matching = self._index.matching(request)
        if not matching:
            raise self._unexpected(request, caller)
        interaction = self._choose(matching).interaction
        try:
            if respond is None:
                response = _generated(interaction.response, self._context)
            else:
                response = respond(interaction)
        except Exception as error:
            self._record(Exchange(request, caller, interaction, error=error))
            raise
        self._record(Exchange(request, caller, interaction, response))
        return Answer(interaction, response)

    def record_failure(
        self, request: Request, error: Exception, *, caller: str | None = None
    ) -> None:
        """Remember a call that somebody else refused, for the verdict."""
        self._record(Exchange(request, caller, error=error))

    def verdict(self) -> Verdict:
        """Judge all that happened so far."""
        with self._lock:
            entries = self._index.entries
            return Verdict(
                self.name,
                used=tuple(one.interaction for one in entries if one.is_used),
                unexpected=tuple(
                    one.error for one in self._exchanges if one.error is not None
                ),
                missing=tuple(
                    one.interaction
                    for one in entries
                    if not one.is_used and not one.is_optional
                ),
            )

    def _choose(self, matching: list[_Entry]) -> _Entry:
        best = matching[0].plan.specificity
        equals = [entry for entry in matching if entry.plan.specificity == best]
        if not self._remembers:
            return equals[0]
        with self._lock:
            unused = (entry for entry in equals if not entry.is_used)
            chosen = next(unused, equals[-1])
            chosen.is_used = True
        return chosen

    def _unexpected(self, request: Request, caller: str | None) -> UnexpectedRequest:
        with self._lock:
            interactions = [entry.interaction for entry in self._index.entries]
        error = UnexpectedRequest(
            explain_unexpected(request, interactions, name=self.name, caller=caller)
        )
        self.record_failure(request, error, caller=caller)
        return error

    def _record(self, exchange: Exchange) -> None:
        if not self._remembers:
            return
        with self._lock:
            self._exchanges.append(exchange)


class _Entry:
    """One interaction with its plan, which is made when it is first compared."""

    __slots__ = ("_plan", "interaction", "is_optional", "is_used", "number")

    def __init__(self, interaction: HttpInteraction, *, optional: bool) -> None:
        self.interaction = interaction
        self.is_optional = optional
        self.is_used = False
        self.number = 0
        self._plan: RequestPlan | None = None

    @property
    def plan(self) -> RequestPlan:
        # Two threads may both make it: the plans are alike.
        if self._plan is None:
            self._plan = compile_request(self.interaction)
        return self._plan


class _Index:
    """All entries in their order, and those that can match a request.

    A request is compared with those of its method, path and query, with those of its
    method and path whose query is not plain, and with those of its method whose path
    has a rule.
    """

    def __init__(self) -> None:
        self.entries: list[_Entry] = []
        self._by_query: dict[tuple[str, str, _QueryKey], list[_Entry]] = {}
        self._by_path: dict[tuple[str, str], list[_Entry]] = {}
        self._by_method: dict[str, list[_Entry]] = {}

    def add(self, entry: _Entry) -> None:
        request = entry.interaction.request
        method = request.method.upper()
        if request.rules.get("path"):
            found = self._by_method.setdefault(method, [])
        elif request.rules.get("query") or not _is_plain(request.query):
            found = self._by_path.setdefault((method, request.path), [])
        else:
            key = method, request.path, _query_key(request.query)
            found = self._by_query.setdefault(key, [])
        entry.number = len(self.entries)
        self.entries.append(entry)
        found.append(entry)

    def matching(self, request: Request) -> list[_Entry]:
        """Find the entries that match, most specific first, equals in their order."""
        found = [one for one in self._possible(request) if not one.plan.check(request)]
        if len(found) > 1:
            found.sort(key=lambda one: one.number)
            found.sort(key=lambda one: one.plan.specificity, reverse=True)
        return found

    def _possible(self, request: Request) -> Iterator[_Entry]:
        method, path = request.method.upper(), request.path
        if self._by_query:
            key = method, path, _query_key(request.query)
            yield from self._by_query.get(key, ())
        yield from self._by_path.get((method, path), ())
        yield from self._by_method.get(method, ())


def with_content_type(response: Response) -> Response:
    """Say the example's own type in the answer; the contract does not ask for it."""
    declared = response.body.content_type
    if declared is None or not response.body.is_present:
        return response
    if "content-type" in response.headers:
        return response
    headers = response.headers.replacing("Content-Type", str(declared))
    return replace(response, headers=headers)


_QueryKey: TypeAlias = frozenset[tuple[str, tuple[str, ...]]]


def _is_plain(query: Query) -> bool:
    """Tell whether only queries of the same parameters and values can match."""
    return not query.ordered and all(values for _, values in query.items())


def _query_key(query: Query) -> _QueryKey:
    # A missing value equals an empty one: `?a` is `?a=`.
    return frozenset(
        (name, tuple(value or "" for value in values)) for name, values in query.items()
    )


def _generated(response: Response, context: Mapping[str, Json]) -> Response:
    # Rules of a body may bring generators of their own (eachValue, arrayContains).
    if not response.generators and not response.rules.get("body"):
        return response
    from pypact.generators import (  # noqa: PLC0415 -- most responses have none
        apply_to_response,
    )

    return apply_to_response(response, "consumer", context)
