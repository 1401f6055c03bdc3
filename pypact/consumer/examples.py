"""Rerun a test with other responses, or messages, that the contract accepts.

After the test has passed with the example of the contract, it runs again with responses
and messages that the matching rules accept as well. A failure is simplified, and raised
with the fields that cause it. Nothing generated is recorded.
"""

from __future__ import annotations

import inspect
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pypact._process import STATE
from pypact.consumer.assertions import is_assertion_on_example
from pypact.consumer.mutations import (
    InteractionKey,
    Recorder,
    changing_responses,
    get_key,
)
from pypact.consumer.reruns import MakeBlock, rerun, rerun_coroutine
from pypact.errors import ExampleWarning, PactError
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    SyncMessage,
)
from pypact.strategies import SEED_VARIABLE, Examples, derive_seed
from pypact.strategies.messages import Change, Parts, Shape, shape_received, simplify

if TYPE_CHECKING:
    from pypact.consumer.info import PactInfo

_LOG = logging.getLogger(__name__)

PartKey: TypeAlias = tuple[InteractionKey, int]
"""An interaction, and the index of its response message; 0 for all other kinds."""

Chosen: TypeAlias = Mapping[PartKey, Parts]
"""The parts of the response, or message, of each interaction, for one run."""

Trials: TypeAlias = Generator["ResponseChanger", "BaseException | None", None]
"""Yields the responses of a run; is sent the error of that run, or None."""


class ResponseChanger:
    """Replaces the responses and messages of one run.

    After `limit` calls the responses stay as they are: a client that polls for a value
    would never end.
    """

    def __init__(
        self,
        shapes: Mapping[PartKey, Shape[Any]],
        chosen: Chosen,
        limit: int,
    ) -> None:
        self._shapes = shapes
        self._chosen = chosen
        self._left = limit

    def change(
        self, pact: PactInfo, interaction: Interaction, response: Any, index: int = 0
    ) -> Any:
        """Return the response, or the message, in place of the example."""
        key = get_key(pact, interaction), index
        self._left -= 1
        if key not in self._chosen or self._left < 0:
            return response
        return self._shapes[key].build(self._chosen[key])


