"""Rerun a test with other responses that the contract accepts.

After the test has passed with the example of the contract, it runs again with responses
that the matching rules accept as well. A failure is simplified, and raised with the
fields that cause it. Nothing generated is recorded.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
import logging
import os
import time
import traceback
import warnings
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from types import CodeType
from typing import Any, TypeAlias

import wrapt

from pypact._dataclasses import dataclass
from pypact._process import STATE, VARIED_TESTS
from pypact.consumer.block import Calls
from pypact.consumer.builders import InteractionBuilder
from pypact.consumer.definitions import Definitions, PactInfo
from pypact.consumer.mutations import (
    InteractionKey,
    Recorder,
    changing_responses,
    get_key,
)
from pypact.consumer.reruns import rerun, rerun_coroutine
from pypact.consumer.variants import Interactions, MakeVariedBlock, VariedTest
from pypact.errors import ExampleWarning, InvalidExpectation, PactError
from pypact.frames import is_library_file
from pypact.match.variants import Variant
from pypact.model.http import Response
from pypact.model.interactions import HttpInteraction, Interaction
from pypact.strategies import SEED_VARIABLE, Examples, derive_seed
from pypact.strategies.messages import Change, Parts, Shape, shape_response, simplify

_LOG = logging.getLogger(__name__)

Chosen: TypeAlias = Mapping[InteractionKey, Parts]
"""The parts of the responses of each interaction, for one run."""

Trials: TypeAlias = Generator["ResponseChanger", "BaseException | None", None]
"""Yields the responses of a run; is sent the error of that run, or None."""


class ExampleRun:
    """The run of a block with other examples: nothing of it is recorded."""

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


class ResponseChanger:
    """Replaces the responses of one run.

    After `limit` calls the responses stay as they are: a client that polls for a value
    would never end.
    """

    def __init__(
        self,
        shapes: Mapping[InteractionKey, Shape[Response]],
        chosen: Chosen,
        limit: int,
    ) -> None:
        self._shapes = shapes
        self._chosen = chosen
        self._left = limit

    def change(
        self, pact: PactInfo, interaction: Interaction, response: Any, _index: int = 0
    ) -> Any:
        """Return the response to send in place of the example."""
        key = get_key(pact, interaction)
        self._left -= 1
        if key not in self._chosen or self._left < 0:
            return response
        return self._shapes[key].build(self._chosen[key])


class ExampleTrials:
    """The further runs of one test.

    `code` is the test's own; `recorder` has the interactions that its first run used.
    """

    def __init__(
        self, examples: Examples, recorder: Recorder, code: CodeType | None, name: str
    ) -> None:
        self._examples = examples
        self._seed = examples.find_seed()
        self._code = code
        self._name = name
        self._limit = 10 * recorder.count + 20
        self._shapes = {
            key: shape
            for key, interaction in recorder.used.items()
            if isinstance(interaction, HttpInteraction)
            and (shape := shape_response(interaction)).varies
        }
        self._pinned: set[tuple[InteractionKey, tuple[str, str]]] = set()

    def run(self) -> Trials:
        """Yield the responses of each run.

        Raises: the first error that is a finding, with a note of what causes it.
        """
        count = self._examples.count
        started = time.monotonic()
        pools = {
            key: shape.draw(count, derive_seed(self._seed, *key))
            for key, shape in self._shapes.items()
        }
        number = max(map(len, pools.values()), default=0)
        for index in range(min(count, number)):
            if time.monotonic() - started > self._examples.seconds:
                _LOG.info("%s: %d of %d examples in time", self._name, index, count)
                return
            chosen = self._pin({k: p[index % len(p)] for k, p in pools.items() if p})
            if not self._list_changes(chosen):
                continue
            error = yield self._make_changer(chosen)
            if error is not None:
                chosen, error = yield from self._simplify(chosen, error)
                self._judge(error, chosen, f"{index + 1} of {count}")

    def _make_changer(self, chosen: Chosen) -> ResponseChanger:
        return ResponseChanger(self._shapes, chosen, self._limit)

    def _list_changes(self, chosen: Chosen) -> list[tuple[InteractionKey, Change]]:
        return [
            (key, change)
            for key, parts in chosen.items()
            for change in self._shapes[key].list_changes(parts)
        ]

    def _pin(self, chosen: dict[InteractionKey, Parts]) -> Chosen:
        """Return the parts with the example's value at each pinned place."""
        for key, parts in chosen.items():
            for _ in range(len(self._pinned)):
                changes = self._shapes[key].list_changes(parts)
                found = (one for one in changes if (key, one.key) in self._pinned)
                change = next(found, None)
                if change is None:
                    break
                parts = change.set(change.before)  # noqa: PLW2901 -- one at a time
            chosen[key] = parts
        return chosen

    def _simplify(
        self, chosen: Chosen, error: BaseException
    ) -> Generator[ResponseChanger, BaseException | None, tuple[Chosen, BaseException]]:
        """Yield simpler responses; return the simplest that raise such an error."""
        found = dict(chosen)
        if len(found) > 1:
            for key in list(found):
                rest = {**found, key: self._shapes[key].example}
                another = yield self._make_changer(rest)
                if type(another) is type(error):
                    found, error = rest, another or error
        for key, shape in self._shapes.items():
            if key not in found or not shape.list_changes(found[key]):
                continue
            trials = simplify(shape, found[key])
            answer: bool | None = None
            while True:
                try:
                    trial = trials.send(answer)
                except StopIteration as stop:
                    found[key] = stop.value
                    break
                another = yield self._make_changer({**found, key: trial})
                answer = type(another) is type(error)
                error = another if answer and another is not None else error
        return found, error

    def _judge(self, error: BaseException, chosen: Chosen, which: str) -> None:
        """Raise a finding; else keep the example at the places that caused it."""
        changes = self._list_changes(chosen)
        if isinstance(error, PactError):
            # The client uses the value in a further request, which is not declared.
            reason = "is used in another request"
        elif is_assertion_on_example(error, self._code):
            reason = "is asserted by the test itself: the test asserts the example"
        else:
            error.__notes__ = [  # as `add_note`, which Python 3.10 does not have
                *getattr(error, "__notes__", ()),
                self._explain(changes, which),
            ]
            raise error
        self._pinned.update((key, change.key) for key, change in changes)
        places = ", ".join(change.place or change.part for _, change in changes)
        _LOG.info("%s: %s %s", self._name, places, reason)
        if not isinstance(error, PactError):
            _warn(
                f"{self._name} asserts the example of {places}, so that no other value "
                "is tried there: compare with `calls[-1].response` instead"
            )

    def _explain(self, changes: list[tuple[InteractionKey, Change]], which: str) -> str:
        lines = ["failed with another response that the contract accepts:"]
        seen: InteractionKey | None = None
        for key, change in changes:
            if key != seen:
                states = f" given {key[3]!r}" if key[3] else ""
                lines.append(f'  the response to "{key[2]}"{states}')
            seen = key
            lines.append(f"    {change.describe()}")
        lines.append(f"example {which}; rerun with the same examples:")
        lines.append(f"  {self._format_rerun()}")
        return "\n".join(lines)

    def _format_rerun(self) -> str:
        node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        command = f'python -m pytest "{node}"' if node else f"(run {self._name} again)"
        return f"{SEED_VARIABLE}={self._seed} {command}"


