"""Make one test for each interaction, for pytest and unittest.

No test runner is imported here: runners find the object on the decorated function, and
provide fixtures or attributes through `value_for`. In unittest each interaction is a
method, because setUp and the transaction of a TestCase apply to one method; a pending
interaction that fails is skipped, because an expected failure would fail once the
provider complies.

Source: docs/internals/verification.md, "Tests of unittest", "The pytest plugin".
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from pypact._dataclasses import dataclass, field
from pypact.errors import PactError, VerificationFailed
from pypact.model.interactions import Interaction
from pypact.verifier.example_options import ExampleOptions
from pypact.verifier.flow import ValueFor, provide_nothing
from pypact.verifier.reports.text import InteractionFailureText
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.runner import summarize_run
from pypact.verifier.selection import Criteria, Selected, name_cases

if TYPE_CHECKING:
    import unittest

    from typing_extensions import Unpack
TestClass = TypeVar("TestClass", bound="unittest.TestCase")


class CaseVerifier(Protocol):
    """The methods of `Verifier` that tests of single interactions use."""

    provider: str

    def select(self, **criteria: Unpack[Criteria]) -> Selected: ...

    def examine(
        self, case: Case, *, value_for: ValueFor, **options: Unpack[ExampleOptions]
    ) -> InteractionResult: ...

    async def aexamine(
        self, case: Case, *, value_for: ValueFor, **options: Unpack[ExampleOptions]
    ) -> InteractionResult: ...

    def close(self) -> None: ...


class ContractInteraction:
    """One interaction of a contract, as the argument of a test.

    `case` holds the interaction with its contract; `name` is its part of the test id.
    `result` is the result of the last `verify()`, None before. `value_for(name)`
    returns values for parameters of state functions, filters and hooks that the
    provider states do not provide; `rerun` is the shell command that runs this test
    alone. `selected` is the whole selection that the interaction belongs to. If
    `fails_pending` is true, a failure of a pending interaction fails the test.
    `options` are those for other examples.
    """

    def __init__(
        self,
        verifier: CaseVerifier,
        case: Case,
        name: str,
        selected: Selected,
        options: ExampleOptions,
    ) -> None:
        self.case = case
        self.name = name
        self.selected = selected
        self.result: InteractionResult | None = None
        self.value_for: ValueFor = provide_nothing
        self.rerun = ""
        self.fails_pending = False
        self.verifier = verifier
        self.options = options

    def __repr__(self) -> str:
        return f"<{self.name}>"

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
        result = self.verifier.examine(
            self.case, value_for=self.value_for, **self.options
        )
        return self._check_result(result)

    async def averify(self) -> InteractionResult:
        """Verify the interaction as `verify` does, inside the running event loop."""
        __tracebackhide__ = True  # read by pytest
        result = await self.verifier.aexamine(
            self.case, value_for=self.value_for, **self.options
        )
        return self._check_result(result)

    def _check_result(self, result: InteractionResult) -> InteractionResult:
        __tracebackhide__ = True  # read by pytest
        self.result = result
        if not result.is_ok:
            text = InteractionFailureText(result, self.rerun)
            raise VerificationFailed(text, result=result)
        return result


class EmptySelection:
    """A test that always fails, because there are no interactions to verify.

    `problem` is the reason: the contracts cannot be read, or none was selected.
    """

    name = "no_interactions"
    is_pending = fails_pending = False
    result: InteractionResult | None = None
    rerun = ""

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def verify(self) -> InteractionResult:
        """Raise VerificationFailed with the problem."""
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)

    async def averify(self) -> InteractionResult:
        __tracebackhide__ = True  # read by pytest
        raise VerificationFailed(self.problem)


TestTarget: TypeAlias = ContractInteraction | EmptySelection
"""The object that one generated test verifies."""


@dataclass(frozen=True, slots=True)
class InteractionTests:
    """A decorator that makes one test for each selected interaction.

    Test runners find it as the attribute `pypact_each` of the decorated function.
    """

    verifier: CaseVerifier
    criteria: Criteria
    allow_empty: bool = False
    options: ExampleOptions = field(default_factory=ExampleOptions)

    def __post_init__(self) -> None:
        for name in self.criteria:
            if name not in Criteria.__annotations__:
                raise TypeError(f"got an unexpected keyword argument {name!r}")

    def interactions(self, **more: Any) -> list[TestTarget]:
        """Read the contracts, and return one object for each test.

        `more` are further selection criteria; those of the decorator take precedence.
        If the contracts cannot be read, or nothing is selected, the list holds a single
        test that fails: an error raised during collection would hide all other tests of
        the same file.
        """
        given = self.criteria.items()
        more |= {key: value for key, value in given if value not in (None, False)}
        provider = self.verifier.provider
        problem: object
        try:
            selected = self.verifier.select(**more)
            empty = self.allow_empty
            problem = summarize_run(provider, selected, (), allow_empty=empty).problem
        except PactError as error:
            problem = error
        if problem is not None:
            return [EmptySelection(f"{provider} was not verified: {problem}")]
        names = name_cases(selected.cases)
        return [
            ContractInteraction(self.verifier, case, name, selected, self.options)
            for case, name in zip(selected.cases, names, strict=True)
        ]

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Mark a test function, and return it."""
        function.pypact_each = self  # type: ignore[attr-defined]  # an extra attribute
        return function


