"""Does this provider honour its contracts?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from pypact.errors import InvalidExpectation, VerificationFailed
from pypact.sources import source_for
from pypact.targets import target_for
from pypact.verifier.events import Report, RunFinished
from pypact.verifier.examining import Examiner, no_value
from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.text import Verdict
from pypact.verifier.results import VerificationResult
from pypact.verifier.run import cases_of, run
from pypact.verifier.selection import Selection
from pypact.verifier.state_setup import ValueFor
from pypact.verifier.states import StateFunction, StateFunctions

__all__ = ["Verifier"]

_Function = TypeVar("_Function", bound=StateFunction)


class Verifier:
    """Verifies a provider against the contracts that consumers made with it.

    `provider` is its name in the contracts, or anything with a `name`. `app` is a WSGI
    application or a target. `pacts` is a file, a directory, a pattern, a contract, a
    source, or a list of those. `unknown_states` says what a state without a function
    is: an "error", a reason to "warn", or to "ignore"; where no state function is
    registered at all, an error is only warned of.
    """

    def __init__(
        self,
        provider: object,
        *,
        app: object,
        pacts: object = "pacts",
        unknown_states: str = "error",
    ) -> None:
        name = getattr(provider, "name", provider)
        if not isinstance(name, str) or not name:
            raise InvalidExpectation(f"wanted the provider's name, not {provider!r}")
        if unknown_states not in _UNKNOWN_STATES:
            known = ", ".join(map(repr, _UNKNOWN_STATES))
            raise InvalidExpectation(
                f"unknown_states={unknown_states!r} is none of {known}"
            )
        self.provider = name
        self._source = source_for(pacts)
        self._states = StateFunctions()
        self._examiner = Examiner(
            target_for(app), self._states, unknown_states=unknown_states
        )

    def __repr__(self) -> str:
        return f"Verifier({self.provider!r})"

    def state(self, text: str) -> Callable[[_Function], _Function]:
        """Register a function that sets up a provider state.

        `text` may have places for values: `{name}`, `{id:int}`, `{x:float}`,
        `{w:word}`. The function's parameters are named after those, after the state's
        params, or `params` for all of them, or `interaction`. What follows a `yield` is
        the teardown; a mapping that is returned or yielded feeds the generators.
        """

        def register(function: _Function) -> _Function:
            self._states.add(text, function)
            return function

        return register

    def verify(
        self,
        *,
        consumer: str | Collection[str] | None = None,
        description: str | None = None,
        state: str | None = None,
        allow_empty: bool = False,
        reports: Iterable[Report] | None = None,
        value_for: ValueFor = no_value,
    ) -> VerificationResult:
        """Verify every interaction that is selected, and report.

        `consumer` is one name or several; `description` and `state` are searched as
        regular expressions, an empty `state` selects interactions without states.
        `reports` take the place of the one on the console.

        Raises: VerificationFailed listing everything that failed; InvalidPact or
        StoreError when contracts cannot be read.
        """
        names = [consumer] if isinstance(consumer, str) else consumer
        selection = Selection(names, description, state)
        cases = cases_of(self._source, self.provider)
        chosen = [case for case in cases if selection.takes(case)]
        readers = [ConsoleReport()] if reports is None else list(reports)
        events = run(
            self.provider,
            chosen,
            self._examiner,
            left_out=len(cases) - len(chosen),
            allow_empty=allow_empty,
            value_for=value_for,
        )
        for event in events:
            for report in readers:
                report(event)
        assert isinstance(event, RunFinished)  # noqa: S101 -- the stream's last event
        if not event.result.is_ok:
            raise VerificationFailed(Verdict(event.result), result=event.result)
        return event.result


_UNKNOWN_STATES = ("error", "warn", "ignore")
