"""Choose the interaction for a request, record requests, and judge them.

Interactions are indexed, so that the cost of a request does not grow with their number.
Locks are held only to choose and record.

Source: docs/internals/design.md, "Which interaction responds".
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from pypact._dataclasses import dataclass, replace
from pypact._lazy import import_later
from pypact.errors import (
    MissingRequests,
    NetworkBlocked,
    PactError,
    UnexpectedRequest,
    VerificationFailed,
)
from pypact.matching.plans import RequestPlan, compile_request, explain_unsupported
from pypact.model.body import guess_content_type
from pypact.model.http import (
    EMPTY_QUERY,
    Query,
    Request,
    Response,
    format_target,
    get_sent_body,
)
from pypact.model.interactions import (
    ONCE_OR_MORE,
    HttpInteraction,
    Interaction,
    RequestCount,
)
from pypact.model.json import Json

if TYPE_CHECKING:
    from pypact.explain import requests as explanations
    from pypact.explain import secrets, verdict
    from pypact.explain.requests import SentRequest
    from pypact.explain.verdict import RareRequests
else:
    explanations = import_later("pypact.explain.requests")
    secrets = import_later("pypact.explain.secrets")
    verdict = import_later("pypact.explain.verdict")

ResponseFactory: TypeAlias = Callable[[HttpInteraction], Response]
"""A function that returns the response to send in place of the example response."""


@dataclass(frozen=True, slots=True)
class MatchedResponse:
    """The response to send, complete and with generators applied, and its interaction.

    A response made by a response factory is as it was returned.
    """

    interaction: HttpInteraction
    response: Response


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its response, or with the error that it ended in.

    `caller` is the place of the call, "file:line".
    """

    request: Request
    caller: str | None = None
    interaction: HttpInteraction | None = None
    response: Response | None = None
    error: Exception | None = None

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request.method

    @property
    def path(self) -> str:
        """The path of the request, not decoded, without the path prefix of the pact."""
        return self.request.path

    @property
    def status(self) -> int | None:
        """The status code of the response; None if there was no response."""
        return None if self.response is None else self.response.status

    @property
    def description(self) -> str | None:
        """The description of the interaction that matched; None if none matched.

        If there is an `error` as well, no response could be made for that interaction.
        """
        return None if self.interaction is None else self.interaction.description


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a block; true if all requests matched and none is missing.

    `used` are the interactions that were requested, in order of definition;
    `unexpected` the errors of requests without a response, even if the caller caught
    them; `missing` the interactions that were not requested and are not optional;
    `rare` those that were requested, but too few times; `unfinished` describes those
    that are not completely defined; `hint` is a possible reason for missing requests;
    `note` states what the clients of unexpected requests got, if not an error.
    """

    name: str
    used: tuple[HttpInteraction, ...] = ()
    unexpected: tuple[Exception, ...] = ()
    missing: tuple[HttpInteraction, ...] = ()
    rare: tuple[RareRequests, ...] = ()
    unfinished: tuple[str, ...] = ()
    hint: str = ""
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether there are no unexpected and no missing requests."""
        return not (self.unexpected or self.missing or self.rare)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        text = verdict.explain_verdict(
            self.name,
            self.unexpected,
            self.missing,
            self.rare,
            self.unfinished,
            note=self.note,
        )
        return f"{text}\n\n  {self.hint}" if self.hint and self.missing else text

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets of unexpected requests, which must not be shown anywhere."""
        return frozenset().union(*map(secrets.find_error_secrets, self.unexpected))

    def error(self) -> PactError | None:
        """Return an error that describes all problems; None if there are none."""
        if self.passed:
            return None
        if not self.unexpected:
            return MissingRequests(self)
        if all(isinstance(one, VerificationFailed) for one in self.unexpected):
            return VerificationFailed(self)
        if all(isinstance(one, NetworkBlocked) for one in self.unexpected):
            return NetworkBlocked(self)
        return UnexpectedRequest(self)


class Registry:
    """The interactions of one block, and the requests made so far.

    With `remembers=False` requests are not recorded: the first of equally specific
    interactions always responds, so that memory does not grow. With `guess_json`, a
    JSON body whose type is not declared is sent with the type of JSON. With
    `is_long_lived`, as in a server, only the first requests are kept: 1,000 that
    matched and 100 others; `forgotten` is the number of others beyond that.
    `list_unfinished` returns descriptions of interactions that cannot be registered
    yet, for errors.
    """

    def __init__(
        self,
        name: str,
        *,
        remembers: bool = True,
        guess_json: bool = False,
        is_long_lived: bool = False,
        list_unfinished: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.name = name
        self.forgotten = 0
        self._is_long_lived = is_long_lived
        self._failed = 0  # of the kept requests, if `is_long_lived`
        self._list_unfinished = list_unfinished
        self._remembers = remembers
        self._guesses_json = guess_json
        self._lock = threading.Lock()
        self._index = _RegistryIndex()
        self._exchanges: list[Exchange] = []
        self._left_out: list[tuple[Interaction, str]] = []

    def add(
        self,
        interaction: HttpInteraction,
        *,
        optional: bool = False,
        times: RequestCount = ONCE_OR_MORE,
    ) -> None:
        """Register an interaction; an optional one need not be requested.

        `times` states how often it is requested.
        """
        if optional:
            times = times._replace(least=0)
        with self._lock:
            self._index.add(_RegistryEntry(interaction, times))

    def add_supported(self, interactions: Iterable[Interaction]) -> None:
        """Register HTTP interactions of a contract; none need be requested.

        Those that cannot be compared do not respond. Errors of requests name them.
        """
        for interaction in interactions:
            problem = explain_unsupported(interaction)
            if problem is not None:
                self._left_out.append((interaction, problem))
            elif isinstance(interaction, HttpInteraction):
                self.add(interaction, optional=True)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All requests so far, in order, each with its response or error."""
        with self._lock:
            return tuple(self._exchanges)

    @property
    def is_empty(self) -> bool:
        return not self._index.entries

    def find_matching(self, request: Request) -> list[HttpInteraction]:
        """Return all interactions that match, most specific first, then in order."""
        return [entry.interaction for entry in self._index.find_entries(request)]

    def respond_to(
        self,
        request: Request,
        *,
        caller: str | None = None,
        respond: ResponseFactory | None = None,
        change: Callable[[HttpInteraction, Response], Response] | None = None,
        base_url: str = "",
        url: str = "",
    ) -> MatchedResponse:
        """Return the response of the most specific interaction that matches a request.

        Equally specific interactions respond in order of definition, each as often as
        it is expected; the last one without a limit responds to all further requests.
        `respond` makes the response, `change` changes it. Their errors, and
        UnexpectedRequest if nothing matches, are recorded for the verdict and
        propagate. `base_url` is the
        provider's URL as the consumer uses it, for the generator MockServerURL; `url`
        is the whole URL of the request, for errors.
        """
        matching = self._index.find_entries(request)
        if not matching:
            sent = _describe_sent(request, url, base_url, caller)
            raise self._record_unexpected(sent)
        entry = self._choose_entry(matching)
        if entry is None:
            sent = _describe_sent(request, url, base_url, caller)
            raise self._record_repeated(sent, matching)
        interaction = entry.interaction
        try:
            if respond is not None:
                response = completed = respond(interaction)
                if change is not None:
                    response = completed = change(interaction, response)
            elif change is not None:
                response = _apply_generators(interaction.response, base_url)
                response = change(interaction, response)
                completed = complete_response(response, guess_json=self._guesses_json)
            elif entry.response is not None:
                response, completed = interaction.response, entry.response
            else:
                response = _apply_generators(interaction.response, base_url)
                completed = complete_response(response, guess_json=self._guesses_json)
                if response is interaction.response:
                    entry.response = completed
        except Exception as error:
            self._record(Exchange(request, caller, interaction, error=error))
            raise
        self._record(Exchange(request, caller, interaction, response))
        return MatchedResponse(interaction, completed)

    def record_failure(
        self, request: Request, error: Exception, *, caller: str | None = None
    ) -> None:
        """Record a request that failed outside of the registry, for the verdict."""
        self._record(Exchange(request, caller, error=error))

    def verdict(self) -> Verdict:
        """Return the verdict on all requests so far."""
        with self._lock:
            entries = self._index.entries
            errors = (one.error for one in self._exchanges)
            few = [one for one in entries if one.count < one.times.least]
            return Verdict(
                self.name,
                used=tuple(one.interaction for one in entries if one.count),
                unexpected=tuple(error for error in errors if error is not None),
                missing=tuple(one.interaction for one in few if not one.count),
                rare=tuple(
                    verdict.RareRequests(one.interaction, one.count, one.times.least)
                    for one in few
                    if one.count
                ),
            )

    def save_state(self) -> Callable[[], None]:
        """Return a function that removes interactions and requests added since."""
        with self._lock:
            exchanges = list(self._exchanges)
            entries = [(entry, entry.count) for entry in self._index.entries]

        def restore() -> None:
            index = _RegistryIndex()
            with self._lock:
                for entry, count in entries:
                    entry.count = count
                    index.add(entry)
                self._index, self._exchanges = index, list(exchanges)

        return restore

    def _choose_entry(self, matching: list[_RegistryEntry]) -> _RegistryEntry | None:
        """Choose the entry that responds; return None if all reached their limits."""
        equals = matching
        if len(matching) > 1:
            best = matching[0].plan.specificity
            equals = [entry for entry in matching if entry.plan.specificity == best]
        if not self._remembers:
            return equals[0]
        with self._lock:
            unlimited = None
            for entry in equals:
                if entry.count < entry.times.quota:
                    break
                if entry.times.most is None:
                    unlimited = entry
            else:
                if unlimited is None:
                    return None
                entry = unlimited
            entry.count += 1
        return entry

    def _record_unexpected(self, sent: SentRequest) -> UnexpectedRequest:
        with self._lock:
            interactions = tuple(entry.interaction for entry in self._index.entries)
            left_out = tuple(self._left_out)
        return self._record_error(
            sent,
            explanations.UnexpectedExplanation(
                self.name, sent, interactions, left_out, self._list_unfinished()
            ),
        )

    def _record_repeated(
        self, sent: SentRequest, matching: list[_RegistryEntry]
    ) -> UnexpectedRequest:
        best = matching[0].plan.specificity
        limits = tuple(
            (one.interaction, one.times.most or 0)
            for one in matching
            if one.plan.specificity == best
        )
        earlier = tuple(
            one.caller or "an unknown place"
            for one in self.exchanges
            if any(one.interaction is interaction for interaction, _ in limits)
        )
        return self._record_error(
            sent, explanations.RepeatedExplanation(self.name, sent, limits, earlier)
        )

    def _record_error(
        self, sent: SentRequest, explanation: object
    ) -> UnexpectedRequest:
        error = UnexpectedRequest(explanation)
        self.record_failure(sent.request, error, caller=sent.caller)
        return error

    def _record(self, exchange: Exchange) -> None:
        if self._remembers:
            with self._lock:
                if not self._is_long_lived or self._admit(exchange):
                    self._exchanges.append(exchange)

    def _admit(self, exchange: Exchange) -> bool:
        """Count a request; return whether it is kept."""
        if exchange.error is None:
            return len(self._exchanges) - self._failed < _MOST_MATCHED
        if self._failed >= _MOST_FAILED:
            self.forgotten += 1
            return False
        self._failed += 1
        return True