# unittest leaves the frames of a module with this name out of tracebacks.
__unittest = True


def build_unittest_class(
    tests: InteractionTests, base: type[TestClass], module: str
) -> type[TestClass]:
    """Return a subclass of `base` with one test method for each interaction.

    `module` is the name of the module that defines the class.
    """
    methods = {
        f"test_{one.name.replace('-', '_')}": _build_test_method(one, tests.verifier)
        for one in tests.interactions()
    }
    namespace = {
        "__doc__": f"{tests.verifier.provider} honours its contracts.",
        "__module__": module,
    }
    # A class of the same module is replaced, if it is decorated.
    suffix = "" if base.__module__ == module else "OfContracts"
    return type(f"{base.__name__}{suffix}", (base,), {**namespace, **methods})


def _build_test_method(
    target: TestTarget, verifier: CaseVerifier
) -> Callable[[unittest.TestCase], None]:
    def verify(self: unittest.TestCase) -> None:
        __tracebackhide__ = True  # read by pytest, which also runs unittest classes
        if "_pypact_closes" not in vars(type(self)):
            type(self)._pypact_closes = True  # type: ignore[attr-defined]  # noqa: SLF001 -- a class made by this module
            type(self).addClassCleanup(verifier.close)
        if isinstance(target, ContractInteraction):
            target.value_for = _attribute_lookup(self)
            target.rerun = f"python -m unittest {_find_test_id(self)}"
        try:
            target.verify()
        except VerificationFailed as error:
            if target.is_pending and not target.fails_pending:
                self.skipTest(f"pending: {str(error).partition(chr(10))[0]}")
            # The frames of pypact do not help to find the cause.
            raise error.with_traceback(None) from None

    if isinstance(target, ContractInteraction):
        verify.__doc__ = f"{target.consumer}: {target.description}"
        # The pytest plugin reads it, to report and publish the result.
        verify.pypact_interaction = target  # type: ignore[attr-defined]  # an extra attribute
    return verify


def _find_test_id(case: unittest.TestCase) -> str:
    # The name of the class may differ from the one that the module gives it.
    kind, method = type(case), case.id().rpartition(".")[2]
    names = vars(sys.modules[kind.__module__]).items()
    found = (name for name, value in names if value is kind)
    return f"{kind.__module__}.{next(found, kind.__qualname__)}.{method}"


def _attribute_lookup(case: unittest.TestCase) -> Callable[[str], Any]:
    def value_for(name: str) -> Any:
        # Checked first, so that an error raised inside a property is not hidden.
        if name not in vars(case) and not hasattr(type(case), name):
            raise LookupError(name)
        return getattr(case, name)

    return value_for