def _warn(text: str) -> None:
    try:
        warnings.warn(text, ExampleWarning, stacklevel=2)
    except ExampleWarning:  # where warnings are errors, it is still no finding
        _LOG.warning("%s", text)


def is_assertion_on_example(error: BaseException, code: CodeType | None) -> bool:
    """Return whether a statement of the test compares something with a literal.

    Such a literal comes from the example of the contract, so that another value must
    fail. A statement that uses `calls` compares with the response instead.
    """
    if not isinstance(error, AssertionError) or code is None:
        return False
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if not is_library_file(one.filename)]
    if not own or own[-1].filename != code.co_filename or own[-1].lineno is None:
        return False
    statement = _find_statement(own[-1].filename, own[-1].lineno)
    if statement is None:
        return False
    nodes = list(ast.walk(statement))
    if any(isinstance(one, ast.Name) and one.id == "calls" for one in nodes):
        return False
    compared = [
        one
        for one in nodes
        if isinstance(one, ast.Compare)
        or (isinstance(one, ast.Call) and _is_assertion(one.func))
    ]
    return any(
        isinstance(inner, (ast.Constant, ast.List, ast.Dict))
        or (isinstance(inner, ast.Name) and inner.id.isupper())
        for one in compared
        for inner in _walk_operands(one)
    )