_MOST_MATCHED = 1_000
_MOST_FAILED = 100


def _describe_sent(
    request: Request, url: str, base_url: str, caller: str | None
) -> SentRequest:
    target = format_target(request.path, request.query)
    url = url or base_url.rstrip("/") + target
    return explanations.SentRequest(request, url, caller)


@dataclass(slots=True, eq=False)
class _RegistryEntry:
    """A registered interaction with its request plan, compiled on first use.

    `count` is the number of requests that it has responded to, `response` the completed
    example response, if no generator changes it.
    """

    interaction: HttpInteraction
    times: RequestCount
    count: int = 0
    number: int = 0
    response: Response | None = None
    compiled: RequestPlan | None = None

    @property
    def plan(self) -> RequestPlan:
        # Two threads may both compile it; the plans are equal.
        if self.compiled is None:
            self.compiled = compile_request(self.interaction)
        return self.compiled


class _RegistryIndex:
    """The entries in order of definition, indexed by method, path and query.

    Those with a path rule have only the method as key, those whose query is not plain
    only method and path.
    """

    def __init__(self) -> None:
        self.entries: list[_RegistryEntry] = []
        self._by_query: dict[tuple[str, str, _QueryKey], list[_RegistryEntry]] = {}
        self._by_path: dict[tuple[str, str], list[_RegistryEntry]] = {}
        self._by_method: dict[str, list[_RegistryEntry]] = {}

    def add(self, entry: _RegistryEntry) -> None:
        request = entry.interaction.request
        method = request.method.upper()
        if request.rules.get("path"):
            found = self._by_method.setdefault(method, [])
        elif request.rules.get("query") or not _is_plain(request.query):
            found = self._by_path.setdefault((method, request.path), [])
        else:
            key = method, request.path, _make_query_key(request.query)
            found = self._by_query.setdefault(key, [])
        entry.number = len(self.entries)
        self.entries.append(entry)
        found.append(entry)

    def find_entries(self, request: Request) -> list[_RegistryEntry]:
        method, path = request.method.upper(), request.path
        possible: list[_RegistryEntry] = []
        if self._by_query:
            query = request.query
            query_key = _EMPTY if query is EMPTY_QUERY else _make_query_key(query)
            key = method, path, query_key
            possible += self._by_query.get(key, ())
        possible += self._by_path.get((method, path), ())
        possible += self._by_method.get(method, ())
        found = []
        for one in possible:
            if not (one.compiled or one.plan).check(request):
                found.append(one)  # noqa: PERF401 # a comprehension is one more call
        if len(found) > 1:
            found.sort(key=lambda one: one.number)
            found.sort(key=lambda one: one.plan.specificity, reverse=True)
        return found


