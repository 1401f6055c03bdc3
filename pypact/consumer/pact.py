"""Define consumers, providers and the pacts between them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pypact import former_names
from pypact._dataclasses import replace
from pypact._lazy import import_later
from pypact._process import get_network_policy, use_real_files
from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.decorator import Interception
from pypact.consumer.definitions import Definitions
from pypact.consumer.info import PactInfo
from pypact.consumer.messages import MessageBuilder, SyncMessageBuilder
from pypact.consumer.variants import FixedRun, VariantSource, iterate_blocks
from pypact.errors import BlockMisuse, InvalidExpectation
from pypact.former_names import explain_attribute, refuse_former
from pypact.hooks.network import NetworkPolicy, parse_hosts
from pypact.hooks.origins import Origin, parse_origin
from pypact.model.body import map_content_types
from pypact.model.interactions import parse_version
from pypact.model.json import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from typing_extensions import Self

    from pypact.consumer import block, writer
    from pypact.consumer.block import Calls
    from pypact.consumer.inference import DescriptionFunction
    from pypact.consumer.recording import BuildFunction
    from pypact.consumer.serve import PactServer
    from pypact.consumer.variants import BlockRun, Interactions
    from pypact.consumer.varied import Selection
    from pypact.fault import Fault
    from pypact.formats import store
    from pypact.model.interactions import Interaction
    from pypact.strategies import Examples
else:
    block = import_later("pypact.consumer.block")
    store = import_later("pypact.formats.store")
    writer = import_later("pypact.consumer.writer")


class Pact:
    """A pact between a consumer and a provider, from `Consumer.has_pact_with`.

    Each `given` or `upon_receiving` of the pact begins a new interaction. A block uses
    the interactions that were defined since the last block, and those defined inside of
    it; they end with the block.

        >>> pact = pypact.Consumer("Web").has_pact_with(
        ...     "Users", base_url="https://users.example.com"
        ... )
        >>> user = pact.upon_receiving("a request for user 23")
        >>> user = user.with_request("GET", "/users/23")
        >>> user = user.will_respond_with(200, body={"name": match.string("Ann")})
        >>> with pact.intercept() as calls:
        ...     requests.get("https://users.example.com/users/23").json()
        {'name': 'Ann'}
        >>> calls[0].status
        200
    """

    def __init__(
        self,
        consumer: str,
        provider: str,
        *,
        port: int | str | None,
        base_url: str | None,
        pact_dir: str | PathLike[str],
        specification: str,
    ) -> None:
        self.consumer = consumer
        self.provider = provider
        self.origin = _parse_origin_of_pact(port, base_url)
        self._port = int(port) if port is not None else 0
        self.pact_dir = _resolve_directory(
            os.environ.get("PACT_OUTPUT_DIR") or pact_dir
        )
        self.specification = parse_version(specification)
        self._info = PactInfo(
            consumer, provider, self.origin, self.pact_dir, self.specification
        )
        self._definitions = Definitions(self._info, _stage)

    @property
    def name(self) -> str:
        """Consumer and provider, as shown in messages."""
        return self._info.name

    def __repr__(self) -> str:
        return f"<Pact {self.name}>"

    # Type checkers must not see these: for them every name would exist.
    if not TYPE_CHECKING:

        def __new__(cls, *args: object, **options: object) -> Self:
            if args and not options:
                names = ", ".join(map(repr, args))
                raise InvalidExpectation(
                    f"Pact({names}) is not possible; use "
                    "pypact.Consumer(consumer).has_pact_with(provider)"
                )
            return super().__new__(cls)

        def __getattr__(self, name: str) -> object:
            raise explain_attribute("Pact", name, former_names.PACT)

        def __enter__(self) -> NoReturn:
            raise BlockMisuse("a pact is not a block; use `with pact.intercept():`")

        def __exit__(self, *_: object) -> None: ...

    def given(
        self, state: str, params: dict[str, Json] | None = None, /, **more: Json
    ) -> InteractionBuilder:
        """Begin an interaction with a provider state.

        The parameters of the state may be a mapping, keywords, or both.
        """
        return self._definitions.begin().given(state, params, **more)

    def upon_receiving(self, description: str) -> InteractionBuilder:
        """Begin an interaction with its description.

        Description and provider states together identify the interaction.
        """
        return self._definitions.begin().upon_receiving(description)

    def expects_message(self, description: str) -> MessageBuilder:
        """Begin an asynchronous message: one that gets no response (v3, v4).

        Its `verify` passes it to the consumer's handler. Messages that are expected at
        the same time are recorded together, and only if all of them were processed.

            >>> message = pact.expects_message("a user was created")
            >>> message = message.with_contents({"id": 23}).with_metadata(topic="users")
            >>> message.verify(lambda contents, metadata: contents.json()["id"])
            23
        """
        messages = self._definitions.messages
        return MessageBuilder(self.specification, description, messages)

    def expects_sync_message(self, description: str) -> SyncMessageBuilder:
        """Begin a synchronous message: a request with its responses (v4).

        Its `verify` calls the consumer's handler with the request and the list of the
        responses, each of which has `contents` and `metadata`.
        """
        messages = self._definitions.messages
        return SyncMessageBuilder(self.specification, description, messages)

    def intercept(
        self,
        *interactions: InteractionBuilder,
        variant: str | Mapping[str, str] | None = None,
        examples: int | Examples | None = None,
        app: object = None,
        states: object = None,
        fault: Fault | None = None,
        block_network: bool | None = None,
        allow_hosts: Iterable[str] | str = (),
    ) -> Interception[Calls]:
        """Intercept the consumer's requests and return the declared responses.

        The result is a context manager and a decorator. The context manager returns the
        calls that are made, in their order. The decorator takes functions, coroutine
        functions, generator functions (for fixtures, below `@pytest.fixture`) and
        `unittest.TestCase` classes.

        `interactions` of this pact are defined anew for each block, such as those that
        a module defines for several tests. If an interaction contains `match.one_of`, a
        decorated test runs once for each variant. The variants of interactions that
        are given here, or were defined before the decoration and are given to no other
        decorator, are pytest items of their own; those of others are reruns in the same
        item, shown as subtests. A `with` block runs once, with the `variant` that it is
        given: one of `interaction.variants`, such as "nickname=absent", or a mapping
        such as {"nickname": "absent"}. Variants are written once all of them have
        passed.

        With `examples`, a number or `pypact.Examples`, a decorated test that has passed
        runs that many times more, with other responses or messages that the matching
        rules accept: other integers, strings, dates and lengths of lists, and
        additional members of objects. Such a test compares with what the client got,
        `calls[-1].response`, where `calls` is a parameter of the test, or with
        `message.received`. A failure is simplified, and raised with the fields that
        cause it. Nothing from these runs is recorded.

        With the provider's `app` (anything that `Verifier` takes), the app responds.
        Each of its responses is compared with the declared interaction, and the
        contract contains the declared one. `states` sets up the provider states around
        each call: a `Verifier`, whose state functions are used, or a mapping of strings
        to functions. Without `states` the test has to set them up.

        With a `fault` (see `pypact.fault`) the calls fail with the client's own
        exceptions. Interactions of such a block are not recorded, and may be unused.

        Requests of the hooked clients to other origins are refused with NetworkBlocked,
        unless their host is on this machine (`localhost`, `*.localhost`, loopback
        addresses, Unix sockets) or one of `allow_hosts`: `host`, `host:port`,
        `*.host` for its subdomains, or `*`. With `block_network=True`, only
        `allow_hosts` and Unix sockets pass; with False, all requests pass; with None,
        the options `--pypact-block-network` and `--pypact-allow-hosts` of pytest apply.
        The requests of threads that were started before the block pass, and those of
        mocks such as `responses` and respx, which send none.

            >>> @pact.intercept()
            ... def test_users():
            ...     users = pact.upon_receiving("a request for all users")
            ...     users.with_request("GET", "/users").will_respond_with(200, body=[])
            ...     assert requests.get("https://users.example.com/users").json() == []
            >>> test_users()

        Raises: BlockMisuse on entry. When the block ends: UnexpectedRequest,
        MissingRequests, NetworkBlocked and MergeConflict; InvalidExpectation for an
        incomplete interaction; VerificationFailed when a response of the app does not
        match.
        """
        if app is None and states is not None:
            raise InvalidExpectation(
                "intercept(states=…) sets up the states of an app: give app=… as well"
            )
        make_examples = None
        if examples is not None:
            if app is not None or fault is not None or variant is not None:
                raise InvalidExpectation(
                    "examples= cannot be combined with app=, fault= or variant="
                )
            from pypact.strategies import Examples  # noqa: PLC0415 -- see above

            tried = Examples.of(examples)
            from pypact.consumer.example_runs import ExampleSource  # noqa: PLC0415 -- it needs hypothesis

            def make_examples(source: VariantSource | None) -> ExampleSource:
                builders = declared if source is None else source.builders
                return ExampleSource(tried, self._definitions, make_block, builders)

        provider = None
        if app is not None:
            from pypact.consumer.live import LiveProvider  # noqa: PLC0415 -- modules that call an app load slowly

            provider = LiveProvider(self._info, app, states)
        get_policy = _make_policy_getter(block_network, allow_hosts)

        def make_block(run: BlockRun | None, builders: Interactions) -> block.Block:
            return block.Block(
                self._definitions,
                provider=provider,
                fault=fault,
                network=get_policy(),
                run=run,
                builders=builders,
            )

        declared = self._definitions.claim(interactions)
        if variant is None:
            source = VariantSource(self._definitions, _stage, make_block, declared)
            return Interception(
                self.name, lambda: make_block(None, declared), source, make_examples
            )
        self._make_fixed_run(variant, declared)  # an unknown variant is refused here
        return Interception(
            self.name,
            lambda: make_block(self._make_fixed_run(variant, declared), declared),
        )

    def each_variant(
        self,
        *interactions: InteractionBuilder,
        app: object = None,
        states: object = None,
        block_network: bool | None = None,
        allow_hosts: Iterable[str] | str = (),
    ) -> Iterator[Calls]:
        """Intercept once for each variant of the declared interactions.

        The arguments are those of `intercept`. Each step of the loop has its own block,
        whose calls it gets; `calls.variant` names the variant. The contract gets the
        interactions when the loop ends, so that none is written if a step fails.

            for calls in pact.each_variant():
                client.get_user(23)

        Raises: the errors of `intercept`.
        """
        source = self.intercept(
            *interactions,
            app=app,
            states=states,
            block_network=block_network,
            allow_hosts=allow_hosts,
        ).variants
        assert source is not None  # noqa: S101 -- it is None only with variant=
        self._definitions.close_iterations()
        if not interactions:
            source = replace(source, builders=self._definitions.claim_reserved())
        iteration = iterate_blocks(source)
        self._definitions.iterations.add(iteration)
        return iteration

    def record(
        self,
        app: object = None,
        *,
        base_url: str | None = None,
        given: str | Sequence[str] = (),
        describe: DescriptionFunction | None = None,
        infer: bool = False,
    ) -> Interception[Calls]:
        """Record a contract from the responses of a real provider.

        The result is a context manager and a decorator, as for `intercept`. The
        consumer's requests are sent to the provider's `app` (anything that `Verifier`
        takes), called in this process, or to the provider at `base_url`; each exchange
        becomes an interaction. `given` names the provider states to write. `describe`
        returns the description of an exchange, by default its method and path. With
        `infer`, matching rules are inferred from the values of JSON responses: types,
        numbers, dates, UUIDs, arrays of similar items.

        Credentials are not written, nor are headers that clients and servers add
        automatically. A different response to the same request becomes another
        interaction, with a number after its description; give each its own provider
        state, so that the provider can distinguish them.

            >>> with pact.record(app=app, infer=True) as calls:
            ...     response = requests.get("https://users.example.com/users/23")
            >>> calls[0].status
            200

        Raises: ProviderProtocolError, at the call and when the block ends, when the
        provider returned no response; then nothing is written. MissingRequests when the
        block ends without a call.
        """
        from pypact.consumer.live import AppCaller, build_app_target  # noqa: PLC0415 -- loads slowly
        from pypact.consumer.recording import ProviderRecordingBlock  # noqa: PLC0415 -- the same
        from pypact.targets import create_target, is_target  # noqa: PLC0415 -- the same

        if (app is None) == (base_url is None):
            raise InvalidExpectation(
                "record() needs an app or a base_url, but not both"
            )
        if app is None:
            target = create_target(base_url=base_url)
        else:
            target = build_app_target(app, self.origin)
        caller = AppCaller(target, is_own=not is_target(app))
        build = self._build_function(given=given, describe=describe, infer=infer)
        return Interception(
            self.name, lambda: ProviderRecordingBlock(self._info, build, caller)
        )

    def record_responses(
        self,
        mock: object = None,
        *,
        given: str | Sequence[str] = (),
        describe: DescriptionFunction | None = None,
        infer: bool = False,
    ) -> Interception[Calls]:
        """Record a contract from the responses of a `RequestsMock` of `responses`.

        `mock` is the active mock, by default the one of the module. The options are
        those of `record`. Responses from a callback or for a URL pattern are recorded
        as they were returned; a warning states that the contract does not contain the
        callback or the pattern.

        Raises: InvalidExpectation when `mock` is not a `RequestsMock`; MissingRequests
        when the block ends without a call.
        """
        from pypact.consumer.recording import MockRecordingBlock  # noqa: PLC0415 -- loads slowly

        build = self._build_function(given=given, describe=describe, infer=infer)
        return Interception(
            self.name, lambda: MockRecordingBlock(self._info, build, mock)
        )

    def serve(
        self,
        *interactions: InteractionBuilder,
        variant: str | Mapping[str, str] | None = None,
        host: str = "localhost",
        port: int | None = None,
        cors: bool = False,
        max_body: int | None = None,
        timeout: float | None = None,
    ) -> PactServer:
        """Serve the declared responses on a port, for consumers in another process.

        The result is a context manager that returns itself, with `url`, `port` and
        `calls`. Without `port`, the server listens on the port of the pact, or on a
        free port if the pact has none. `cors` allows requests from web pages.
        `max_body` and `timeout` are limits for requests, as for `MockServer`.
        `interactions` and `variant` are those of `intercept`.

            >>> names = pact.upon_receiving("a request for all names")
            >>> names = names.with_request("GET", "/names").will_respond_with(200)
            >>> with pact.serve() as server:
            ...     requests.get(f"{server.url}/names").status_code
            200

        Raises: ServerError when the port is already in use; when the block ends, the
        errors of `intercept`.
        """
        from pypact.consumer.block import Block  # noqa: PLC0415 -- loads slowly
        from pypact.consumer.serve import PactServer  # noqa: PLC0415 -- few blocks need a server
        from pypact.server.parsing import Limits  # noqa: PLC0415 -- as above

        at = self._port if port is None else port
        given = {"max_body": max_body, "timeout": timeout}
        limits = Limits(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]  # int and float
        declared = self._definitions.claim(interactions)
        run = None if variant is None else self._make_fixed_run(variant, declared)
        block = partial(Block, self._definitions, run=run, builders=declared)
        return PactServer(block, host=host, port=at, cors=cors, limits=limits)

    def write(self) -> Path:
        """Write what the blocks have recorded, and return the path of the contract.

        Blocks write by themselves. From 50 interactions on, they append to a journal
        beside the contract, which pypact reads together with it; `write` completes the
        contract for other tools, as the exit of the process does. Under pytest, the
        interactions of the tests that have passed so far are written.

        Raises: StoreError.
        """
        with use_real_files():
            path = store.get_contract_path(self.pact_dir, self.consumer, self.provider)
        writer.PACT_WRITER.complete(path)
        return path

    def fixture(
        self, *interactions: InteractionBuilder, **options: Any
    ) -> Callable[..., Any]:
        """Return a pytest fixture that intercepts requests and returns the calls.

        `interactions` are those of `intercept`, the options those of `pytest.fixture`.
        If an interaction has variants, each test that uses the fixture runs once for
        each of them.

        Raises: InvalidExpectation if several of the interactions have variants, or for
        anything but interactions of this pact.
        """
        import pytest  # noqa: PLC0415 -- pytest is optional

        # Claimed now, because a block of another test would use them otherwise.
        claimed = self._definitions.claim(interactions)
        varied = [one for one in claimed if one.variants]
        if len(varied) > 1:
            raise InvalidExpectation(
                "fixture() takes one interaction with match.one_of(), got "
                f"{', '.join(map(repr, varied))}: give each a fixture of its own, or "
                "decorate the tests with @pact.intercept()"
            )
        if not varied:

            @pytest.fixture(**options)  # type: ignore[untyped-decorator]  # options pass
            def block() -> object:
                with self.intercept(*interactions) as calls:
                    yield calls

            return block  # type: ignore[no-any-return]  # an object of pytest

        @pytest.fixture(params=varied[0].variants, **options)  # type: ignore[untyped-decorator]  # the same
        def varied_block(request: Any) -> object:
            with self.intercept(*interactions, variant=request.param) as calls:
                yield calls

        return varied_block  # type: ignore[no-any-return]  # the same

    def _make_fixed_run(
        self, variant: str | Mapping[str, str], declared: Interactions
    ) -> FixedRun:
        return FixedRun(_stage, variant, declared)

    def _build_function(self, **options: Any) -> BuildFunction:
        from pypact.consumer.inference import build_interactions  # noqa: PLC0415 -- few blocks record

        return partial(build_interactions, specification=self.specification, **options)


def _make_policy_getter(
    block_network: bool | None,  # noqa: FBT001 -- a keyword of the public method
    allow_hosts: Iterable[str] | str,
) -> Callable[[], NetworkPolicy]:
    """Return a function that returns the policy, with the options of the session."""
    if block_network not in (None, True, False):
        raise InvalidExpectation(
            f"block_network must be True, False or None, got {block_network!r}"
        )
    own = NetworkPolicy(block_network, parse_hosts(allow_hosts))

    def get_policy() -> NetworkPolicy:
        session: NetworkPolicy | None = get_network_policy()
        if block_network is not None or session is None:
            return own
        return session.allowing(own.allowed)

    return get_policy


def _stage(
    pact: PactInfo,
    interactions: Sequence[Interaction],
    selections: Sequence[Selection] = (),
) -> None:
    writer.PACT_WRITER.stage(pact, interactions, selections)


def _resolve_directory(path: str | PathLike[str]) -> Path:
    try:
        with use_real_files():
            return Path(path).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise InvalidExpectation(
            f"{os.fspath(path)!r} is not a valid directory for a contract: {error}"
        ) from None


def _parse_origin_of_pact(
    port: int | str | None, base_url: str | None
) -> Origin | None:
    if port is not None and base_url is not None:
        raise InvalidExpectation("a pact takes a port or a base_url, not both")
    if base_url is not None:
        return parse_origin(base_url)
    if port is None:
        return None
    digits = str(port)
    if isinstance(port, bool) or not digits.isdecimal() or not 0 < int(digits) < 65536:
        raise InvalidExpectation(
            f"a port must be a number from 1 to 65535, got {port!r}"
        )
    return parse_origin(f"http://localhost:{int(digits)}")


class Provider:
    """A provider: the service that receives the requests."""

    def __init__(self, name: str) -> None:
        self.name = _check_name(name, "provider")

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"


class Consumer:
    """A consumer: the application that sends the requests."""

    @refuse_former(former_names.CONSUMER_ARGUMENTS)
    def __init__(self, name: str) -> None:
        self.name = _check_name(name, "consumer")

    def __repr__(self) -> str:
        return f"Consumer({self.name!r})"

    @refuse_former(former_names.HAS_PACT_WITH_ARGUMENTS)
    def has_pact_with(
        self,
        provider: Provider | str,
        port: int | str | None = None,
        *,
        base_url: str | None = None,
        pact_dir: str | PathLike[str] = "pacts",
        specification: str = "4.0",
        content_types: Mapping[str, str] | None = None,
    ) -> Pact:
        """Return a pact between this consumer and a provider.

        The pact intercepts requests to `base_url`: an origin, with an optional path
        prefix. `port` is short for `http://localhost:PORT`; with neither, the pact
        intercepts requests to every origin. The contract is written to `pact_dir`, or
        to the directory that the environment variable PACT_OUTPUT_DIR names; it is
        created if needed. `specification` is "1.0.0", "1.1.0", "2.0.0", "3.0.0" or
        "4.0". `content_types` maps further media types to the kind of content like
        which they are handled in this process: "json", "xml", "form", "text",
        "multipart" or "binary", as in `{"application/vnd.acme": "json"}`.

        Raises: InvalidExpectation for an invalid name, port, URL, version or mapping.
        """
        map_content_types(content_types or {})
        name = provider.name if isinstance(provider, Provider) else provider
        return Pact(
            self.name,
            _check_name(name, "provider"),
            port=port,
            base_url=base_url,
            pact_dir=pact_dir,
            specification=specification,
        )


def _check_name(name: str, role: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidExpectation(
            f"the name of a {role} must be a non-empty string, got {name!r}"
        )
    return name
