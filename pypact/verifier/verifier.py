"""Define `Verifier`, the entry point for verifying a provider.

It registers state functions, message functions, filters and hooks, runs the selected
interactions, and passes events to the reports.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pypact import former_names
from pypact.errors import InvalidExpectation
from pypact.former_names import explain_attribute
from pypact.model.body import map_content_types
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    SyncMessage,
)
from pypact.sources import Source, resolve_source
from pypact.targets import Target, TargetOptions, create_target
from pypact.targets.base import choose_run
from pypact.targets.lifespan import PrivateLoop
from pypact.verifier.callbacks import (
    BeforeAfter,
    ConsumerFilters,
    RequestFilters,
    refuse_generator,
)
from pypact.verifier.example_options import (
    read_options,
    refuse_places,
    vary_cases,
    vary_run,
)
from pypact.verifier.flow import Driver, ValueFor, provide_nothing, run_flow
from pypact.verifier.http import HttpDriver
from pypact.verifier.messages import MessageDriver, MessageFunction, MessageFunctions
from pypact.verifier.reporting import EventDispatcher
from pypact.verifier.results import Case, InteractionResult, Report, VerificationResult
from pypact.verifier.runner import (
    InteractionVerifier,
    VerifyCase,
    read_cases,
    run_cases,
)
from pypact.verifier.selection import Criteria, Selected, make_selection, show_criteria
from pypact.verifier.state_url import StateUrl
from pypact.verifier.states import StateFunction, StateFunctions
from pypact.verifier.target_options import (
    find_option_secrets,
    refuse_unknown_options,
    select_http_options,
)
from pypact.verifier.testcases import InteractionTests, TestClass, build_unittest_class

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pypact.strategies import Examples


_Function = TypeVar("_Function", bound=StateFunction | MessageFunction)


class Verifier:
    """A verifier of a provider against the contracts of its consumers.

    `provider` is the provider's name in the contracts, or an object with a `name`.

    The provider to call is given as one of the following; a verifier that only verifies
    messages needs none of them. `app` is a WSGI or ASGI application, a factory of one,
    an import string ("package.module:app"), or a target object. `wsgi` or `asgi` state
    the interface: given in place of `app`, or as True beside it. `django=True` uses the
    project of `DJANGO_SETTINGS_MODULE`. `base_url` is the URL of a running provider.
    `options` are described in `TargetOptions`.

    `pacts` is a file, a directory, a glob pattern, a URL, a contract, a broker, a
    source, or a list of these.

    `states` is a mapping of state names to functions, or one function for all states,
    called with those of the arguments `state`, `action` ("setup" or "teardown"),
    `params` and `expected` (see `ExpectedExample`) that it has parameters for.
    `state_url` sends the states to a URL instead: one POST request for each state, and
    with `state_teardown` another one after the interaction. The payload is JSON, or
    with `state_as_query` a query string; `state_headers` are sent too, and the
    `options` for TLS, proxy and timeout apply.

    `unknown_states` is "error", "warn" or "ignore" and applies to states without a
    function. By default they are an error, but only a warning if no state function,
    mapping or URL is given at all.

    `follow_redirects=True` follows redirects within the provider; by default a redirect
    is compared as any other response.

    `content_types` maps further media types to the kind of content like which they are
    handled in this process: "json", "xml", "form", "text", "multipart" or "binary", as
    in `{"application/vnd.acme": "json"}`.
    """

    def __init__(  # noqa: PLR0913 -- independent keyword options
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
        content_types: Mapping[str, str] | None = None,
        **options: Unpack[TargetOptions],
    ) -> None:
        refuse_unknown_options(options, Verifier)
        name = getattr(provider, "name", provider)
        if not isinstance(name, str) or not name:
            raise InvalidExpectation(
                f"the provider must be a name or have a name, got {provider!r}"
            )
        if unknown_states not in (None, *_UNKNOWN_STATES):
            known = ", ".join(map(repr, _UNKNOWN_STATES))
            wrong = f"unknown_states={unknown_states!r} is not valid"
            raise InvalidExpectation(f"{wrong}: expected one of {known}")
        map_content_types(content_types or {})
        self._given: dict[str, Any] = {
            "provider": provider,
            "app": app,
            "wsgi": wsgi,
            "asgi": asgi,
            "base_url": base_url,
            "django": django,
            "pacts": pacts,
            "unknown_states": unknown_states,
            "states": states,
            "state_url": state_url,
            "state_teardown": state_teardown,
            "state_as_query": state_as_query,
            "state_headers": state_headers,
            "follow_redirects": follow_redirects,
            **options,
        }
        self.provider = name
        self._source = resolve_source(pacts)
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
                **select_http_options(options),
            )
            self.states.set_fallback(
                self._state_url, by_position=("state", "params"), takes_empty_name=True
            )
        if unknown_states is None and (states is not None or state_url is not None):
            unknown_states = "error"
        self._filters = RequestFilters()
        self._hooks = BeforeAfter()
        self.messages = MessageFunctions()
        self._target: Target | None = None
        self._http: HttpDriver | None = None
        if any(one not in (None, False) for one in (app, wsgi, asgi, base_url, django)):
            self._target = create_target(
                app,
                wsgi=wsgi,
                asgi=asgi,
                base_url=base_url,
                django=django,
                options=options,
            )
            self._http = HttpDriver(
                self._target, filters=self._filters, follow_redirects=follow_redirects
            )
        self._loop = PrivateLoop()
        self._interactions = InteractionVerifier(
            self._build_drivers(),
            self.states,
            run=choose_run(self._target, self._loop),
            unknown_states=unknown_states,
            start=self._http.start if self._http and self._http.has_start else None,
            hooks=self._hooks,
            hidden=find_option_secrets(options, state_headers or {}),
        )

    def _build_drivers(self) -> dict[type[Interaction], Driver]:
        for_messages = MessageDriver(self.messages)
        drivers: dict[type[Interaction], Driver]
        drivers = {AsyncMessage: for_messages, SyncMessage: for_messages}
        if self._http is not None:
            drivers[HttpInteraction] = self._http
        return drivers

    def __repr__(self) -> str:
        return f"Verifier({self.provider!r})"

    # Type checkers must not see it: for them every name would exist.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            raise explain_attribute("Verifier", name, former_names.VERIFIER)

    @property
    def app(self) -> Any:
        """The application that runs in this process, or None."""
        return self._target.app if self._target is not None else None

    @property
    def source(self) -> Source:
        """The source of the contracts."""
        return self._source

    @property
    def is_remote(self) -> bool:
        """Whether the provider is called at a base URL."""
        return self._target is not None and self._target.is_remote

    def replace(self, **changes: Any) -> Verifier:
        """Return a verifier with other options and the same functions.

        `changes` are arguments of `Verifier`. An application or `base_url` among them
        replaces the provider to call, and `pacts` replaces the contracts. Functions in
        `states` take precedence over those that are registered here for the same
        states.

        Raises: InvalidExpectation, as the constructor does.
        """
        given = dict(self._given)
        if any(changes.get(name) for name in _PROVIDERS):
            becomes_remote = changes.get("base_url") is not None
            if becomes_remote != self.is_remote:
                # The options of an application are not those of a URL.
                own = {*TargetOptions.__annotations__} - {"max_body", "timeout"}
                given = {key: one for key, one in given.items() if key not in own}
            given.update(dict.fromkeys(_PROVIDERS))
        for name, other in (("states", "state_url"), ("state_url", "states")):
            if changes.get(name) is not None and not isinstance(given[other], Mapping):
                given[other] = None  # one function can serve all states
        verifier = Verifier(**{**given, **changes})
        verifier.add_functions_of(self)
        return verifier

    def add_functions_of(self, other: Verifier) -> None:
        """Add the functions that are registered with another verifier.

        These are state and message functions, unless there is one for the same name
        already, request filters and hooks.
        """
        self.states.add_missing(other.states)
        self.messages.add_missing(other.messages)
        self._filters.extend(other._filters)
        self._hooks.extend(other._hooks)

    def state(
        self, text: str, *, consumer: str | None = None
    ) -> Callable[[_Function], _Function]:
        """Return a decorator that registers a function to set up a provider state.

        `text` is the name of the state. It may have placeholders: `{name}`, `{id:int}`,
        `{x:float}`, `{w:word}`. With `consumer`, the function is used for this
        consumer's contracts only.

        Arguments are passed by name: the values at the placeholders, the params of the
        state (all of them as `params`), `interaction`, `consumer`, `state`, and the
        fixtures or attributes of the running test. `expected` is the example that the
        interaction expects in response (see `ExpectedExample`), to set up the data that
        the consumer expects: `add_user(**expected.json)`. Code after a `yield` is the
        teardown; a mapping that is returned or yielded provides values for the
        generators. The function may be a coroutine function.

            >>> @verifier.state("user {id:int} exists")
            ... def user_exists(id):
            ...     users[id] = "Grace"
            ...     yield
            ...     users.clear()

        Raises: InvalidExpectation if `text` is not a string, is already registered, or
        is not a valid pattern.
        """
        _require_string("state", text)

        def register(function: _Function) -> _Function:
            self.states.add(text, function, consumer=consumer)
            return function

        return register

    def message(self, text: str | None = None) -> Callable[[_Function], _Function]:
        """Return a decorator that registers a function to make a message.

        `text` is the description of the message, and may have placeholders as in
        `state`. Without a text, the function makes all messages that have no function
        of their own. Arguments are passed by name: the values at the placeholders,
        those that state functions returned, `description`, `interaction`, `consumer`,
        and for a synchronous message its `request`.

        The function returns the contents, or a tuple of contents and metadata. Bytes
        and strings are the contents as they are; everything else is written as JSON.
        For a synchronous message the function makes the response; several responses
        are returned as a list, or yielded.

            >>> @verifier.message("a user was created")
            ... def user_was_created():
            ...     return {"id": 23}, {"topic": "users"}

        Raises: InvalidExpectation if `text` is not a string, is already registered, or
        is not a valid pattern.
        """
        if text is not None:
            _require_string("message", text)

        def register(function: _Function) -> _Function:
            self.messages.add(text, function)
            return function

        return register

    def request_filter(self, function: _Function) -> _Function:
        """Register a function that changes each request before it is sent.

        Usable as a decorator. The function receives the `request` (see
        `OutgoingRequest`), and, for parameters with these names, `interaction`,
        `consumer`, `values` (those of the provider states), each of these values, and
        the fixtures or attributes of the running test. It may be a coroutine function.

            >>> @verifier.request_filter
            ... def authorize(request):
            ...     request.replace_header("Authorization", "Bearer valid")
        """
        self._filters.add(function)
        return function

    def filter_consumer(self, consumer: str) -> ConsumerFilters:
        """Return an object that registers filters for one consumer's requests only."""
        return ConsumerFilters(self._filters, consumer)

    def before_each(self, function: _Function) -> _Function:
        """Register a function to call before each interaction; usable as a decorator.

        It is called before the provider states are set up.
        """
        self._hooks.before.append(refuse_generator(function, "before_each"))
        return function

    def after_each(self, function: _Function) -> _Function:
        """Register a function to call after each interaction; usable as a decorator.

        It is called after the teardown of the provider states, even if a state failed.
        `response` is the provider's response, or None if there is none.
        """
        self._hooks.after.append(refuse_generator(function, "after_each"))
        return function

    @show_criteria
    def verify(
        self,
        *,
        allow_empty: bool = False,
        reports: Iterable[Report] | None = None,
        value_for: ValueFor = provide_nothing,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
        **criteria: Unpack[Criteria],
    ) -> VerificationResult:
        """Verify the selected interactions, report them and return the result.

        `consumer` is a name or several; `description` and `state` are regular
        expressions to search for; `no_state`, or an empty `state`, selects interactions
        without provider states. The environment variables `PACT_DESCRIPTION`,
        `PACT_PROVIDER_STATE` and `PACT_PROVIDER_NO_STATE` apply where the description
        or the state is not given. Without any interaction the run fails, unless
        `allow_empty` is true. `reports` replace the report on the console.
        `value_for(name)` returns values for parameters of state functions, filters and
        hooks that the provider states do not provide.

        With `examples`, a number or `pypact.Examples`, each interaction that has passed
        is verified that many times more, with other requests that its matching rules
        accept. An exception or a status from 500 on is a failure. The whole response is
        compared only if the generated values are in neither the path, the query,
        provider states nor headers such as Authorization and Accept, or if
        `examples_for` names their places, such as "$.name", "$.items[*].id", "path", or
        the name of a query parameter or header. For a synchronous message, an exception
        of the message function is a failure. Its responses are compared only if it has
        no provider state, or if `examples_for` names the places of the values.

            >>> verifier = pypact.Verifier("Users", app=app, pacts="pacts/")
            >>> result = verifier.verify(reports=[], consumer="Web")
            >>> result.is_ok
            True

        Raises: VerificationFailed, with all failures in its text; InvalidPact or
        StoreError if contracts cannot be read, or a report cannot be written;
        BrokerError if a broker does not deliver contracts or accept results.
        """
        verify_case: VerifyCase = partial(self._interactions.begin, value_for=value_for)
        with vary_run(verify_case, examples, examples_for) as verify:
            selected = self.select(**criteria)
            try:
                return run_flow(self._run(selected, verify, reports, allow_empty))
            finally:
                self.close()

    @show_criteria
    async def averify(
        self,
        *,
        allow_empty: bool = False,
        reports: Iterable[Report] | None = None,
        value_for: ValueFor = provide_nothing,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
        **criteria: Unpack[Criteria],
    ) -> VerificationResult:
        """Verify as `verify` does, inside the running event loop."""
        verify_case: VerifyCase = partial(self.aexamine, value_for=value_for)
        with vary_run(verify_case, examples, examples_for) as verify:
            selected = self.select(**criteria)
            try:
                return await self._run(selected, verify, reports, allow_empty)
            finally:
                await self.aclose()

    async def _run(
        self,
        selected: Selected,
        verify_case: VerifyCase,
        reports: Iterable[Report] | None,
        allow_empty: bool,  # noqa: FBT001 -- passed on from the public methods
    ) -> VerificationResult:
        emit = EventDispatcher(reports, selected)
        name = self.provider
        await run_cases(name, selected, verify_case, emit, allow_empty=allow_empty)
        return emit.result()

    @show_criteria
    def select(self, **criteria: Unpack[Criteria]) -> Selected:
        """Read the contracts, and return the interactions that `verify` would verify.

        Raises: InvalidPact, StoreError or BrokerError if contracts cannot be read.
        """
        selection = make_selection(**criteria)
        cases = read_cases(self._source, self.provider)
        self._interactions.set_cases(cases)
        return selection.split(cases)

    @show_criteria
    def each(
        self,
        *,
        allow_empty: bool = False,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
        **criteria: Unpack[Criteria],
    ) -> InteractionTests:
        """Return a decorator that makes one pytest test for each interaction.

        The test function receives the argument `interaction`, and calls its `verify()`.
        The contracts are read when pytest collects the function. State functions,
        filters and hooks may use fixtures by name. `examples` and `examples_for` are
        those of `verify`: each test tries other examples of its interaction.

            >>> @verifier.each()
            ... def test_contract(interaction):
            ...     interaction.verify()
        """
        options = read_options(examples, examples_for)
        return InteractionTests(self, criteria, allow_empty, options)

    @show_criteria
    def cases(
        self,
        base: type[TestClass],
        *,
        allow_empty: bool = False,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
        **criteria: Unpack[Criteria],
    ) -> type[TestClass]:
        """Return a subclass of `base` with one test method for each interaction.

        Use it as a decorator, which type checkers accept:

            @verifier.cases
            class TestContract(unittest.TestCase):
                def setUp(self) -> None:
                    self.database = connect()

        With criteria, write `TestContract = verifier.cases(Base, consumer="Web")`. The
        form `class TestContract(verifier.cases(unittest.TestCase))` works as well, but
        mypy refuses the base class.

        The contracts are read immediately. State functions, filters and hooks may use
        attributes of the test case by name. `examples` and `examples_for` are those of
        `verify`.

            >>> @verifier.cases
            ... class TestContract(unittest.TestCase):
            ...     pass
        """
        tests = self.each(
            allow_empty=allow_empty,
            examples=examples,
            examples_for=examples_for,
            **criteria,
        )
        module = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 -- the only way to find the caller
        return build_unittest_class(tests, base, module)

    def examine(
        self,
        case: Case,
        *,
        value_for: ValueFor = provide_nothing,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
    ) -> InteractionResult:
        """Verify one of the interactions that `select` returned.

        Failures are part of the result and do not raise. The application keeps running
        until `close` is called. `examples` and `examples_for` are those of `verify`.
        """
        if examples is None:
            refuse_places(examples_for)
            return self._interactions.verify(case, value_for=value_for)
        begin = partial(self._interactions.begin, value_for=value_for)
        return run_flow(vary_cases(begin, examples, examples_for)(case))

    async def aexamine(
        self,
        case: Case,
        *,
        value_for: ValueFor = provide_nothing,
        examples: int | Examples | None = None,
        examples_for: Iterable[str] = (),
    ) -> InteractionResult:
        """Verify one interaction inside the running event loop, as `examine` does.

        The application keeps running until `aclose` is called.
        """
        verify_case = partial(self._interactions.averify, value_for=value_for)
        if examples is None:
            refuse_places(examples_for)
            return await verify_case(case)
        return await vary_cases(verify_case, examples, examples_for)(case)

    def close(self) -> None:
        """Stop the application and close connections; both restart when needed."""
        if self._target is not None:
            self._target.close()
            # A `close` of the user's own need not close the loop that `run` created.
            if self._target.default_loop is not None:
                self._target.default_loop.close()
        if self._http is not None:
            self._http.close()
        if self._state_url is not None:
            self._state_url.close()
        self._loop.close()

    async def aclose(self) -> None:
        """Stop an application that was started inside the running event loop."""
        if self._target is not None:
            await self._target.aclose()
        if self._http is not None:
            self._http.close()


def _require_string(name: str, text: object) -> None:
    # A decorator used without parentheses receives the function here, and would
    # register nothing.
    if not isinstance(text, str):
        raise InvalidExpectation(
            f'a {name} function must be registered with `@verifier.{name}("…")`, '
            f"expected a string, got {text!r}"
        )


_PROVIDERS = ("app", "wsgi", "asgi", "base_url", "django")
_UNKNOWN_STATES = ("error", "warn", "ignore")
