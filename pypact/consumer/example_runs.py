"""Decorate tests to run again with other responses that the contract accepts.

Each run has a block of its own, of which nothing is recorded.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import wrapt

from pypact._dataclasses import dataclass
from pypact._process import VARIED_TESTS
from pypact.consumer.block import Calls
from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.definitions import Definitions
from pypact.consumer.examples import (
    ResponseChanger,
    describe_function,
    run_coroutine_with_examples,
    run_with_examples,
)
from pypact.consumer.info import PactInfo
from pypact.consumer.mutations import changing_responses
from pypact.consumer.variants import Interactions, MakeVariedBlock, VariedTest
from pypact.errors import InvalidExpectation
from pypact.match.variants import Variant
from pypact.strategies import Examples


class ExampleRun:
    """The run of a block with other examples, of which nothing is recorded."""

    name = ""

    def __init__(self, variants: Mapping[str, Variant]) -> None:
        self._variants = variants

    def select(self, builder: InteractionBuilder) -> InteractionBuilder:
        """Return the builder of the item's variant, or of the first one."""
        first = builder.list_variants()[0]
        return builder.select_variant(self._variants.get(builder.variant_key, first))

    def stage(self, _pact: PactInfo, _interactions: object) -> None:
        """Record nothing."""

    def find_problem(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class ExampleSource:
    """The data for the further runs of a decorated test.

    `builders` are interactions that each block defines again.
    """

    examples: Examples
    definitions: Definitions
    make_block: MakeVariedBlock
    builders: Interactions

    def wrap(self, repeated: Any, function: Any) -> Any:
        """Wrap a decorated test, so that it runs with other examples after it passed.

        `function` is the test itself. If it has a parameter `calls`, it gets the calls
        of the running block.
        """
        if inspect.isgeneratorfunction(function) or (
            inspect.isasyncgenfunction(function)
        ):
            raise InvalidExpectation(
                "examples= needs a test, which can run again; a fixture cannot"
            )
        adapter = _hide_calls(function)
        is_coroutine = inspect.iscoroutinefunction(function)
        make = self._run_coroutine if is_coroutine else self._run_function
        decorator: Any = wrapt.decorator  # its types do not have `adapter`
        run = make(function, adapter is not None)
        return decorator(run, adapter=adapter)(repeated)

    def _run_function(self, function: Any, needs_calls: bool) -> Any:  # noqa: FBT001 -- private
        def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
            __tracebackhide__ = True
            if needs_calls:
                kwargs = {**kwargs, "calls": _LastCalls(self.definitions)}
            return run_with_examples(*self._prepare(function, wrapped, args, kwargs))

        return run

    def _run_coroutine(self, function: Any, needs_calls: bool) -> Any:  # noqa: FBT001 -- private
        async def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
            __tracebackhide__ = True
            if needs_calls:
                kwargs = {**kwargs, "calls": _LastCalls(self.definitions)}
            return await run_coroutine_with_examples(
                *self._prepare(function, wrapped, args, kwargs)
            )

        return run

    def _prepare(
        self, function: Any, wrapped: Any, args: Any, kwargs: Any
    ) -> tuple[Any, ...]:
        """Return the arguments of `run_with_examples`."""
        return (
            self.examples,
            describe_function(function),
            lambda: wrapped(*args, **kwargs),
            lambda: wrapped.__wrapped__(*args, **kwargs),
            partial(self._make_run_block, function, self._keep_builders()),
        )

    @contextlib.contextmanager
    def _make_run_block(
        self,
        function: Any,
        builders: list[InteractionBuilder],
        changer: ResponseChanger,
    ) -> Iterator[None]:
        """Run one trial in a block of its own, with the responses of `changer`."""
        self.definitions.restore(builders)
        tests: list[VariedTest] = getattr(function, VARIED_TESTS, [])
        variants: dict[str, Variant] = {}
        for test in tests:
            variants |= test.list_selected()
        block = self.make_block(ExampleRun(variants), self.builders)
        isolated = self.definitions.messages.isolate()
        with isolated, changing_responses(changer.change), block:
            yield

    def _keep_builders(self) -> list[InteractionBuilder]:
        """Return the interactions that were defined before the test, for its reruns."""
        builders = self.definitions.take_all()
        self.definitions.restore(builders)
        return builders


def _hide_calls(function: Any) -> Any:
    """Return a signature without `calls`, as pytest would look for such a fixture."""
    signature = inspect.signature(function)
    parameters = [one for one in signature.parameters.values() if one.name != "calls"]
    if len(parameters) == len(signature.parameters):
        return None

    def prototype() -> None:
        """Do nothing: only the signature is used."""

    async def coroutine_prototype() -> None:
        """Do nothing: test runners recognise it as a coroutine function."""

    is_coroutine = inspect.iscoroutinefunction(function)
    found: Any = coroutine_prototype if is_coroutine else prototype
    found.__signature__ = signature.replace(parameters=parameters)
    return found


class _LastCalls(Calls):
    """The calls of the block that was entered last."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    @property
    def _log(self) -> Any:  # type: ignore[override] # it changes with each run
        return self._definitions.last_calls._log  # noqa: SLF001 -- of the same class

    @property
    def _run(self) -> Any:  # type: ignore[override] # as above
        return self._definitions.last_calls._run  # noqa: SLF001 -- of the same class
