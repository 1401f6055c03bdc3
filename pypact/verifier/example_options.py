"""Read the options of a verification with other examples."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypedDict

from pypact.errors import InvalidExpectation
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.runner import VerifyCase

if TYPE_CHECKING:
    from pypact.strategies import Examples


class ExampleOptions(TypedDict, total=False):
    """The options of a verification with other examples; empty without them."""

    examples: int | Examples
    examples_for: Iterable[str]


def check_examples(examples: int | Examples, judged: Iterable[str]) -> Examples:
    """Return how many other examples to try.

    Raises: InvalidExpectation if an option is not valid, or without hypothesis.
    """
    if isinstance(judged, str):
        raise InvalidExpectation(
            f"examples_for={judged!r}: expected a list of places, not a string"
        )
    from pypact.strategies import Examples  # noqa: PLC0415 -- few verifications need it

    return Examples.of(examples)


def vary_cases(
    verify_case: VerifyCase, examples: int | Examples, judged: Iterable[str]
) -> Callable[[Case], Coroutine[Any, Any, InteractionResult]]:
    """Return a function that verifies with other examples too."""
    given = check_examples(examples, judged)
    from pypact.verifier.variation import VaryingVerifier  # noqa: PLC0415 -- it needs hypothesis

    return VaryingVerifier(verify_case, given, frozenset(judged)).verify
