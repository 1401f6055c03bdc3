"""Put a block around code or around a decorated function.

The block is entered where the code runs: inside of the coroutine or generator.

Source: docs/internals/interception.md, "Decorators and wrapt".
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pypact._lazy import import_later
from pypact._process import VARIED_TESTS
from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.reruns import rerun, rerun_coroutine
from pypact.consumer.variants import VariantSource, VariedTest
from pypact.errors import BlockMisuse, InvalidExpectation

if TYPE_CHECKING:
    import inspect
    import unittest

    import wrapt
else:
    inspect = import_later("inspect")
    unittest = import_later("unittest")
    wrapt = import_later("wrapt")

_Decorated = TypeVar("_Decorated")
_Given = TypeVar("_Given")

BlockFactory: TypeAlias = Callable[[], AbstractContextManager[_Given]]
"""A function that returns a new block, which can be entered once."""


class Interception(Generic[_Given]):
    """A context manager and decorator, as returned by `Pact.intercept`.

    `name` is the name of the pact. Each run of a decorated function has its own block.
    With `variants`, a decorated function runs once for each variant. `examples` returns
    what runs it again with other examples.
    """

    def __init__(
        self,
        name: str,
        make_block: BlockFactory[_Given],
        variants: VariantSource | None = None,
        examples: Callable[[VariantSource | None], Any] | None = None,
    ) -> None:
        self._name = name
        self._make_examples = examples
        self._make_block = make_block
        self.variants = variants
        self._block: AbstractContextManager[_Given] | None = None

    def __enter__(self) -> _Given:
        """Enter a new block, and return what its `__enter__` returns."""
        if self._block is not None:
            raise BlockMisuse(f"this block of {self._name} was already entered")
        if self._make_examples is not None:
            raise InvalidExpectation(
                "a `with` block runs once, so that it cannot try other examples: "
                "decorate the test with @pact.intercept(examples=…)"
            )
        block = self._make_block()
        given = block.__enter__()
        self._block = block
        return given

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the block, which raises an error if it failed."""
        __tracebackhide__ = True  # pytest then shows the line where the block ends
        if self._block is None:
            raise BlockMisuse(f"this block of {self._name} was never entered")
        self._block.__exit__(kind, error, traceback)

    def __call__(self, decorated: _Decorated) -> _Decorated:
        """Wrap a function, or each test of a class, so that it runs in a block."""
        source = self.variants
        if source is not None and not _is_generator(decorated):
            source = source.declare_pending()
        if inspect.isclass(decorated):
            # In place, because test runners do not collect a proxy of a class.
            for name, test in _find_tests(decorated):
                setattr(decorated, name, self._wrap(test, source))
            return decorated
        _refuse_fixture(decorated)
        return self._wrap(decorated, source)

    def _wrap(self, decorated: _Decorated, source: VariantSource | None) -> _Decorated:
        wrapped = self._wrap_once(decorated, source)
        if self._make_examples is None:
            return wrapped
        function = getattr(decorated, "__func__", decorated)
        tried: _Decorated = self._make_examples(source).wrap(wrapped, function)
        return tried

    def _wrap_once(
        self, decorated: _Decorated, source: VariantSource | None
    ) -> _Decorated:
        function = getattr(decorated, "__func__", decorated)
        if source is not None and not _is_generator(function):
            is_coroutine = inspect.iscoroutinefunction(function)
            rerun_all = _rerun_coroutine if is_coroutine else _rerun_function
            test = VariedTest(source)
            tests = [*getattr(function, VARIED_TESTS, ()), test]
            with contextlib.suppress(AttributeError):  # a callable without attributes
                setattr(function, VARIED_TESTS, tests)
            repeated: _Decorated = rerun_all(test)(decorated)
            return repeated
        if source is not None:
            _refuse_variants(source.builders)
        wrap = _choose_wrapper(function)
        wrapped: _Decorated = wrap(self._make_block)(decorated)
        return wrapped


def _is_generator(function: object) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _rerun_function(test: VariedTest) -> Any:
    @wrapt.decorator
    def run(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        runs = test.make_runs()
        make_block = test.source.make_run_block
        outcomes = rerun(lambda: wrapped(*args, **kwargs), runs, make_block)
        return runs.conclude(outcomes, lambda: test.find_subtests(instance))

    return run


def _rerun_coroutine(test: VariedTest) -> Any:
    @wrapt.decorator
    async def run(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        runs = test.make_runs()
        make_block = test.source.make_run_block
        outcomes = await rerun_coroutine(
            lambda: wrapped(*args, **kwargs), runs, make_block
        )
        return runs.conclude(outcomes, lambda: test.find_subtests(instance))

    return run


def _choose_wrapper(function: object) -> Callable[[BlockFactory[Any]], Any]:
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine
    if inspect.isgeneratorfunction(function):
        return _wrap_generator
    return _wrap_function


def _wrap_function(make_block: BlockFactory[Any]) -> Any:
    @wrapt.decorator
    def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        with make_block():
            return wrapped(*args, **kwargs)

    return run


def _wrap_coroutine(make_block: BlockFactory[Any]) -> Any:
    @wrapt.decorator
    async def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        with make_block():
            return await wrapped(*args, **kwargs)

    return run


def _wrap_generator(make_block: BlockFactory[Any]) -> Any:
    @wrapt.decorator
    def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        with make_block():
            return (yield from wrapped(*args, **kwargs))

    return run


def _wrap_async_generator(make_block: BlockFactory[Any]) -> Any:
    @wrapt.decorator
    async def run(
        wrapped: Any, _instance: Any, args: Any, kwargs: Any
    ) -> AsyncIterator[Any]:
        with make_block():
            generator = wrapped(*args, **kwargs)
            try:
                async for value in generator:
                    yield value
            finally:
                await generator.aclose()

    return run


def _refuse_variants(builders: Sequence[InteractionBuilder]) -> None:
    varied = [one for one in builders if one.variants]
    if varied:
        raise InvalidExpectation(
            f"{varied[0]!r} has several variants, {', '.join(varied[0].variants)}, but "
            "a generator function runs once: use `pact.fixture(interaction)`, whose "
            "tests run once for each variant"
        )


def _find_tests(decorated: object) -> list[tuple[str, object]]:
    prefix = "test"
    if inspect.isclass(decorated) and issubclass(decorated, unittest.TestCase):
        prefix = unittest.TestLoader.testMethodPrefix
    tests = [
        (name, value)
        for name, value in vars(decorated).items()
        if name.startswith(prefix) and callable(getattr(value, "__func__", value))
    ]
    if not tests:
        raise InvalidExpectation(
            f"{decorated!r} has no methods named {prefix}…, so nothing is intercepted"
        )
    return tests


def _refuse_fixture(decorated: object) -> None:
    is_marked = hasattr(decorated, "_pytestfixturefunction")
    if is_marked or type(decorated).__module__.startswith("_pytest."):
        raise InvalidExpectation(
            "@pact.intercept() must be placed below @pytest.fixture, directly above "
            "the function: otherwise the fixture would be lost"
        )
    if not callable(getattr(decorated, "__func__", decorated)):
        raise InvalidExpectation(
            f"@pact.intercept() cannot decorate {decorated!r}: expected a function or "
            "a class of tests"
        )
