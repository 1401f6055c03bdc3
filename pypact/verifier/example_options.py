"""Read the options of a verification with other examples."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypedDict

from pypact.errors import InvalidExpectation
from pypact.model.rules import parse_path
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.runner import VerifyCase

if TYPE_CHECKING:
    from pypact.strategies import Examples
    from pypact.verifier.variation import VaryingVerifier


class ExampleOptions(TypedDict, total=False):
    """The options of a verification with other examples; empty for one without."""

    examples: Examples
    examples_for: frozenset[str]


def read_options(
    examples: int | Examples | None, places: Iterable[str]
) -> ExampleOptions:
    """Return the number of other examples, and the places of `examples_for`.

    Raises: InvalidExpectation if an option is not valid, or without hypothesis.
    """
    if examples is None:
        refuse_places(places)
        return {}
    if isinstance(places, str):
        raise InvalidExpectation(
            f"examples_for={places!r}: expected a list of places, not a string"
        )
    judged = frozenset(places)
    for place in judged:
        _check_place(place)
    from pypact.strategies import Examples  # noqa: PLC0415 -- few verifications need it

    return {"examples": Examples.of(examples), "examples_for": judged}


def refuse_places(places: Iterable[str]) -> None:
    """Refuse places of `examples_for`, which need other examples.

    Raises: InvalidExpectation if there is a place.
    """
    if places := list(places):
        raise InvalidExpectation(
            f"examples_for={places!r} needs examples: without them, every response is "
            "compared as a whole"
        )


def _check_place(place: str) -> None:
    try:
        if place.startswith("$"):
            parse_path(place)
    except ValueError as error:
        raise InvalidExpectation(
            f"examples_for: {place!r} is not a valid path: {error}"
        ) from None


def vary_cases(
    verify_case: VerifyCase, examples: int | Examples, places: Iterable[str]
) -> Callable[[Case], Coroutine[Any, Any, InteractionResult]]:
    """Return a function that also verifies with other examples."""
    return _make_verifier(verify_case, examples, places).verify


@contextlib.contextmanager
def vary_run(
    verify_case: VerifyCase, examples: int | Examples | None, places: Iterable[str]
) -> Iterator[VerifyCase]:
    """Enter a run, and return its function; it tries other examples if these are given.

    The end of the run warns of `places` at which no request had another value.
    """
    if examples is None:
        refuse_places(places)
        yield verify_case
        return
    verifier = _make_verifier(verify_case, examples, places)
    yield verifier.verify
    verifier.warn_of_unknown_places()


def _make_verifier(
    verify_case: VerifyCase, examples: int | Examples, places: Iterable[str]
) -> VaryingVerifier:
    options = read_options(examples, places)
    from pypact.verifier.variation import VaryingVerifier  # noqa: PLC0415 -- it needs hypothesis

    return VaryingVerifier(verify_case, options["examples"], options["examples_for"])
