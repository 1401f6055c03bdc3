"""Does this provider honour its contracts?"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pypact.errors import InvalidExpectation, PactError, StoreError, VerificationFailed
from pypact.masking import secret_values, secrets_in, secrets_of
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    SyncMessage,
)
from pypact.sources import source_for
from pypact.targets import TargetOptions, target_for
from pypact.targets.loops import PrivateLoop
from pypact.verifier.around import Around, no_generator
from pypact.verifier.each import Each
from pypact.verifier.events import (
    BrokerTold,
    Event,
    InteractionFinished,
    Report,
    RunFinished,
)
from pypact.verifier.examining import Examiner, no_value
from pypact.verifier.exchange import Exchange, ValueFor
from pypact.verifier.filters import ConsumerFilters, Filters
from pypact.verifier.http_exchange import HttpExchange
from pypact.verifier.message_exchange import MessageExchange
from pypact.verifier.message_functions import MessageFunction, MessageFunctions
from pypact.verifier.publishing import Publication
from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.text import Verdict
from pypact.verifier.results import Case, InteractionResult, VerificationResult
from pypact.verifier.run import arun, cases_of, run
from pypact.verifier.selection import Selected, selection_for
from pypact.verifier.state_url import StateUrl
from pypact.verifier.states import StateFunction, StateFunctions

if TYPE_CHECKING:
    import unittest

    from typing_extensions import Unpack

    _TestCase = TypeVar("_TestCase", bound=unittest.TestCase)

__all__ = ["Verifier"]

_Function = TypeVar("_Function", bound=StateFunction | MessageFunction)


class Verifier:
    """Verifies a provider against the contracts that consumers made with it.

    `provider` is its name in the contracts, or anything with a `name`. `app` is a WSGI
    or ASGI application, a factory or an import string ("package.module:app") of one, or
    a target of your own; `wsgi` or `asgi` in its place, or as a flag beside it, say
    which it is; `django` takes the project of `DJANGO_SETTINGS_MODULE`; `base_url` is
    where a provider listens that runs already. `options` say how it is called: see
    `TargetOptions`. Who only sends messages gives none of these.

    `pacts` is a file, a directory, a pattern, a URL, a contract, a broker, a source,
    or a list of those. `unknown_states` says what a state without a function is: an
    "error", a reason to "warn", or to "ignore"; unless it is said, an error, but where
    no state function is registered at all, only a reason to warn.

    `states` is a mapping of texts to functions, or one function for all states, called
    with the state, the action ("setup" or "teardown") and the params, or those of them
    that it has parameters for. `state_url` is called in place of functions: by POST,
    once for each state, and with `state_teardown` once more after it; its payload is
    JSON, or with `state_as_query` the query; `state_headers` are sent along, and the
    `options` of TLS and time are those of `base_url`.

    `follow_redirects` follows those that stay at the provider; without it a redirect is
    an answer like any other.
    """

    def __init__(  # noqa: PLR0913 -- each is one choice of the user's, by its name
        self,
        provider: object,
        *,
        app: object = None,
        wsgi: object = None,
        asgi: object = None,
        base_url: str | None = None,
        django: bool = False,
        pacts: object = "pacts",
        unknown_states: str | None = None,
        states: object = None,
        state_url: str | None = None,
        state_teardown: bool = False,
        state_as_query: bool = False,
        state_headers: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
        **options: Unpack[TargetOptions],
    ) -> None:
        _refuse_unknown(options)
        name = getattr(provider, "name", provider)
        if not isinstance(name, str) or not name:
            raise InvalidExpectation(f"wanted the provider's name, not {provider!r}")
        if unknown_states not in (None, *_UNKNOWN_STATES):
            known = ", ".join(map(repr, _UNKNOWN_STATES))
            raise InvalidExpectation(
                f"unknown_states={unknown_states!r} is none of {known}"
            )
        self.provider = name
        self._source = source_for(pacts)
        self.states = StateFunctions()
        if states is not None:
            self.states.add_all(states)
        self._state_url: StateUrl | None = None
        if state_url is not None:
            self._state_url = StateUrl(
                state_url,
                teardown=state_teardown,
                as_query=state_as_query,
                headers=state_headers,
                **_of_calls(options),
            )
            self.states.add_all(self._state_url)
        self._filters = Filters()
        self._around = Around()
        self.messages = MessageFunctions()
        self._target = None
        if any(one not in (None, False) for one in (app, wsgi, asgi, base_url, django)):
            self._target = target_for(
                app,
                wsgi=wsgi,
                asgi=asgi,
                base_url=base_url,
                django=django,
                options=options,
            )
        self._http: HttpExchange | None = None
        if self._target is not None:
            self._http = HttpExchange(
                self._target,
                filters=self._filters,
                follow_redirects=follow_redirects,
            )
        self._loop = PrivateLoop()
        self._examiner = Examiner(
            self._exchanges(),
            self.states,
            run=getattr(self._target, "run", self._loop.run),
            unknown_states=unknown_states,
            start=self._http.start if self._http is not None else None,
            around=self._around,
            hidden=_hidden_in(options, state_headers or {}),
        )

    def _exchanges(self) -> dict[type[Interaction], Exchange]:
        of_messages = MessageExchange(self.messages)
        exchanges: dict[type[Interaction], Exchange] = {
            AsyncMessage: of_messages,
            SyncMessage: of_messages,
        }
        if self._http is not None:
            exchanges[HttpInteraction] = self._http
        return exchanges

    def __repr__(self) -> str:
        return f"Verifier({self.provider!r})"

    def state(
        self, text: str, *, consumer: str | None = None
    ) -> Callable[[_Function], _Function]:
        """Register a function that sets up a provider state, of one consumer or of all.

        `text` may have places for values: `{name}`, `{id:int}`, `{x:float}`,
        `{w:word}`. The function's parameters are named after those, after the state's
        params, or `params` for all of them, or `interaction`, or what a test has
        (fixtures, attributes). What follows a `yield` is the teardown; a mapping that
        is returned or yielded feeds the generators. It may be a coroutine function.

        Raises: InvalidExpectation for what is no text, one that is taken, or a pattern
        that cannot be understood.
        """
        _refuse_no_text("state", text)

        def register(function: _Function) -> _Function:
            self.states.add(text, function, consumer=consumer)
            return function

        return register

    def message(self, text: str | None = None) -> Callable[[_Function], _Function]:
        """Register a function that makes the message of this description.

        `text` may have places for values, as those of `state`; without a text the
        function makes all messages that have no function of their own. Its parameters
        are named after those places, after what the state functions gave, or
        `description`, `interaction`, or, where the message is an answer, `request`.

        It gives the contents, or contents and metadata: `return contents, metadata`.
        Bytes and text are the contents themselves, everything else is JSON. Where a
        message has several answers it gives a list of them, or yields them.
        """
        if text is not None:
            _refuse_no_text("message", text)

        def register(function: _Function) -> _Function:
            self.messages.add(text, function)
            return function

        return register

    def request_filter(self, function: _Function) -> _Function:
        """Register a function that changes each request before it is sent; a decorator.

        It gets `request` (see `OutgoingRequest`), and by their names the interaction,
        values that the states gave, and what a test has. It may be a coroutine
        function.
        """
        self._filters.add(function)
        return function

    def filter_consumer(self, consumer: str) -> ConsumerFilters:
        """Give what registers filters for one consumer's requests alone."""
        return ConsumerFilters(self._filters, consumer)

    def before_each(self, function: _Function) -> _Function:
        """Register a function to call before each interaction; also a decorator.

        It comes before the states are set up.
        """
        self._around.before.append(no_generator(function, "before_each"))
        return function

    def after_each(self, function: _Function) -> _Function:
        """Register a function to call with each interaction and its `response`.

        It comes after the teardown of the states, also where a state failed; then, and
        where the provider did not answer, `response` is None.
        """
        self._around.after.append(no_generator(function, "after_each"))
        return function

    def verify(
        self,
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        no_state: bool = False,
        allow_empty: bool = False,
        reports: Iterable[Report] | None = None,
        value_for: ValueFor = no_value,
    ) -> VerificationResult:
        """Verify every interaction that is selected, and report.

        `consumer` is one name or several; `description` and `state` are searched as
        regular expressions; `no_state`, or an empty `state`, selects interactions
        without states. What is not given is taken from `PACT_DESCRIPTION`,
        `PACT_PROVIDER_STATE` and `PACT_PROVIDER_NO_STATE`. `reports` take the place of
        the one on the console. `value_for(name)` gives values to the parameters of
        state functions and filters that no state has.

        Raises: VerificationFailed listing everything that failed; InvalidPact or
        StoreError when contracts cannot be read; BrokerError when a broker refuses to
        give them, or to take what came of them.
        """
        selected = self.select(
            consumer=consumer, description=description, state=state, no_state=no_state
        )
        tell = _Teller(reports, selected)
        try:
            for event in run(
                self.provider,
                selected,
                lambda case: self.examine(case, value_for=value_for),
                allow_empty=allow_empty,
            ):
                tell(event)
        finally:
            self.close()
        return tell.result()

    async def averify(
        self,
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        no_state: bool = False,
        allow_empty: bool = False,
        reports: Iterable[Report] | None = None,
        value_for: ValueFor = no_value,
    ) -> VerificationResult:
        """Do what `verify` does inside the running loop."""
        selected = self.select(
            consumer=consumer, description=description, state=state, no_state=no_state
        )
        tell = _Teller(reports, selected)
        try:
            async for event in arun(
                self.provider,
                selected,
                lambda case: self.aexamine(case, value_for=value_for),
                allow_empty=allow_empty,
            ):
                tell(event)
        finally:
            await self.aclose()
        return tell.result()

    def select(
        self,
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        no_state: bool = False,
    ) -> Selected:
        """Read the contracts, and choose what is to be verified, as `verify` does.

        Raises: InvalidPact or StoreError when contracts cannot be read.
        """
        selection = selection_for(consumer, description, state, no_state=no_state)
        cases = cases_of(self._source, self.provider)
        self._examiner.expect(cases)
        return selection.of(cases)

    def each(
        self,
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        no_state: bool = False,
        allow_empty: bool = False,
    ) -> Each:
        """Make one pytest test of each interaction; it is given as `interaction`.

        The contracts are read when pytest collects the decorated function. State
        functions may ask for fixtures by name.
        """
        criteria = {
            "consumer": consumer,
            "description": description,
            "state": state,
            "no_state": no_state,
        }
        return Each(self, criteria, allow_empty)

    def cases(
        self,
        base: type[_TestCase],
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        no_state: bool = False,
        allow_empty: bool = False,
    ) -> type[_TestCase]:
        """Make a subclass of the TestCase `base` with a method for each interaction.

        The contracts are read now. Parameters of state functions that no state has are
        attributes of the test.
        """
        from pypact.verifier.cases import cases_for  # noqa: PLC0415 -- unittest is heavy

        each = self.each(
            consumer=consumer,
            description=description,
            state=state,
            no_state=no_state,
            allow_empty=allow_empty,
        )
        return cases_for(each, base)

    def examine(
        self, case: Case, *, value_for: ValueFor = no_value
    ) -> InteractionResult:
        """Verify one interaction of those that `select` gave.

        What goes wrong stands in the result. The application stays started until
        `close` is called.
        """
        return self._examiner.examine(case, value_for=value_for)

    async def aexamine(
        self, case: Case, *, value_for: ValueFor = no_value
    ) -> InteractionResult:
        """Do what `examine` does inside the running loop; `aclose` ends it there."""
        return await self._examiner.aexamine(case, value_for=value_for)

    def close(self) -> None:
        """Stop the application; it starts again when it is next needed."""
        close = getattr(self._target, "close", None)
        if close is not None:
            close()
        if self._http is not None:
            self._http.close()
        if self._state_url is not None:
            self._state_url.close()
        self._loop.close()

    async def aclose(self) -> None:
        """Stop what was started inside the running loop."""
        aclose = getattr(self._target, "aclose", None)
        if aclose is not None:
            await aclose()
        if self._http is not None:
            self._http.close()


