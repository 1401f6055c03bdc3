"""Run a block of a pact, and judge it at its end.

A block finds the responses to its consumer's requests in a registry. At its end it
stages its interactions for the contract, or raises an error.

Source: docs/internals/design.md, "Decision 6: Owned origins".
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, overload

from pypact._dataclasses import replace
from pypact._lazy import import_later
from pypact._process import STATE
from pypact.consumer.builders import InteractionBuilder, locate_caller
from pypact.consumer.definitions import Definitions, EnterableBlock
from pypact.consumer.uncounted import UncountedCalls
from pypact.consumer.variants import BlockRun, select_variant
from pypact.consumer.writer import PACT_WRITER
from pypact.errors import BlockMisuse, InvalidExpectation, PactError
from pypact.fault import Fault
from pypact.hooks import claims
from pypact.hooks.claims import FaultyResponse
from pypact.hooks.network import NetworkPolicy
from pypact.masking import mask_text, mask_url_query
from pypact.model.http import Response, format_target
from pypact.registry import Exchange, Registry, Verdict

if TYPE_CHECKING:
    from pypact.consumer.live import LiveProvider
    from pypact.explain import mismatches, secrets
    from pypact.explain import verdict as explained
else:
    mismatches = import_later("pypact.explain.mismatches")
    secrets = import_later("pypact.explain.secrets")
    explained = import_later("pypact.explain.verdict")


class FaultInjector:
    """A fault, and how many more times it happens."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._times = fault.times
        self._lock = threading.Lock()

    @property
    def is_active(self) -> bool:
        return self._times != 0

    def inject(self, response: Response) -> Response | FaultyResponse:
        """Return the response with the fault, or unchanged if no fault is left."""
        with self._lock:
            if not self.is_active:
                return response
            if self._times is not None:
                self._times -= 1
        if self._fault.response is not None:
            return self._fault.response
        return FaultyResponse(self._fault.kind, response, self._fault.seconds)


class CallLog(Protocol):
    """A log of the calls of a block, such as a registry."""

    name: str

    @property
    def exchanges(self) -> Sequence[Exchange]: ...


class Calls(Sequence[Exchange]):
    """The calls of a block, in their order, during the block and after it.

    Each call is an `Exchange`. It has the `request`, the `response`, the `interaction`
    that matched, the `error` if there was no response, and the `caller` ("file:line");
    also `method`, `path`, `status` and `description`.
    """

    def __init__(self, log: CallLog, run: BlockRun | None = None) -> None:
        self._log = log
        self._run = run

    @property
    def variant(self) -> str:
        """The name of the variant so far, such as "nickname=absent"; "" without any."""
        return "" if self._run is None else self._run.name

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...

    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return self._log.exchanges[index]

    def __len__(self) -> int:
        return len(self._log.exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._log.exchanges)

    def to(self, method: str | None = None, path: str | None = None) -> list[Exchange]:
        """Return the calls with a method and a path; None matches any.

        For example:

            >>> calls.to("GET", "/users/23")[0].status
            200
        """
        upper = None if method is None else method.upper()
        return [
            call
            for call in self
            if upper in (None, call.method) and path in (None, call.path)
        ]

    def of(self, interaction: str | InteractionBuilder) -> list[Exchange]:
        """Return the calls that matched an interaction, or its description."""
        if isinstance(interaction, str):
            return [call for call in self if call.description == interaction]
        variants = interaction.list_variants()
        builders = [interaction.select_variant(one) for one in variants]
        values = [one.to_interaction() for one in builders or [interaction]]
        return [call for call in self if call.interaction in values]

    @property
    def answered(self) -> list[Exchange]:
        """The calls that got a response."""
        return [call for call in self if call.error is None]

    @property
    def failed(self) -> list[Exchange]:
        """The calls that got no response, even if the consumer swallowed the error."""
        return [call for call in self if call.error is not None]

    def __repr__(self) -> str:
        head = f"{len(self)} calls of {self._log.name}"
        lines = mismatches.align_columns([_call_cells(call) for call in self], "  ")
        found = (secrets.find_request_secrets(call.request) for call in self)
        text = "\n".join([f"<{head}:" if lines else f"<{head}", *lines])
        return mask_text(text, frozenset[str]().union(*found)) + ">"


