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
    """One interaction in the hands of a test.

    `case` has it with its contract, `name` is the one in the test's id. `result` is
    what the last verifying gave. `value_for(name)` gives the values of parameters that
    no state has; `rerun` is the command that runs this test alone. `selected` is all
    that was chosen, and left out, together with it. Where it `fails_pending`, a pending
    interaction fails as any other.
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
        """Verify the interaction.

        Raises: VerificationFailed with all that helps to find the cause.
        """
        __tracebackhide__ = True  # read by pytest
        return self._judged(self._verifier.examine(self.case, value_for=self.value_for))

    async def averify(self) -> InteractionResult:
        """Do what `verify` does inside the running loop."""
        __tracebackhide__ = True  # read by pytest
        return self._judged(
            await self._verifier.aexamine(self.case, value_for=self.value_for)
        )

    def _judged(self, result: InteractionResult) -> InteractionResult:
        __tracebackhide__ = True  # read by pytest
        self.result = result
        if not result.is_ok:
            raise VerificationFailed(SingleVerdict(result, self.rerun), result=result)
        return result


class Nothing:
    """Stands where there is no interaction to verify; `problem` says why."""

    name = "no_interactions"
    is_pending = False
    fails_pending = False

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def verify(self) -> InteractionResult:
        """Fail.

        Raises: VerificationFailed, always.
        """
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)

    async def averify(self) -> InteractionResult:
        """Fail as `verify` does."""
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)


Wanted: TypeAlias = ContractInteraction | Nothing
"""What one test is made of."""


@dataclass(frozen=True, slots=True)
class Each:
    """A wish for one test for each interaction that `criteria` select."""

    verifier: Verifier
    criteria: Mapping[str, Any]
    allow_empty: bool = False

    def interactions(self, **more: Any) -> list[Wanted]:
        """Read the contracts now; `more` are criteria where the wish has none.

        What hinders becomes a test that fails, because an error while tests are
        collected would hide all others of the same file.
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
        """Leave the wish on a test function, for the runner to find."""
        function.pypact_each = self  # type: ignore[attr-defined]  # functions take any
        return function