class _Teller:
    """Passes events on to reports; the last one has the result."""

    def __init__(self, reports: Iterable[Report] | None, selected: Selected) -> None:
        self._readers = [ConsoleReport()] if reports is None else list(reports)
        self._publication = Publication()
        self._publication.expect(selected)
        self._failure: PactError | None = None
        self._unwritten: StoreError | None = None
        self._last: Event | None = None

    def __call__(self, event: Event) -> None:
        self._last = event
        if isinstance(event, InteractionFinished):
            self._publication.add(event.result)
        if isinstance(event, RunFinished):
            conclusion = self._publication.conclude()
            self._failure = conclusion.failure
            if conclusion.lines:
                self._pass_on(BrokerTold(conclusion.lines))
        self._pass_on(event)

    def result(self) -> VerificationResult:
        assert isinstance(self._last, RunFinished)  # noqa: S101 -- the stream's last event
        result = self._last.result
        if self._unwritten is not None:
            raise self._unwritten
        if not result.is_ok:
            raise VerificationFailed(Verdict(result), result=result)
        if self._failure is not None:
            raise self._failure
        return result

    def _pass_on(self, event: Event) -> None:
        for report in self._readers:
            try:
                report(event)
            except StoreError as error:  # noqa: PERF203 -- the others are written all the same
                self._unwritten = self._unwritten or error


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    known = TargetOptions.__annotations__
    for name in options:
        if name in known:
            continue
        own = inspect.signature(Verifier).parameters
        near = difflib.get_close_matches(name, [*own, *known], n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise InvalidExpectation(f"a verifier has no option {name!r}{meant}")


def _refuse_no_text(name: str, text: object) -> None:
    # A decorator without its parentheses would get the function here, and register
    # nothing.
    if not isinstance(text, str):
        raise InvalidExpectation(
            f'a {name} function is registered with `@verifier.{name}("…")`, not with '
            f"{text!r}"
        )


def _of_calls(options: TargetOptions) -> dict[str, Any]:
    """The options for whatever is called over HTTP."""
    names = ("timeout", "tls", "verify", "cert", "proxy")
    return {name: value for name, value in options.items() if name in names}


def _hidden_in(
    options: TargetOptions, state_headers: Mapping[str, str]
) -> frozenset[str]:
    """What no output shows of the options."""
    environ = options.get("environ_extra", {})
    variables = [
        (key.removeprefix("HTTP_").replace("_", "-"), value)
        for key, value in environ.items()
        if isinstance(value, str)
    ]
    of_states = (secrets_in(name, value) for name, value in state_headers.items())
    return frozenset().union(
        secret_values(environ),
        secret_values(options.get("scope_extra", {})),
        secrets_of(variables),
        *of_states,
    )


_UNKNOWN_STATES = ("error", "warn", "ignore")