def complete_response(response: Response, *, guess_json: bool = False) -> Response:
    """Return the response to send for an example response.

    A null body is resolved. Without a Content-Type header, the declared type of the
    body is added: the contract does not require the header, but clients need it to read
    the body. With `guess_json` this includes a JSON body whose type is not declared.
    """
    headers = response.headers
    declared = headers.first("content-type")
    body = get_sent_body(response.body, declared)
    found = body.content_type
    if guess_json and found is None and declared is None and body.is_present:
        guessed = guess_content_type(body.content)
        found = guessed if guessed.is_json else None
    if found and body.is_present and "content-type" not in headers:
        headers = headers.replacing("Content-Type", str(found))
    if body is response.body and headers is response.headers:
        return response
    return replace(response, headers=headers, body=body)


_QueryKey: TypeAlias = frozenset[tuple[str, tuple[str, ...]]]
_EMPTY: _QueryKey = frozenset()


def _is_plain(query: Query) -> bool:
    """Return whether only queries with the same parameters and values can match."""
    return not query.ordered and all(values for _, values in query.items())


def _make_query_key(query: Query) -> _QueryKey:
    # A missing value equals an empty value: `?a` is `?a=`.
    return frozenset(
        (name, tuple(value or "" for value in values)) for name, values in query.items()
    )


def _apply_generators(response: Response, base_url: str) -> Response:
    # Body rules may have generators of their own (eachValue, arrayContains).
    if not response.generators and not response.rules.get("body"):
        return response
    from pypact.generators import apply_to_response  # noqa: PLC0415 -- most responses have none

    context: dict[str, Json] = {"mockServer": {"url": base_url}} if base_url else {}
    return apply_to_response(response, "consumer", context)
