"""Run a test once for each variant of its interactions.

The contract gets the interactions of all variants, or of none.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from pypact._dataclasses import dataclass, replace
from pypact._lazy import import_later
from pypact._process import STATE, VARIED_TESTS
from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.definitions import Definitions
from pypact.consumer.info import PactInfo
from pypact.consumer.reruns import Outcome, add_variant_note
from pypact.consumer.varied import Selection, identify_variant
from pypact.errors import InvalidExpectation
from pypact.match.variants import Variant
from pypact.model.interactions import Interaction

if TYPE_CHECKING:
    import unittest
else:
    unittest = import_later("unittest")


class StageSelected(Protocol):
    """A function that stages interactions, some of which are variants."""

    def __call__(
        self,
        pact: PactInfo,
        interactions: Sequence[Interaction],
        selections: Sequence[Selection] = (),
    ) -> None: ...


class BlockRun(Protocol):
    """The run in which a block takes place: it selects variants, and stages."""

    @property
    def name(self) -> str:
        """The name of the run, such as "nickname=absent"; "" without variants."""

    def select(self, builder: InteractionBuilder) -> InteractionBuilder:
        """Return the builder of the variant that this run has of an interaction."""

    def stage(self, pact: PactInfo, interactions: Sequence[Interaction]) -> None:
        """Stage the interactions of the block, or keep them until all runs passed."""

    def find_problem(self) -> InvalidExpectation | None:
        """Return the error of a run that ended without using its variant."""


BeginSubtest: TypeAlias = Callable[[str], AbstractContextManager[object]]
FindSubtests: TypeAlias = Callable[[], BeginSubtest | None]
Interactions: TypeAlias = tuple[InteractionBuilder, ...]
MakeVariedBlock: TypeAlias = Callable[
    [BlockRun | None, Interactions], AbstractContextManager[Any]
]


@dataclass(frozen=True, slots=True)
class VariantSource:
    """The data for the runs of a test; `builders` were defined before the test runs.

    `pending` are those of them that were not given to its decorator.
    """

    definitions: Definitions
    stage: StageSelected
    make_block: MakeVariedBlock
    builders: Interactions = ()
    pending: Interactions = ()

    def declare_pending(self) -> VariantSource:
        """Take interactions with variants that were defined before the decoration."""
        pending = tuple(self.definitions.take_varied())
        return replace(self, builders=(*self.builders, *pending), pending=pending)

    def drop_claimed(self) -> VariantSource:
        """Drop pending interactions that other blocks have claimed since."""
        claimed = [one for one in self.pending if one.is_claimed]
        builders = tuple(one for one in self.builders if one not in claimed)
        return replace(self, builders=builders, pending=())

    def make_run_block(self, run: VariantRun) -> AbstractContextManager[Any]:
        """Return the block of one run."""
        return self.make_block(run, self.builders)


class RunPlan(NamedTuple):
    """The name of a run, and the variants it has, by the key of the interaction.

    Interactions that are not in it have their first variant.
    """

    name: str
    variants: Mapping[str, Variant]


def plan_runs(builders: Sequence[InteractionBuilder]) -> list[RunPlan]:
    """Return the runs for interactions; empty if none of them has variants.

    While one interaction varies, the others have their first variant.
    """
    varied = [
        (builder, variants)
        for builder in builders
        if (variants := builder.list_variants())
    ]
    if not varied:
        return []
    first = {builder.variant_key: variants[0] for builder, variants in varied}
    start = ",".join(map(identify_variant, first.values()))
    others = [
        RunPlan(identify_variant(variant), {**first, builder.variant_key: variant})
        for builder, variants in varied
        for variant in variants[1:]
    ]
    return [RunPlan(start, first), *others]


class VariedTest:
    """A decorated test function, which runs once for each variant.

    `selected` is the number of the plan that the running pytest item has; None if all
    plans run in one call.
    """

    def __init__(self, source: VariantSource) -> None:
        self._source = source
        self.selected: int | None = None

    @property
    def source(self) -> VariantSource:
        """The source; pending interactions are settled when it is first used."""
        if self._source.pending:
            self._source = self._source.drop_claimed()
        return self._source

    def list_names(self) -> list[str]:
        """Return the names of the runs that are known before the test runs."""
        return [plan.name for plan in plan_runs(self.source.builders)]

    def list_selected(self) -> Mapping[str, Variant]:
        """Return the variants of the running item, by the key of the interaction."""
        plans = plan_runs(self.source.builders)
        return plans[self.selected or 0].variants if plans else {}

    def make_runs(self) -> VariantRuns:
        return VariantRuns(self.source, self.selected)

    def find_subtests(self, instance: object) -> BeginSubtest | None:
        """Return the function that begins a subtest, if this is the running test.

        A decorated function that a test calls must raise its errors instead.
        `instance` is the one of a method.
        """
        if isinstance(instance, unittest.TestCase):
            name = instance.id().rpartition(".")[2]
            tests = getattr(getattr(instance, name, None), VARIED_TESTS, ())
            return instance.subTest if self in tests else None
        return STATE.find_subtests and STATE.find_subtests(self)


class VariantRun:
    """One run of a test: one interaction has a certain variant, others their first."""

    def __init__(self, runs: VariantRuns, plan: RunPlan) -> None:
        self._runs = runs
        self._plan = plan
        self._selected: dict[str, Variant] = {}

    @property
    def name(self) -> str:
        selected = ",".join(map(identify_variant, self._selected.values()))
        return self._plan.name or selected

    def select(self, builder: InteractionBuilder) -> InteractionBuilder:
        key, variants = builder.variant_key, builder.list_variants()
        if key not in self._plan.variants:
            self._runs.plan(key, variants[1:])
        variant = self._plan.variants.get(key, variants[0])
        self._selected[key] = variant
        self._runs.used[key] = builder
        return builder.select_variant(variant)

    def stage(self, _pact: PactInfo, interactions: Sequence[Interaction]) -> None:
        self._runs.kept.extend(interactions)

    def find_problem(self) -> None:
        return None


class VariantRuns:
    """The runs of a test; those of interactions defined in it are found as it runs.

    Interactions that were defined before the first run are defined again for others.
    With `selected`, only one of the runs that are known in advance takes place, because
    the others are pytest items of their own.
    """

    def __init__(self, source: VariantSource, selected: int | None = None) -> None:
        self._source = source
        plans = plan_runs(source.builders) or [RunPlan("", {})]
        self._base = plans[selected or 0]
        self._is_partial = selected is not None
        # Interactions defined inside of the test vary in the first item only.
        self._may_plan = not selected
        self._planned: set[str] = set()
        self._queue = [self._base] if self._is_partial else plans
        self.kept: list[Interaction] = []
        self.used = {one.variant_key: one for one in source.builders}

    def plan(self, key: str, variants: Sequence[Variant]) -> None:
        """Plan a run for each of the variants, once for each interaction."""
        if key not in self._planned and self._may_plan:
            self._planned.add(key)
            base = self._base.variants
            self._queue += [
                RunPlan(identify_variant(variant), {**base, key: variant})
                for variant in variants
            ]

    def __iter__(self) -> Iterator[VariantRun]:
        """Return the runs; those planned during one follow it."""
        definitions = self._source.definitions
        builders = definitions.take_all()
        while self._queue:
            definitions.restore(builders)
            yield VariantRun(self, self._queue.pop(0))

    def stage_nothing(self) -> None:
        """Report all variants as not written, because their loop was left."""
        selections = [
            Selection(key, "", tuple(builder.variants))
            for key, builder in self.used.items()
        ]
        self._source.stage(self._source.definitions.pact, (), selections)

    def finish(self) -> None:
        """Stage the interactions of all runs, as all of them have passed."""
        selections = [
            builder.make_selection(self._base.variants[builder.variant_key])
            for builder in self._source.builders
            if self._is_partial and builder.variant_key in self._base.variants
        ]
        self._source.stage(self._source.definitions.pact, self.kept, selections)

    def conclude(
        self, outcomes: Sequence[Outcome[VariantRun]], find_subtests: FindSubtests
    ) -> Any:
        """Return the result of the first run, or raise the first error.

        Several runs are reported as subtests, where the test runner has them.
        """
        __tracebackhide__ = True
        failed = [one for one in outcomes if one.error is not None]
        is_repeated = len(outcomes) > 1
        if failed and is_repeated:
            add_variant_note(failed, len(outcomes))
        report = find_subtests() if is_repeated else None
        if report is not None:
            for one in outcomes:
                with report(one.plan.name):
                    if one.error is not None:
                        raise one.error
        elif failed:
            error = failed[0].error
            assert error is not None  # noqa: S101 -- chosen above
            raise error
        if not failed:
            self.finish()
        return outcomes[0].result


def iterate_blocks(source: VariantSource) -> Generator[Any, None, None]:
    """Return the calls of a block for each variant, as `each_variant()` does."""
    runs = VariantRuns(source)
    for run in runs:
        try:
            with source.make_run_block(run) as calls:
                try:
                    yield calls
                except GeneratorExit:
                    raise _LoopLeftError from None
        except _LoopLeftError:  # noqa: PERF203 -- once for each block
            source.definitions.abandoned.append(run.name)
            runs.stage_nothing()
            return
    runs.finish()


class _LoopLeftError(Exception):
    """An error that ends the block of a loop that was left; users never see it."""


class FixedRun:
    """The only run of a block for which the user has selected a variant.

    `requested` is the name of a variant, or a label for each of some choices.
    """

    def __init__(
        self,
        stage: StageSelected,
        requested: str | Mapping[str, str],
        builders: Sequence[InteractionBuilder] = (),
    ) -> None:
        if not isinstance(requested, (str, Mapping)) or not requested:
            raise InvalidExpectation(
                "variant= expects the name of a variant such as 'nickname=absent', or "
                f"a mapping such as {{'nickname': 'absent'}}, got {requested!r}"
            )
        self._stage = stage
        self._requested = requested
        self._selections: list[Selection] = []
        self._names: list[str] = []
        self._unused = set() if isinstance(requested, str) else set(requested)
        self._is_used = False
        for builder in builders:
            if builder.list_variants():
                self._choose(builder)
        if builders and not self._is_used:
            raise self._make_error(self._names)

    @property
    def name(self) -> str:
        if self._selections:
            return ",".join(one.name for one in self._selections)
        given = self._requested
        return given if isinstance(given, str) else identify_variant(given)

    def select(self, builder: InteractionBuilder) -> InteractionBuilder:
        variant = self._choose(builder)
        self._selections.append(builder.make_selection(variant))
        return builder.select_variant(variant)

    def stage(self, pact: PactInfo, interactions: Sequence[Interaction]) -> None:
        self._stage(pact, interactions, self._selections)

    def find_problem(self) -> InvalidExpectation | None:
        if self._is_used and not self._unused:
            return None
        return self._make_error(self._names)

    def _choose(self, builder: InteractionBuilder) -> Variant:
        """Return the requested variant; the first if the request names others only.

        Raises: InvalidExpectation for a label that one of its choices does not have.
        """
        variants = builder.list_variants()
        self._names += builder.variants
        requested = self._requested
        known = {key for one in variants for key in one}
        if isinstance(requested, str):
            found = [one for one in variants if identify_variant(one) == requested]
            keys = [key for key in known if f",{key}=" in f",{requested}"]
        else:
            keys = [key for key in known if key in requested]
            labels = {key: requested[key] for key in keys}
            found = [one for one in variants if labels.items() <= one.items()]
        if keys and not found:
            raise self._make_error(builder.variants)
        self._unused -= set(keys)
        self._is_used = self._is_used or bool(keys)
        return found[0] if keys else variants[0]

    def _make_error(self, names: Sequence[str]) -> InvalidExpectation:
        known = (
            f"expected one of {', '.join(names)}"
            if names
            else ("no interaction of the block contains match.one_of()")
        )
        return InvalidExpectation(f"there is no variant {self._requested!r}: {known}")


def select_variant(
    builder: InteractionBuilder, run: BlockRun | None
) -> InteractionBuilder:
    """Return the builder of the variant that a block uses.

    Raises: InvalidExpectation in a block that runs once only.
    """
    if run is not None:
        return run.select(builder)
    names = ", ".join(builder.variants)
    raise InvalidExpectation(
        f"{builder.place}: the interaction has several variants ({names}), but this "
        "block runs once: decorate the test function with @pact.intercept(), loop with "
        "`for calls in pact.each_variant():`, or select a variant with variant='…'"
    )