def _call_cells(call: Exchange) -> list[str]:
    target = format_target(call.path, call.request.query)
    status = "no response" if call.status is None else str(call.status)
    truncate = mismatches.truncate
    matched = "-" if call.description is None else f'"{truncate(call.description)}"'
    target = mask_url_query(target)
    return [f"{call.method} {truncate(target)}", status, matched, call.caller or ""]


class Block(EnterableBlock):
    """A block of a pact; entered once and left once.

    With a `provider`, its app responds in place of the declared examples. `enter`
    activates the block's claim: in the hooks, or in a server.

    With a `fault` calls fail; nothing is staged, and unused interactions are no error.
    `network` restricts undeclared calls; with None, they pass. `run` selects the
    variants of interactions that have several. `builders` are interactions that are
    defined anew for this block.
    """

    def __init__(
        self,
        definitions: Definitions,
        *,
        provider: LiveProvider | None = None,
        enter: Callable[[claims.Claim], claims.Release] = claims.activate,
        fault: Fault | None = None,
        network: NetworkPolicy | None = None,
        run: BlockRun | None = None,
        builders: Sequence[InteractionBuilder] = (),
    ) -> None:
        self._run = run
        self._builders = builders
        self._definitions = definitions
        self._pact = pact = definitions.pact
        self._provider = provider
        self._enter = enter
        self._faults = None if fault is None else FaultInjector(fault)
        self._network = network
        self._base_url = ""
        self._registry = Registry(
            pact.name, list_unfinished=definitions.describe_unfinished
        )
        self._invalid: InvalidExpectation | None = None
        self._leave: claims.Release | None = None
        self._is_over = False
        self._uncounted = UncountedCalls()

    def __enter__(self) -> Calls:
        """Claim the pact's origin, and return the calls that will be made."""
        if self._leave is not None or self._is_over:
            raise BlockMisuse(f"this block of {self._pact.name} was already entered")
        place = locate_caller()
        self._uncounted = UncountedCalls()
        self._definitions.open_block(place)
        origin, name = self._pact.origin, f"{self._pact.name} (the block at {place})"
        if origin is not None:
            self.set_base_url(str(origin))
        claim = claims.Claim(
            origin,
            self._respond,
            self._refuse,
            name,
            self._network,
            _list_other_threads() if self._network is not None else frozenset(),
        )
        try:
            if self._builders:
                self._definitions.define(self._builders)
            self._definitions.check_finished()
            self._leave = self._enter(claim)
        except BaseException:
            self._definitions.close_block()
            raise
        self.note_entered(self._pact.name, place)
        calls = Calls(self._registry, self._run)
        self._definitions.last_calls = calls
        return calls

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Release the origin; stage the interactions, or raise an error.

        An exception of the block's body takes precedence; the problems are its note.
        A forked child that leaves its parent's block neither judges nor stages, and
        closes neither the app nor the server, which run in the parent.
        """
        __tracebackhide__ = True
        if self._leave is None:
            how = "already left" if self._is_over else "never entered"
            raise BlockMisuse(f"this block of {self._pact.name} was {how}")
        leave, self._leave, self._is_over = self._leave, None, True
        try:
            leave()
        finally:
            self._definitions.close_block()
            if self._provider is not None and not self.is_in_child:
                self._provider.close()
            self.note_left(error)  # last, because a warning may be an error
        if self.is_in_child or sys.is_finalizing():
            return
        with contextlib.suppress(InvalidExpectation):  # raised below
            self._definitions.register_finished(self._register)
            if self._definitions.reserved and self._is_unused:
                self._register(self._definitions.reserved[0])
        unfinished = self._definitions.describe_unfinished()
        incomplete = self._definitions.take_all()
        verdict = replace(self._verdict(), unfinished=unfinished)
        problem = verdict.error() or self._invalid or _find_incomplete(incomplete)
        if problem is None and self._run is not None:
            problem = self._run.find_problem()
        if error is not None:
            _add_note(error, verdict, problem)
        elif problem is not None:
            raise problem
        elif self._faults is None:
            stage = PACT_WRITER.stage if self._run is None else self._run.stage
            stage(self._pact, verdict.used)

    @property
    def _is_unused(self) -> bool:
        """Whether a block without variants has no interactions."""
        return self._run is None and self._registry.is_empty

    def save_state(self) -> Callable[[], None]:
        restore_registry, invalid = self._registry.save_state(), self._invalid

        def restore() -> None:
            restore_registry()
            self._invalid = invalid

        return restore

    def set_base_url(self, url: str) -> None:
        """Set the URL at which the consumer finds the provider in this block."""
        self._base_url = url

    def _respond(self, call: claims.Call) -> Response | claims.FaultyResponse:
        __tracebackhide__ = True
        self._definitions.register_finished(self._register)
        if self._definitions.reserved and self._is_unused:
            self._register(self._definitions.reserved[0])  # raises: it has variants
        if self._faults is None:
            return self._find_response(call)
        if self._registry.is_empty and self._faults.is_active:
            return self._faults.inject(Response())
        return self._faults.inject(self._find_response(call))

    def _find_response(self, call: claims.Call) -> Response:
        __tracebackhide__ = True
        change = STATE.change_response
        if change is not None:
            change = None if self._faults is not None else partial(change, self._pact)
        if self._provider is None:
            base_url = self._base_url or call.origin
            return self._registry.respond_to(
                call.request,
                caller=call.caller,
                change=change,
                base_url=base_url,
                url=call.url,
            ).response
        respond = partial(self._provider.respond, call)
        return self._registry.respond_to(
            call.request,
            caller=call.caller,
            respond=respond,
            change=change,
            url=call.url,
        ).response

    def _refuse(self, call: claims.Call, error: PactError) -> None:
        self._registry.record_failure(call.request, error, caller=call.caller)

    def _register(self, builder: InteractionBuilder) -> None:
        try:
            if builder.list_variants():
                builder = select_variant(builder, self._run)
            builder.check_response()
            interaction = builder.to_interaction()
        except InvalidExpectation as error:
            self._invalid = self._invalid or error
            raise
        self._registry.add(
            interaction, optional=builder.is_optional, times=builder.request_count
        )

    def _verdict(self) -> Verdict:
        verdict = self._registry.verdict()
        if self._faults is not None:
            return replace(verdict, missing=(), rare=())
        if verdict.missing:
            return replace(verdict, hint=self._uncounted.explain())
        return verdict


def _list_other_threads() -> frozenset[threading.Thread]:
    return frozenset(threading.enumerate()) - {threading.current_thread()}


def _find_incomplete(
    builders: Sequence[InteractionBuilder],
) -> InvalidExpectation | None:
    """Return the error of the first incomplete interaction."""
    try:
        for builder in builders:
            builder.to_interaction()
    except InvalidExpectation as error:
        return error
    return None


def _is_shown(error: BaseException, raised: BaseException) -> bool:
    """Return whether an error is shown with the one that leaves the block.

    It may be that error or its cause, or a client has copied its text.
    """
    cause: BaseException | None = raised
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        if cause is error:
            return True
        seen.append(cause)
        cause = cause.__cause__ or (
            None if cause.__suppress_context__ else cause.__context__
        )
    return str(error) in str(raised)


def _add_note(
    error: BaseException, verdict: Verdict, problem: PactError | None
) -> None:
    """Add the problem to the error as a note, without repeating the error."""
    shown = [one for one in verdict.unexpected if _is_shown(one, error)]
    others = tuple(one for one in verdict.unexpected if one not in shown)
    if shown:
        missing = tuple(explained.drop_closest(verdict.missing, shown))
        rest = replace(verdict, unexpected=others, missing=missing, unfinished=())
        problem = rest.error()
    if problem is not None:
        # The same as `add_note`, which Python 3.10 does not have.
        error.__notes__ = [*getattr(error, "__notes__", ()), str(problem)]