def _walk_operands(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of an expression, without the names of what it reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Subscript) and child is node.slice:
            continue
        if isinstance(node, ast.Call) and child in node.args and _reads(node.func):
            continue
        yield from _walk_operands(child)


def _reads(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("get", "pop")


def _is_assertion(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr.startswith("assert")


def _find_statement(filename: str, number: int) -> ast.stmt | None:
    """Return the innermost statement at a line of a source file."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return None
    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            end = node.end_lineno or node.lineno
            if node.lineno <= number <= end and (
                found is None or node.lineno >= found.lineno
            ):
                found = node
    return found


@dataclass(frozen=True, slots=True)
class ExampleSource:
    """What the further runs of a decorated test need.

    `builders` are interactions that each block defines anew.
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
            if STATE.change_response is not None:  # it is a rerun already
                return wrapped(*args, **kwargs)
            builders = self._keep_builders()
            recorder = Recorder()
            with changing_responses(recorder.change):
                result = wrapped(*args, **kwargs)
            trials = self._begin(recorder, function)
            make_block = partial(self._make_run_block, function, builders)
            error: BaseException | None = None
            while (changer := _proceed(trials, error)) is not None:
                (outcome,) = rerun(
                    lambda: wrapped.__wrapped__(*args, **kwargs), [changer], make_block
                )
                error = outcome.error
            return result

        return run

    def _run_coroutine(self, function: Any, needs_calls: bool) -> Any:  # noqa: FBT001 -- private
        async def run(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
            __tracebackhide__ = True
            if needs_calls:
                kwargs = {**kwargs, "calls": _LastCalls(self.definitions)}
            if STATE.change_response is not None:  # it is a rerun already
                return await wrapped(*args, **kwargs)
            builders = self._keep_builders()
            recorder = Recorder()
            with changing_responses(recorder.change):
                result = await wrapped(*args, **kwargs)
            trials = self._begin(recorder, function)
            make_block = partial(self._make_run_block, function, builders)
            error: BaseException | None = None
            while (changer := _proceed(trials, error)) is not None:
                (outcome,) = await rerun_coroutine(
                    lambda: wrapped.__wrapped__(*args, **kwargs), [changer], make_block
                )
                error = outcome.error
            return result

        return run

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
        with changing_responses(changer.change), block:
            yield

    def _keep_builders(self) -> list[InteractionBuilder]:
        """Return the interactions that were defined before the test, for its reruns."""
        builders = self.definitions.take_all()
        self.definitions.restore(builders)
        return builders

    def _begin(self, recorder: Recorder, function: Any) -> Trials:
        function = inspect.unwrap(function)
        name = getattr(function, "__qualname__", repr(function))
        code = getattr(function, "__code__", None)
        return ExampleTrials(self.examples, recorder, code, name).run()


def _proceed(trials: Trials, error: BaseException | None) -> ResponseChanger | None:
    """Return the responses of the next run; None at the end.

    Raises: a finding.
    """
    __tracebackhide__ = True
    try:
        # A generator that has not begun accepts None only.
        return trials.send(error)
    except StopIteration:
        return None


def _hide_calls(function: Any) -> Any:
    """Return a signature without `calls`, as pytest would look for such a fixture."""
    signature = inspect.signature(function)
    parameters = [one for one in signature.parameters.values() if one.name != "calls"]
    if len(parameters) == len(signature.parameters):
        return None

    def prototype() -> None:
        """Have the signature alone."""

    async def coroutine_prototype() -> None:
        """Do the same as a coroutine function, which runners of tests look for."""

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
