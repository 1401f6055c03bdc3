"""What is agreed between one consumer and one provider?"""

from __future__ import annotations

import os
import threading
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from pypact.consumer.builder import InteractionBuilder
from pypact.consumer.mailbox import Mailbox
from pypact.consumer.messages import MessageBuilder, SyncMessageBuilder
from pypact.consumer.recorder import RECORDER
from pypact.consumer.specifications import parse_specification
from pypact.errors import InvalidExpectation
from pypact.hooks.origins import Origin, parse_origin
from pypact.model.json_text import Json
from pypact.network import allowed_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pypact.consumer.calls import Calls
    from pypact.consumer.exchanges import Describe
    from pypact.consumer.intercept import Interception
    from pypact.consumer.serve import Serving
    from pypact.fault import Fault

__all__ = ["PACTS", "Pact"]


class Pact:
    """A pact between a consumer and a provider; made by `Consumer.has_pact_with`.

    Each `given` and `upon_receiving` on the pact begins a new interaction. A block
    claims the interactions that no other block has claimed, also those begun inside of
    it, and drops them when it ends.
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
        self.origin = _origin(port, base_url)
        self._port = int(port) if port is not None else 0
        self.pact_dir = Path(os.environ.get("PACT_OUTPUT_DIR") or pact_dir).resolve()
        self.specification = parse_specification(specification)
        self._unclaimed: list[InteractionBuilder] = []
        self.mailbox = Mailbox(lambda processed: RECORDER.stage(self, processed))
        # Where the open block of this pact was entered, and what guards it.
        self.open_block: str | None = None
        self.lock = threading.Lock()

    @property
    def name(self) -> str:
        """Who asks whom, for people."""
        return f"{self.consumer} -> {self.provider}"

    def __repr__(self) -> str:
        return f"<Pact {self.name}>"

    def given(
        self, state: str, params: dict[str, Json] | None = None, /, **more: Json
    ) -> InteractionBuilder:
        """Begin an interaction that needs the provider to be in `state`.

        The parameters may be a mapping, keywords, or both.
        """
        return self._begin().given(state, params, **more)

    def upon_receiving(self, description: str) -> InteractionBuilder:
        """Begin an interaction; with its states, the description names it."""
        return self._begin().upon_receiving(description)

    def expects_message(self, description: str) -> MessageBuilder:
        """Begin a message that the provider sends and nobody answers (v3, v4).

        Its `verify` hands it to the consumer's handler. Messages that are expected at
        one time are recorded together, and only if all of them were processed.
        """
        message = MessageBuilder(self.specification, description, self.mailbox)
        self.mailbox.expect(message)
        PACTS.add(self)
        return message

    def expects_sync_message(self, description: str) -> SyncMessageBuilder:
        """Begin a message of the consumer's with the provider's answers (v4).

        Its `verify` calls the handler with the request and the list of the answers,
        each of which has `contents` and `metadata`.
        """
        message = SyncMessageBuilder(self.specification, description, self.mailbox)
        self.mailbox.expect(message)
        PACTS.add(self)
        return message

    def intercept(
        self,
        *,
        app: object = None,
        states: object = None,
        fault: Fault | None = None,
        block_network: bool | None = None,
        allow_hosts: Iterable[str] = (),
    ) -> Interception[Calls]:
        """Answer the consumer's calls: a context manager and a decorator.

        As a context manager it gives the calls that were made, in their order. As a
        decorator it takes functions, coroutine functions, generator functions
        (fixtures; below `@pytest.fixture`) and `unittest.TestCase` classes.

        With the provider's `app` (what `Verifier` takes), the app answers, and each of
        its answers is held against the declared interaction; the contract holds what
        was declared. `states` are then set up around each call: a `Verifier` lends its
        functions, or a mapping of texts to functions. Without it the test itself sees
        to the states.

        With a `fault` (see `pypact.fault`) the calls fail, each as the client has it;
        nothing of such a block goes into the contract, and nothing is missed.

        With `block_network` every call of the hooked clients that no pact has declared
        is refused, except to `allow_hosts` ("host" or "host:port"). With None, the
        option `--pypact-block-network` of pytest decides.

        Raises, when the block ends: UnexpectedRequest, MissingRequests, MergeConflict,
        InvalidExpectation for an unfinished interaction; VerificationFailed for an
        answer of the app that is not as declared; NetworkBlocked; BlockMisuse on entry.
        """
        # wrapt, and what asks an app, are heavy.
        from pypact.consumer.block import Block  # noqa: PLC0415 -- see above
        from pypact.consumer.intercept import Interception  # noqa: PLC0415 -- see above

        if app is None and states is not None:
            raise InvalidExpectation(
                "intercept(states=…) sets states of an app up: give app=…, too"
            )
        provider = None
        if app is not None:
            from pypact.consumer.live import LiveProvider  # noqa: PLC0415 -- see above

            provider = LiveProvider(self, app, states)
        hosts = _allowed_hosts(block_network, allow_hosts)
        return Interception(
            self.name,
            lambda: Block(self, provider=provider, fault=fault, allowed_hosts=hosts()),
        )

    def record(
        self,
        app: object = None,
        *,
        base_url: str | None = None,
        given: str | Sequence[str] = (),
        describe: Describe | None = None,
        infer: bool = False,
    ) -> Interception[Calls]:
        """Record a real provider: a first contract for a consumer that there is.

        A context manager and a decorator, as `intercept` is. The consumer's calls go on
        to the provider's `app` (what `Verifier` takes), called in this process, or to
        the one at `base_url`; each exchange becomes an interaction. `given` are the
        states to note, `describe` gives the description of an exchange (by default its
        method and path). With `infer` the values of JSON answers become rules: types,
        numbers, dates, UUIDs, arrays of like items.

        Credentials are not written, nor headers that clients or servers add by
        themselves. Another answer to the same request is an interaction of its own,
        with a number behind its description: give it a state of its own, so that the
        provider can tell the two apart.

        Raises: ProviderProtocolError, at the call and when the block ends, where the
        provider gave no answer; nothing is written then.
        """
        from pypact.consumer.asking import Asking  # noqa: PLC0415 -- what asks an app is heavy
        from pypact.consumer.intercept import Interception  # noqa: PLC0415 -- wrapt is heavy
        from pypact.consumer.live import app_of  # noqa: PLC0415 -- what asks an app is heavy
        from pypact.consumer.record import RecordingBlock  # noqa: PLC0415 -- the same
        from pypact.targets import target_for  # noqa: PLC0415 -- the same

        if (app is None) == (base_url is None):
            raise InvalidExpectation("record() needs an app or a base_url, one of them")
        target = app_of(self, app) if app is not None else target_for(base_url=base_url)
        asking = Asking(target, is_own=target is not app)
        return Interception(
            self.name,
            lambda: RecordingBlock(
                self, asking, given=given, describe=describe, infer=infer
            ),
        )

    def record_responses(
        self,
        mock: object = None,
        *,
        given: str | Sequence[str] = (),
        describe: Describe | None = None,
        infer: bool = False,
    ) -> Interception[Calls]:
        """Make a contract of what a `RequestsMock` of `responses` answers in the block.

        `mock` is the active one, by default the module's own. The options are those of
        `record`. What a mock answers by a callback, or for a URL that is a pattern, is
        recorded as it was answered; a warning says that the contract does not hold the
        callback or the pattern.

        Raises: InvalidExpectation for what is no `RequestsMock`.
        """
        from pypact.consumer.intercept import Interception  # noqa: PLC0415 -- wrapt is heavy
        from pypact.consumer.mocked import MockedBlock  # noqa: PLC0415 -- brings `responses`

        return Interception(
            self.name,
            lambda: MockedBlock(
                self, mock, given=given, describe=describe, infer=infer
            ),
        )

    def serve(
        self, *, host: str = "localhost", port: int | None = None, cors: bool = False
    ) -> Serving:
        """Answer on a port: the block for consumers that are not in this process.

        A context manager; it gives itself, with `url`, `port` and the `calls`. Without
        `port` it is the pact's own port if it has one, else one that is free. `cors`
        lets the pages of a browser ask.

        Raises: ServerError, when the port is taken; when the block ends, as `intercept`
        does.
        """
        from pypact.consumer.serve import (  # noqa: PLC0415 -- few blocks need a server
            Serving,
        )

        if port is None:
            port = self._port
        return Serving(self, host=host, port=port, cors=cors)

    def fixture(self, **options: object) -> Callable[..., object]:
        """Make a pytest fixture that is a block of this pact, and gives its calls.

        The options are those of `pytest.fixture`.
        """
        import pytest  # noqa: PLC0415 -- only who asks for a fixture has pytest

        @pytest.fixture(**options)  # type: ignore[call-overload,untyped-decorator]  # passed on
        def block() -> object:
            with self.intercept() as calls:
                yield calls

        return block  # type: ignore[no-any-return]  # what pytest makes of it is its own

    def claim(self) -> list[InteractionBuilder]:
        """Take the finished interactions that no block has claimed yet."""
        if not self._unclaimed:
            return []
        with self.lock:
            finished = [builder for builder in self._unclaimed if builder.is_finished]
            for builder in finished:
                self._unclaimed.remove(builder)
        return finished

    def drop(self) -> list[InteractionBuilder]:
        """Take all interactions that no block has claimed, finished or not."""
        with self.lock:
            dropped, self._unclaimed = self._unclaimed, []
        return dropped

    def _begin(self) -> InteractionBuilder:
        builder = InteractionBuilder(self.specification)
        with self.lock:
            self._unclaimed.append(builder)
        PACTS.add(self)
        return builder


def _allowed_hosts(
    block_network: bool | None,  # noqa: FBT001 -- it is named where it is given
    hosts: Iterable[str],
) -> Callable[[], frozenset[str] | None]:
    """Make what tells, when a block is entered, where undeclared calls may go."""
    if isinstance(hosts, str):
        raise InvalidExpectation(f"allow_hosts is a list of hosts, not {hosts!r}")
    allowed = frozenset(host.lower() for host in hosts)
    if block_network is None and allowed:
        raise InvalidExpectation("allow_hosts opens what block_network=True blocks")

    def found() -> frozenset[str] | None:
        if block_network is None:
            return allowed_hosts()
        return allowed if block_network else None

    return found


def _origin(port: int | str | None, base_url: str | None) -> Origin | None:
    if port is not None and base_url is not None:
        raise InvalidExpectation("a pact has a port or a base_url, not both")
    if base_url is not None:
        return parse_origin(base_url)
    if port is None:
        return None
    text = str(port)
    if isinstance(port, bool) or not text.isdecimal() or not 0 < int(text) < 65536:
        raise InvalidExpectation(f"a port is a number from 1 to 65535, not {port!r}")
    return parse_origin(f"http://localhost:{int(text)}")


# The pacts that an interaction was begun on, for who reports what no block claimed.
PACTS: WeakSet[Pact] = WeakSet()