class ExampleTrials:
    """The further runs of one test.

    `subject` is the test; `recorder` has the interactions that its first run used.
    """

    def __init__(
        self, examples: Examples, recorder: Recorder, subject: Subject
    ) -> None:
        self._examples = examples
        self._seed = examples.find_seed()
        self._name, self._code, self._module = subject
        self._limit = 10 * recorder.count + 20
        self._names: dict[PartKey, str] = {}
        self._messages: set[PartKey] = set()
        self._shapes: dict[PartKey, Shape[Any]] = {}
        self._fixed: list[str] = []
        for key, interaction in recorder.used.items():
            for index, shape in enumerate(shape_received(interaction)):
                name = _name_part(interaction, index, key[3])
                self._names[key, index] = name
                if not isinstance(interaction, HttpInteraction):
                    self._messages.add((key, index))
                if shape.varies:
                    self._shapes[key, index] = shape
                self._fixed += [f"{name}: {one}" for one in shape.list_fixed()]
        self._pinned: set[tuple[PartKey, tuple[str, str]]] = set()
        self._asserted: set[tuple[PartKey, tuple[str, str]]] = set()

    def run(self) -> Trials:
        """Yield the responses of each run.

        Raises: the first error that is a finding, with a note of what causes it.
        """
        __tracebackhide__ = True
        count = self._examples.count
        started = time.monotonic()
        pools = {
            key: shape.draw(count, derive_seed(self._seed, *_list_key_names(key)))
            for key, shape in self._shapes.items()
        }
        number = max(map(len, pools.values()), default=0)
        self._warn_of_fixed(number)
        retries = count // 5  # most of them fail
        for index in range(min(count, number)):
            if time.monotonic() - started > self._examples.seconds:
                _LOG.info(
                    "%s: only %d of %d other examples were tried in time",
                    self._name,
                    index,
                    count,
                )
                return
            given = {k: p[index % len(p)] for k, p in pools.items() if p}
            chosen = self._pin(dict(given))
            is_pinned = self._is_example(chosen)
            if is_pinned:  # a crash may come before the assertion on the example
                chosen = given
                places = {(key, one.key) for key, one in self._list_changes(given)}
                if not places or not places <= self._asserted or retries <= 0:
                    continue
                retries -= 1
            error = yield self._make_changer(chosen)
            if error is None or (is_pinned and self._find_dismissal(error, chosen)):
                continue
            chosen, error = yield from self._simplify(chosen, error)
            self._judge(error, chosen, f"{index + 1} of {count}")

    def _is_example(self, chosen: Chosen) -> bool:
        return all(self._shapes[key].example == one for key, one in chosen.items())

    def _warn_of_fixed(self, number: int) -> None:
        """Warn of values that keep their example, or if there are no other examples."""
        if self._fixed:
            places = "; ".join(self._fixed)
            self._warn(f"{self._name}: these values keep their example: {places}")
        if number == 0:
            names = ", ".join(self._names.values()) or "what the test calls"
            self._warn(
                f"{self._name} ran without other examples: the contract accepts only "
                f"the example of {names}"
            )

    def _warn(self, text: str) -> None:
        """Warn, with the place of the test function if its code is known."""
        code = self._code
        try:
            if code is None:
                warnings.warn(text, ExampleWarning, stacklevel=2)
            else:
                place = code.co_filename, code.co_firstlineno
                warnings.warn_explicit(text, ExampleWarning, *place)
        except ExampleWarning:  # where warnings are errors, it is still not a finding
            _LOG.warning("%s", text)

    def _make_changer(self, chosen: Chosen) -> ResponseChanger:
        return ResponseChanger(self._shapes, chosen, self._limit)

    def _list_changes(self, chosen: Chosen) -> list[tuple[PartKey, Change]]:
        return [
            (key, change)
            for key, parts in chosen.items()
            for change in self._shapes[key].list_changes(parts)
        ]

    def _pin(self, chosen: dict[PartKey, Parts]) -> Chosen:
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
        """Yield simpler responses; return the simplest that raise such an error.

        For an error that is not a finding, only the places that cause it are searched.
        """
        is_finding = self._find_dismissal(error, chosen) is None
        if not is_finding and len(self._list_changes(chosen)) == 1:
            return chosen, error
        found = dict(chosen)
        if len(found) > 1:
            for key in list(found):
                rest = {**found, key: self._shapes[key].example}
                another = yield self._make_changer(rest)
                if another is not None and self._is_alike(another, error, rest):
                    found, error = rest, another
        for key, shape in self._shapes.items():
            if key not in found or not shape.list_changes(found[key]):
                continue
            trials = simplify(shape, found[key], shortens=is_finding)
            answer: bool | None = None
            while True:
                try:
                    trial = trials.send(answer)
                except StopIteration as stop:
                    found[key] = stop.value
                    break
                rest = {**found, key: trial}
                another = yield self._make_changer(rest)
                answer = another is not None and self._is_alike(another, error, rest)
                if answer and another is not None:
                    error = another
        return found, error

    def _is_alike(
        self, error: BaseException, other: BaseException, chosen: Chosen
    ) -> bool:
        """Return whether two errors are of one type, and both findings or neither."""
        return type(error) is type(other) and (
            self._find_dismissal(error, chosen) == self._find_dismissal(other, chosen)
        )

    def _find_dismissal(self, error: BaseException, chosen: Chosen) -> str | None:
        """Return why an error is not a finding; None if it is one."""
        if _is_of_request(error):
            # The client uses the value in another request, which is not declared.
            return _USED_IN_REQUEST
        changes = [change for _, change in self._list_changes(chosen)]
        if is_assertion_on_example(error, self._code, changes):
            return "is compared with the example by the test itself"
        return None

    def _judge(self, error: BaseException, chosen: Chosen, which: str) -> None:
        """Raise a finding; else keep the example at the places that caused it."""
        __tracebackhide__ = True
        changes = self._list_changes(chosen)
        reason = self._find_dismissal(error, chosen)
        if reason is None:
            text = self._explain(changes, which)
            # As `add_note` does; Python 3.10 neither has it nor shows notes.
            error.__notes__ = [*getattr(error, "__notes__", ()), text]
            if sys.version_info < (3, 11) and not _find_pytest_node():
                _LOG.error("%s %s", self._name, text)
            raise error
        pinned = {(key, change.key) for key, change in changes}
        self._pinned |= pinned
        places = ", ".join(change.place or change.part for _, change in changes)
        _LOG.info("%s: %s %s", self._name, places, reason)
        if reason != _USED_IN_REQUEST:
            self._asserted |= pinned
            of_message = self._is_of_message(changes)
            received = "message.received" if of_message else "calls[-1].response"
            self._warn(
                f"{self._name} asserts the example of {places}, so that no other value "
                f"is tried there: compare with `{received}` instead"
            )

    def _is_of_message(self, changes: list[tuple[PartKey, Change]]) -> bool:
        return any(key in self._messages for key, _ in changes)

    def _explain(self, changes: list[tuple[PartKey, Change]], which: str) -> str:
        what = "message" if self._is_of_message(changes) else "response"
        lines = [f"failed with another {what} that the contract accepts:"]
        seen: PartKey | None = None
        for key, change in changes:
            if key != seen:
                lines.append(f"  {self._names[key]}")
            seen = key
            lines.append(f"    {change.describe()}")
        lines.append(f"example {which}; rerun with the same examples:")
        lines.append(f"  {self._format_rerun()}")
        return "\n".join(lines)

    def _format_rerun(self) -> str:
        node = _find_pytest_node()
        if node:
            # A variant can have any name. In single quotes, Windows would not read it.
            quoted = re.sub(r'[$`"\\]', r"\\\g<0>", node)
            command = f'python -m pytest "{quoted}"'
        elif self._module:
            command = f"python -m unittest {self._module}.{self._name}"
        else:
            command = f"(run {self._name} again)"
        return f"{SEED_VARIABLE}={self._seed} {command}"


