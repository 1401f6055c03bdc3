"""What happens between entering and leaving a block of a pact?

Design, decisions 6 and 8: the block answers its consumer's calls from a registry; when
it ends it says what was wrong, and stages its interactions if nothing was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from pypact.consumer.calls import Calls
from pypact.consumer.faults import Faults
from pypact.consumer.places import place_of_caller
from pypact.consumer.recorder import RECORDER
from pypact.errors import BlockMisuse, InvalidExpectation, PactError
from pypact.fault import Fault
from pypact.hooks import stack
from pypact.model.http import Response
from pypact.registry import Registry, Verdict, with_content_type

if TYPE_CHECKING:
    from pypact.consumer.live import LiveProvider
    from pypact.consumer.pact import Pact

__all__ = ["Block"]


class Block:
    """A block of a pact; entered once and left once.

    With a `provider`, its app responds in place of the declared examples. `enter`
    activates the block's claim: in the hooks, or in a server.

    With a `fault` calls fail; nothing is staged, and unused interactions are no error.
    `allowed_hosts` are the hosts that undeclared calls may go to, None allows all.
    """

    def __init__(
        self,
        pact: Pact,
        *,
        provider: LiveProvider | None = None,
        enter: Callable[[stack.Claim], stack.Leave] = stack.enter,
        fault: Fault | None = None,
        allowed_hosts: frozenset[str] | None = None,
    ) -> None:
        self._pact = pact
        self._provider = provider
        self._enter = enter
        self._faults = None if fault is None else Faults(fault)
        self._allowed_hosts = allowed_hosts
        # The provider's URL as the consumer uses it, for the generator MockServerURL.
        self._server: dict[str, str] = {}
        self._registry = Registry(pact.name, context={"mockServer": self._server})
        self._leave: stack.Leave | None = None
        self._is_over = False
        self._forks = 0

    def __enter__(self) -> Calls:
        """Claim the pact's origin, and return the calls that will be made."""
        if self._leave is not None or self._is_over:
            raise BlockMisuse(f"this block of {self._pact.name} was already entered")
        place = place_of_caller()
        self._forks = stack.forks()
        with self._pact.lock:
            if self._pact.open_block is not None:
                raise BlockMisuse(
                    f"{self._pact.name} is already intercepted, by the block at "
                    f"{self._pact.open_block}"
                )
            if self._pact.origin is not None:
                self.found_at(str(self._pact.origin))
            self._leave = self._enter(self._make_claim(place))
            self._pact.open_block = place
        return Calls(self._registry)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the origin; stage the interactions, or raise what went wrong.

        An exception of the block's body takes precedence; it gets the problems as a
        note.
        """
        __tracebackhide__ = True
        if self._leave is None:
            how = "already left" if self._is_over else "never entered"
            raise BlockMisuse(f"this block of {self._pact.name} was {how}")
        leave, self._leave, self._is_over = self._leave, None, True
        try:
            leave()
        finally:
            self._pact.open_block = None
            if self._provider is not None:
                self._provider.close()
        problem = self._find_problem()
        if error is not None:
            self._add_note(error, problem)
        elif problem is not None:
            raise problem
        elif self._faults is None:
            RECORDER.stage(self._pact, self._registry.verdict().used)

    def found_at(self, url: str) -> None:
        """Set the URL at which the consumer finds the provider in this block."""
        self._server["url"] = url

    def _make_claim(self, place: str) -> stack.Claim:
        name = f"{self._pact.name} (the block at {place})"
        return stack.Claim(
            self._pact.origin, self._respond, self._refuse, name, self._allowed_hosts
        )

    def _respond(self, call: stack.Call) -> Response | stack.Faulty:
        __tracebackhide__ = True
        self._register_definitions()
        if self._faults is None:
            return self._find_response(call)
        if self._registry.is_empty and self._faults.are_left:
            return self._faults.spoil(Response())
        return self._faults.spoil(self._find_response(call))

    def _find_response(self, call: stack.Call) -> Response:
        __tracebackhide__ = True
        if self._provider is not None:
            return self._registry.answer(
                call.request, caller=call.caller, respond=self._provider.answering(call)
            ).response
        exchange = self._registry.answer(call.request, caller=call.caller)
        return with_content_type(exchange.response)

    def _refuse(self, call: stack.Call, error: PactError) -> None:
        self._registry.record_failure(call.request, error, caller=call.caller)

    def _register_definitions(self) -> None:
        """Register the interactions that were defined since the last call."""
        for builder in self._pact.claim():
            self._registry.add(builder.to_interaction(), optional=builder.is_optional)

    def _find_problem(self) -> PactError | None:
        self._register_definitions()
        unfinished = self._pact.drop()
        problem = self._verdict().error()
        if problem is None and unfinished:
            try:
                unfinished[0].to_interaction()
            except InvalidExpectation as error:
                return error
        return problem

    def _verdict(self) -> Verdict:
        verdict = self._registry.verdict()
        if self._faults is not None:
            return replace(verdict, missing=())
        if verdict.missing and (forks := stack.forks() - self._forks):
            hint = f"processes forked in the block: {forks}; "
            hint += "they get responses, but their calls are not counted here"
            return replace(verdict, hint=hint)
        return verdict

    def _add_note(self, error: BaseException, problem: PactError | None) -> None:
        """Add the problem to the error as a note, without repeating the error."""
        if problem is None:
            return
        verdict = self._verdict()
        others = tuple(one for one in verdict.unexpected if one is not error)
        if len(others) < len(verdict.unexpected):
            verdict = replace(verdict, unexpected=others)
            if verdict.passed:
                return
            problem = verdict.error()
        # The same as `add_note`, which Python 3.10 does not have.
        notes = [*getattr(error, "__notes__", ()), str(problem)]
        error.__notes__ = notes
