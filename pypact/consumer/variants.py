"""Run a test once for each variant of its interactions.

The contract gets the interactions of all variants, or of none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.definitions import Definitions, PactInfo, StageFunction
from pypact.consumer.reruns import Outcome
from pypact.consumer.varied import identify_variant
from pypact.errors import InvalidExpectation
from pypact.match.variants import Variant
from pypact.model.interactions import Interaction


class VariantRun:
    """One run of a test: one interaction has a certain variant, others their first."""

    def __init__(
        self, runs: VariantRuns, key: str = "", variant: Variant | None = None
    ) -> None:
        self._runs = runs
        self._key = key
        self._variant = variant
        self._selected: dict[str, Variant] = {}

    @property
    def name(self) -> str:
        """The name of the run, such as "nickname=absent"; "" without variants."""
        if self._variant is not None:
            return identify_variant(self._variant)
        return ",".join(map(identify_variant, self._selected.values()))

    def select(self, builder: InteractionBuilder) -> InteractionBuilder:
        """Return the builder of the variant that this run has of an interaction."""
        variants = builder.list_variants()
        key = repr(builder)  # its description and place
        self._runs.plan(key, variants[1:])
        variant = variants[0]
        if key == self._key and self._variant is not None:
            variant = self._variant
        self._selected[key] = variant
        return builder.select_variant(variant)

    def stage(self, _pact: PactInfo, interactions: Sequence[Interaction]) -> None:
        """Keep the interactions until all runs have passed."""
        self._runs.kept.extend(interactions)


class VariantRuns:
    """The runs of a test, which are found while it runs for the first time.

    Interactions that were defined before the first run are defined again for others.
    """

    def __init__(self, definitions: Definitions, stage: StageFunction) -> None:
        self._definitions = definitions
        self._stage = stage
        self._planned: dict[str, None] = {}
        self._queue: list[VariantRun] = []
        self.kept: list[Interaction] = []

    def plan(self, key: str, variants: Sequence[Variant]) -> None:
        """Plan a run for each of the variants, once for each interaction."""
        if key not in self._planned:
            self._planned[key] = None
            self._queue += [VariantRun(self, key, variant) for variant in variants]

    def __iter__(self) -> Iterator[VariantRun]:
        """Return the runs; those planned during one follow it."""
        builders = self._definitions.take_all()
        self._queue.append(VariantRun(self))
        while self._queue:
            self._definitions.restore(builders)
            yield self._queue.pop(0)

    def finish(self) -> None:
        """Stage the interactions of all runs, as all of them have passed."""
        self._stage(self._definitions.pact, self.kept)

    def conclude(self, outcomes: Sequence[Outcome[VariantRun]]) -> Any:
        """Return the result of the first run; raise the first error if one failed."""
        failed = [one for one in outcomes if one.error is not None]
        if not failed:
            self.finish()
            return outcomes[0].result
        error = failed[0].error
        assert error is not None  # noqa: S101 -- chosen above
        if self._planned:
            add_variant_note(error, failed, len(outcomes))
        raise error


def add_variant_note(
    error: Exception, failed: Sequence[Outcome[VariantRun]], count: int
) -> None:
    """Add a note with the names of the variants that failed."""
    lines = [f"failed in the variant {failed[0].plan.name}"]
    lines += [
        f"also failed in the variant {one.plan.name}: "
        f"{type(one.error).__name__}: {one.error}"
        for one in failed[1:]
    ]
    lines.append(f"{len(failed)} of {count} variants failed; nothing is recorded")
    # The same as `add_note`, which Python 3.10 does not have.
    error.__notes__ = [*getattr(error, "__notes__", ()), "\n".join(lines)]


def select_variant(
    builder: InteractionBuilder, run: VariantRun | None
) -> InteractionBuilder:
    """Return the builder of the variant that a block uses.

    Raises: InvalidExpectation in a block that runs once only.
    """
    if run is not None:
        return run.select(builder)
    names = ", ".join(map(identify_variant, builder.list_variants()))
    raise InvalidExpectation(
        f"{builder.place}: the interaction has several variants ({names}), but a "
        "`with` block runs once: decorate the test with @pact.intercept(), or use "
        "`for calls in pact.each_variant():`"
    )