def _find_pytest_node() -> str:
    node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    return STATE.node_relaters[-1](node) if node and STATE.node_relaters else node


def _is_of_request(error: BaseException) -> bool:
    """Return whether an error, or its cause, comes from a request that is not declared.

    That includes a request that the client library refuses to send, as for its URL.
    """
    current: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if current is None:
            break
        if isinstance(current, PactError) or type(current).__name__ in _URL_ERRORS:
            return True
        current = current.__cause__ or current.__context__
    return False


def _list_key_names(key: PartKey) -> list[str]:
    interaction, index = key
    return [*interaction, str(index)] if index else [*interaction]


def _name_part(interaction: Interaction, index: int, states: str) -> str:
    """Describe a response or message by its description and provider states."""
    name = f'"{interaction.description}"' + (f" given {states!r}" if states else "")
    if isinstance(interaction, AsyncMessage):
        return f"the message {name}"
    if isinstance(interaction, SyncMessage) and len(interaction.responses) > 1:
        return f"response {index + 1} to {name}"
    return f"the response to {name}"


class Subject(NamedTuple):
    """The name of a test, or of a handler, and its code.

    `code` is None if it is not part of a test. `module` is that of a test which
    unittest can run by its name, else empty.
    """

    name: str
    code: CodeType | None
    module: str = ""


def describe_function(function: Any) -> Subject:
    """Return the name and the code of a test function."""
    function = inspect.unwrap(function)
    function = getattr(function, "__func__", function)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    module = getattr(function, "__module__", "")
    owner = getattr(sys.modules.get(module), name.partition(".")[0], None)
    unittest = sys.modules.get("unittest")
    is_case = isinstance(owner, type) and (
        unittest is not None and issubclass(owner, unittest.TestCase)
    )
    code = getattr(function, "__code__", None)
    return Subject(name, code, module if is_case else "")


def describe_handler(handler: Any, place: str) -> Subject:
    """Return the name of a handler, and its code if it is in the file of the test.

    `place` is where the message is defined, as "file:line".
    """
    name, code, _ = describe_function(handler)
    name = f"the handler {name}"
    file = place.rpartition(":")[0]
    is_of_test = code is not None and code.co_filename.endswith(file)
    return Subject(name, code if is_of_test else None)


def run_with_examples(
    examples: Examples,
    subject: Subject,
    test: Callable[[], Any],
    repeat: Callable[[], Any],
    make_block: MakeBlock[ResponseChanger],
) -> Any:
    """Run a test, then `repeat` it with other examples; return the first result.

    Each further run takes place in a block that `make_block` returns.

    Raises: the error of a run that is a finding, with a note of its cause.
    """
    __tracebackhide__ = True
    if STATE.is_rerun:
        return test()
    recorder = Recorder(STATE.change_response)
    with changing_responses(recorder.change):
        result = test()
    trials = ExampleTrials(examples, recorder, subject).run()
    error: BaseException | None = None
    while (changer := _proceed(trials, error)) is not None:
        (outcome,) = rerun(repeat, [changer], make_block)
        error = outcome.error
    return result


async def run_coroutine_with_examples(
    examples: Examples,
    subject: Subject,
    test: Callable[[], Awaitable[Any]],
    repeat: Callable[[], Awaitable[Any]],
    make_block: MakeBlock[ResponseChanger],
) -> Any:
    """Do the same as `run_with_examples` for a coroutine function."""
    __tracebackhide__ = True
    if STATE.is_rerun:
        return await test()
    recorder = Recorder(STATE.change_response)
    with changing_responses(recorder.change):
        result = await test()
    trials = ExampleTrials(examples, recorder, subject).run()
    error: BaseException | None = None
    while (changer := _proceed(trials, error)) is not None:
        (outcome,) = await rerun_coroutine(repeat, [changer], make_block)
        error = outcome.error
    return result


def change_messages(changer: ResponseChanger) -> AbstractContextManager[None]:
    """Return a block in which handlers get the messages of a trial."""
    return changing_responses(changer.change)


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


_LONGEST_CHAIN = 20
_URL_ERRORS = frozenset(
    (
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "InvalidUrlClientError",
        "LocationParseError",
        "LocationValueError",
        "MissingSchema",
        "NonHttpUrlClientError",
        "URLSchemeUnknown",
        "UnsupportedProtocol",
    )
)
_USED_IN_REQUEST = "is used in another request"
