"""How does a test of a team's own runner verify one interaction?

Source: verification.md, sections 4.5 and 5. Runners are not imported here: their parts
read what `each` leaves on a function, and say what a fixture or an attribute holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pypact.errors import PactError, VerificationFailed
from pypact.model.interactions import Interaction
from pypact.verifier.examining import no_value
from pypact.verifier.exchange import ValueFor
from pypact.verifier.naming import names_of
from pypact.verifier.reports.text import SingleVerdict
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.run import result_of
from pypact.verifier.selection import Selected

if TYPE_CHECKING:
    from pypact.verifier.verifier import Verifier

__all__ = ["ContractInteraction", "Each", "Nothing", "Wanted"]


class ContractInteraction:
    """One interaction of a contract, as the argument of a test.

    `case` holds the interaction with its contract; `name` is its part of the test id.
    `result` is the result of the last `verify()`, None before. `value_for(name)`
    returns values for parameters of state functions, filters and hooks that the
    provider states do not provide; `rerun` is the shell command that runs this test
    alone. `selected` is the whole selection that the interaction belongs to. If
    `fails_pending` is true, a failure of a pending interaction fails the test.
    """

    def __init__(
        self, verifier: Verifier, case: Case, name: str, selected: Selected
    ) -> None:
        self.case = case
        self.name = name
        self.selected = selected
        self.result: InteractionResult | None = None
        self.value_for: ValueFor = no_value
        self.rerun = ""
        self.fails_pending = False
        self._verifier = verifier

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def verifier(self) -> Verifier:
        return self._verifier

    @property
    def interaction(self) -> Interaction:
        return self.case.interaction

    @property
    def description(self) -> str:
        return self.case.interaction.description

    @property
    def consumer(self) -> str:
        return self.case.consumer

    @property
    def is_pending(self) -> bool:
        return self.case.is_pending

    def verify(self) -> InteractionResult:
        """Verify the interaction and return the result.

        Raises: VerificationFailed, with all mismatches and failures in its text.
        """
        __tracebackhide__ = True  # read by pytest
        return self._check_result(
            self._verifier.examine(self.case, value_for=self.value_for)
        )

    async def averify(self) -> InteractionResult:
        """Verify the interaction as `verify` does, inside the running event loop."""
        __tracebackhide__ = True  # read by pytest
        return self._check_result(
            await self._verifier.aexamine(self.case, value_for=self.value_for)
        )

    def _check_result(self, result: InteractionResult) -> InteractionResult:
        __tracebackhide__ = True  # read by pytest
        self.result = result
        if not result.is_ok:
            raise VerificationFailed(SingleVerdict(result, self.rerun), result=result)
        return result


class Nothing:
    """A test that always fails, because there are no interactions to verify.

    `problem` is the reason: the contracts cannot be read, or none was selected.
    """

    name = "no_interactions"
    is_pending = False
    fails_pending = False

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def verify(self) -> InteractionResult:
        """Raise VerificationFailed with the problem."""
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)

    async def averify(self) -> InteractionResult:
        """Raise VerificationFailed with the problem."""
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)


Wanted: TypeAlias = ContractInteraction | Nothing
"""What one generated test verifies."""


@dataclass(frozen=True, slots=True)
class Each:
    """A decorator that makes one test for each selected interaction.

    `criteria` are keyword arguments of `Verifier.select`. Test runners find the object
    as the attribute `pypact_each` of the decorated function.
    """

    verifier: Verifier
    criteria: Mapping[str, Any]
    allow_empty: bool = False

    def interactions(self, **more: Any) -> list[Wanted]:
        """Read the contracts, and return one object for each test.

        `more` are further selection criteria; those of the decorator take precedence.
        If the contracts cannot be read, or nothing is selected, the list holds a single
        test that fails: an error raised during collection would hide all other tests of
        the same file.
        """
        given = {
            key: value
            for key, value in self.criteria.items()
            if value not in (None, False)
        }
        provider = self.verifier.provider
        try:
            selected = self.verifier.select(**{**more, **given})
        except PactError as error:
            return [Nothing(f"{provider} was not verified: {error}")]
        problem = result_of(
            provider, selected, (), allow_empty=self.allow_empty
        ).problem
        if problem is not None:
            return [Nothing(f"{provider} was not verified: {problem}")]
        return [
            ContractInteraction(self.verifier, case, name, selected)
            for case, name in zip(selected.cases, names_of(selected.cases), strict=True)
        ]

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Mark a test function, and return it."""
        function.pypact_each = self  # type: ignore[attr-defined]  # an extra attribute
        return function
