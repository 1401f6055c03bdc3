"""Make strategies for whole requests, responses and messages of a contract.

A message is generated as its variable parts, so that a failure can be simplified part
by part. Each generated message is compared with the contract before it is used.

Source: docs/internals/specification.md, "3. HTTP matching", "6. Matchers".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

import hypothesis
from hypothesis import strategies as st

from pypact._dataclasses import dataclass, replace
from pypact.matching.plans import MessagePlan, RequestPlan, ResponsePlan
from pypact.model.body import ExpectedBody
from pypact.model.http import Request, Response, resolve_full_type
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SyncMessage,
    get_declared_type,
    get_part_body,
    replace_part_body,
)
from pypact.model.json import Json, dump_json
from pypact.model.rules import PathToken, parse_path, render_path
from pypact.rules.compiled import (
    CompiledList,
    Place,
    compile_category_rules,
    compile_rules_by_name,
)
from pypact.strategies.bodies import ContentShape, shape_content
from pypact.strategies.values import (
    Values,
    explain_fixed_rules,
    is_printable,
    make_json_strategy,
    make_scalar_strategy,
    make_string_strategy,
    make_values_strategy,
)

PartName: TypeAlias = tuple[str, ...]
"""Such as ("status",), ("header", "X-Trace"), ("body",) or ("body", "$.file")."""

Parts: TypeAlias = Mapping[PartName, Any]
"""The variable parts of one message."""

_Message = TypeVar("_Message", Request, Response, Message)


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a generated message that differs from the contract's example.

    `part` is "body", "header", "query", "path", "status" or "metadata"; `place` is the
    path or name inside of it. `set` returns the parts with another value here.
    """

    part: str
    place: str
    before: Any
    after: Any
    set: Callable[[Any], Parts]

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the place in a message."""
        return self.part, self.place

    @property
    def name(self) -> str:
        """The place, with the part that it belongs to."""
        if self.part in ("header", "query", "metadata"):
            return f"{self.part} {self.place!r}"
        return self.place or self.part

    def describe(self) -> str:
        """Describe the value, and what the contract has as an example."""
        if self.before is ABSENT:
            return f"{self.name} = {_show(self.after)} (the example does not have it)"
        return f"{self.name} = {_show(self.after)} (the example: {_show(self.before)})"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""The value of a member that is not there."""


def _show(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    if isinstance(value, bytes):
        text = repr(value)
    else:
        text = dump_json(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}[…]"


class Shape(Generic[_Message]):
    """The variable parts of an expected request, response or message.

    `example` has their values in the contract. `varies` is false if the contract
    accepts no other message. `content` has the variable values of the body.
    """

    def __init__(
        self,
        message: _Message,
        example: Parts,
        strategies: Mapping[PartName, Values],
        is_accepted: Callable[[_Message], bool],
        content: ContentShape | None = None,
    ) -> None:
        self._message: _Message = message
        self._content = content
        self.example = example
        self._strategies = strategies
        self._is_accepted: Callable[[_Message], bool] = is_accepted

    @property
    def varies(self) -> bool:
        return bool(self._strategies)

    def list_fixed(self) -> list[str]:
        """Return which places have rules but keep their example, with the reason."""
        of_content: Sequence[str] = () if self._content is None else self._content.fixed
        return [*_list_fixed(self._message), *of_content]

    def messages(self) -> st.SearchStrategy[_Message]:
        """Return a strategy for messages that the contract accepts."""
        return self.strategy().map(self.build)

    def strategy(self) -> Values:
        """Return a strategy for the parts of messages that the contract accepts."""
        parts = st.fixed_dictionaries(dict(self._strategies))
        return parts.filter(self.accepts)

    def accepts(self, parts: Parts) -> bool:
        """Return whether the contract accepts the message with these parts."""
        try:
            return self._is_accepted(self.build(parts))
        except (ValueError, RecursionError):
            return False

    def build(self, parts: Parts) -> _Message:
        """Return the message with these parts."""
        message: Any = self._message
        by_part: dict[str, dict[str, Any]] = {}
        for name, value in parts.items():
            by_part.setdefault(name[0], {})[name[1] if len(name) > 1 else ""] = value
        for part, values in by_part.items():
            if part == "header":
                items = [
                    (name, value if isinstance(value, tuple) else (value,))
                    for name, value in values.items()
                ]
                message = replace(message, headers=message.headers.replacing_all(items))
            elif part == "query":
                message = replace(message, query=message.query.replacing_all(values))
            elif part == "metadata":
                message = replace(message, metadata={**message.metadata, **values})
            elif part == "body":
                message = self._build_body(message, values)
            else:
                message = replace(message, **{part: values[""]})
        built: _Message = message
        return built

    def _build_body(self, message: Any, values: Mapping[str, Any]) -> Any:
        assert self._content is not None  # noqa: S101 -- it has the parts of the body
        content = self._content.build({path or "$": v for path, v in values.items()})
        return replace_part_body(message, get_part_body(message).with_content(content))

    def list_changes(self, parts: Parts) -> list[Change]:
        """Return what differs from the example."""
        found: list[Change] = []
        for name, value in parts.items():
            before = self.example[name]
            put = partial(_put, parts, name)
            place = name[1] if len(name) > 1 else ""
            if name[0] == "body":
                path = parse_path(place).tokens if place else ()
                found += _list_json_changes(before, value, path, put)
            elif value != before:
                found.append(Change(name[0], place, before, value, put))
        return found

    def draw(self, count: int, seed: int) -> list[Parts]:
        """Return up to `count` different messages, not including the example.

        hypothesis generates the first ones, and the others take some of their values,
        which takes a fraction of the time.
        """
        base: list[Parts] = self._generate(min(count, _FEWEST + count // 6), seed)
        found: list[Parts] = [*self._list_edges(base, count // 3), *base][:count]
        source = random.Random(seed)  # noqa: S311 -- not for security
        for _ in range(3 * count if found else 0):
            if len(found) >= count:
                break
            parts = self._keep_some(source.choice(found), source)
            if parts != self.example and parts not in found and self.accepts(parts):
                found.append(parts)
        if found and len(found) < count:  # there are few combinations
            more = self._generate(count - len(found), seed + 1)
            found += [parts for parts in more if parts not in found]
        return found

    def _list_edges(self, found: Sequence[Parts], most: int) -> list[Parts]:
        """Return messages with one value each that is empty, 0 or negative."""
        sources = {
            change.key: parts for parts in found for change in self.list_changes(parts)
        }
        edges: list[Parts] = []
        for key, parts in sources.items():
            for change in self.list_changes(self._keep(parts, {key})):
                for value in _list_edge_values(change.after):
                    trial = change.set(value)
                    is_new = trial != self.example and trial not in found
                    if len(edges) < most and is_new and self.accepts(trial):
                        edges.append(trial)
        return edges

    def _keep_some(self, parts: Parts, source: random.Random) -> Parts:
        """Return the parts with some of their changes only."""
        changes = self.list_changes(parts)
        count = source.randint(1, max(1, len(changes) // 2))
        chosen = source.sample(changes, min(count, len(changes)))
        return self._keep(parts, {one.key for one in chosen})

    def _keep(self, parts: Parts, kept: set[tuple[str, str]]) -> Parts:
        """Return the parts with the changes at these places only."""
        for _ in self.list_changes(parts):
            dropped = (one for one in self.list_changes(parts) if one.key not in kept)
            change = next(dropped, None)
            if change is None:
                break
            parts = change.set(change.before)
        return parts

    def _generate(self, count: int, seed: int) -> list[Parts]:
        found: list[Parts] = []

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=count + 1,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(self.strategy())
        def collect(parts: Parts) -> None:
            if len(found) < count and parts != self.example and parts not in found:
                found.append(parts)

        if self.varies:
            state = random.getstate()
            try:
                collect()
            except hypothesis.errors.Unsatisfiable:
                return []
            finally:
                random.setstate(state)
        return found


def _put(parts: Parts, name: PartName, value: Any) -> Parts:
    return {**parts, name: value}


def shape_response(interaction: HttpInteraction) -> Shape[Response]:
    """Return the variable parts of an interaction's response."""
    response, rules = interaction.response, interaction.response.rules
    plan = ResponsePlan(response)
    variables = _Variables(response)
    _add_headers(variables, response)
    status = compile_category_rules(rules, "status")
    if status is not None and not response.generators.get("status"):
        values = make_scalar_strategy(response.status, status)
        variables.add(("status",), response.status, values)
    variables.add_body(is_open=True)
    return variables.make_shape(response, plan.check)


def shape_request(interaction: HttpInteraction) -> Shape[Request]:
    """Return the variable parts of an interaction's request."""
    request, rules = interaction.request, interaction.request.rules
    plan = RequestPlan(request)
    variables = _Variables(request)
    _add_headers(variables, request)
    path = compile_category_rules(rules, "path")
    if path is not None and not request.generators.get("path"):
        values = make_string_strategy(request.path, path, _is_path, _PATH_CHARACTERS)
        variables.add(("path",), request.path, values)
    kept = request.generators.get("query", {})
    for name, compiled in compile_rules_by_name(rules, "query").items():
        found = [one or "" for one in request.query.get(name) or ()]
        if found and name not in kept:
            values = _make_values(found, compiled, is_printable)
            variables.add(("query", name), tuple(found), values.map(tuple))
    variables.add_body(is_open=False)
    return variables.make_shape(request, plan.check)


def shape_message(message: Message, *, is_open: bool) -> Shape[Message]:
    """Return the variable parts of a message.

    With `is_open`, objects in its contents get additional members.
    """
    plan = MessagePlan(message)
    variables = _Variables(message)
    kept = message.generators.get("metadata", {})
    for name, compiled in compile_rules_by_name(message.rules, "metadata").items():
        if name not in message.metadata or name in kept or _is_fixed(name):
            continue
        value = message.metadata[name]
        values = make_json_strategy(
            value, Place((), compiled, cascaded=False), is_open=False
        )
        variables.add(("metadata", name), value, values)
    variables.add_body(is_open=is_open)
    return variables.make_shape(message, plan.check_message)


def shape_received(interaction: Interaction) -> list[Shape[Any]]:
    """Return the shapes of what the consumer gets: one for each response message."""
    if isinstance(interaction, HttpInteraction):
        return [shape_response(interaction)]
    if isinstance(interaction, AsyncMessage):
        return [shape_message(interaction.message, is_open=True)]
    if isinstance(interaction, SyncMessage):
        return [shape_message(one, is_open=True) for one in interaction.responses]
    return []


def shape_sent(interaction: Interaction) -> Shape[Any] | None:
    """Return the shape of what the provider gets; None if that is nothing."""
    if isinstance(interaction, HttpInteraction):
        return shape_request(interaction)
    if isinstance(interaction, SyncMessage):
        return shape_message(interaction.request, is_open=False)
    return None


class _Variables(Generic[_Message]):
    """The variable parts of one message: their examples and strategies."""

    def __init__(self, message: _Message) -> None:
        self._message: _Message = message
        self._examples: dict[PartName, Any] = {}
        self._strategies: dict[PartName, Values] = {}
        self._content: ContentShape | None = None

    def add(self, name: PartName, example: Any, values: Values) -> None:
        self._examples[name] = example
        self._strategies[name] = values

    def add_body(self, *, is_open: bool) -> None:
        """Add the parts of the body; further members are accepted with `is_open`."""
        message = self._message
        rules = message.rules.get("body", {})
        body = get_part_body(message)
        if not body.is_present or not (rules or is_open):
            return
        kept = _read_paths(message.generators.get("body", {}))
        content_type = resolve_full_type(body, get_declared_type(message))
        expected = ExpectedBody(
            body.content, content_type, rules, not is_open, body.hint
        )
        self._content = shape_content(expected, kept)
        for path, example in self._content.examples.items():
            name: PartName = ("body",) if path == "$" else ("body", path)
            self.add(name, example, self._content.strategies[path])

    def make_shape(
        self, message: _Message, check: Callable[[_Message], object]
    ) -> Shape[_Message]:
        return Shape(
            message,
            self._examples,
            self._strategies,
            lambda one: not check(one),
            self._content,
        )


def _add_headers(variables: _Variables[Any], message: Request | Response) -> None:
    compiled = compile_rules_by_name(message.rules, "header", ignore_case=True)
    kept = {name.lower() for name in message.generators.get("header", {})}
    for name, values in message.headers.items():
        found = compiled.get(name.lower())
        if found is None or not values or name.lower() in kept or _is_fixed(name):
            continue
        made = _make_values(values, found, _is_ascii)
        if len(values) > 1:
            variables.add(("header", name), values, made.map(tuple))
        else:
            variables.add(("header", name), values[0], made.map(_get_single))


def _get_single(values: list[str]) -> str | tuple[str, ...]:
    return values[0] if len(values) == 1 else tuple(values)


def _make_values(
    values: Sequence[str], rules: CompiledList, is_allowed: Callable[[str], bool]
) -> Values:
    return make_values_strategy(values, rules, lambda _: rules, is_allowed)


def _is_fixed(name: str) -> bool:
    return name.lower() in _FIXED_NAMES


def _read_paths(paths: Iterable[str]) -> list[tuple[PathToken, ...]]:
    found = []
    for text in paths:
        try:
            found.append(parse_path(text).tokens)
        except ValueError:  # noqa: PERF203 -- there are few
            continue
    return found


def _list_fixed(message: Request | Response | Message) -> list[str]:
    """Return which places have rules but keep their example, with the reason."""
    found = []
    for category, lists in message.rules.items():
        kept = message.generators.get(category, {})
        for place, rule_list in lists.items():
            if place in kept or (category != "body" and _is_fixed(place)):
                continue
            name = Change(category, place, None, None, dict).name
            reasons = dict.fromkeys(explain_fixed_rules(rule_list.rules))
            found += [f"{name}: {reason}" for reason in reasons]
    return found


def _is_path(text: str) -> bool:
    return text.startswith("/") and not any(one in text for one in "?#%\\ ")


def _is_ascii(text: str) -> bool:
    return text.isascii() and is_printable(text)


def _list_json_changes(
    before: Json,
    after: Json,
    path: tuple[PathToken, ...],
    put: Callable[[Json], Parts],
) -> Iterator[Change]:
    """Yield the differences of two JSON values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in (*before, *(key for key in after if key not in before)):
            one, other = before.get(key, ABSENT), after.get(key, ABSENT)

            def put_member(value: Json, key: str = key) -> Parts:
                members = {**after, key: value}
                if value is ABSENT:
                    del members[key]
                return put(members)

            yield from _list_json_changes(one, other, (*path, key), put_member)
        return
    if (
        isinstance(before, list)
        and isinstance(after, list)
        and (len(before) == len(after))
    ):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):

            def put_item(value: Json, index: int = index) -> Parts:
                return put([*after[:index], value, *after[index + 1 :]])

            yield from _list_json_changes(one, other, (*path, index), put_item)
        return
    if type(before) is not type(after) or before != after:
        yield Change("body", render_path(path), before, after, put)


Attempts: TypeAlias = "Iterator[Parts]"


def simplify(shape: Shape[Any], parts: Parts, *, most: int = 60) -> Any:
    """Yield simpler messages; send whether each one fails as well.

    The generator returns the simplest parts that fail: what does not matter has the
    value of the example, and the rest is as short as the rules allow.
    """
    left = most
    changes = shape.list_changes(parts)
    for number in range(len(changes)):
        current = shape.list_changes(parts)
        index = number - (len(changes) - len(current))
        if len(current) < 2 or not 0 <= index < len(current) or left <= 0:
            break
        trial = current[index].set(current[index].before)
        if shape.accepts(trial):
            left -= 1
            if (yield trial):
                parts = trial
    for position in range(len(shape.list_changes(parts))):
        current = shape.list_changes(parts)
        if position >= len(current):
            break
        for value in _list_simpler(current[position].after):
            trial = current[position].set(value)
            is_new = trial not in (parts, shape.example)
            if left > 0 and is_new and shape.accepts(trial):
                left -= 1
                if (yield trial):
                    parts = trial
                    break
    return parts


def _list_edge_values(value: Any) -> Sequence[Any]:
    if isinstance(value, bool) or value is None or value is ABSENT:
        return []
    if isinstance(value, tuple):  # the values of a query parameter
        return [("",) * len(value)]
    if isinstance(value, (str, bytes, list)):
        return [value[:0]]
    return [{}] if isinstance(value, dict) else [type(value)(0), type(value)(-1)]


def _list_simpler(value: Any) -> Sequence[Any]:
    if isinstance(value, bool) or value is None or value is ABSENT:
        return []
    if isinstance(value, (str, bytes)):
        parts = [value[:0], value[:1], value[: len(value) // 2]]
        return parts if len(value) > 1 else parts[:1]
    if isinstance(value, tuple):  # the values of a query parameter
        return [("",) * len(value), tuple(one[:1] for one in value)]
    if isinstance(value, list):
        return [value[:0], value[:1], value[: len(value) // 2]]
    if isinstance(value, dict):
        return [{}]
    return [type(value)(one) for one in (0, 1, -1)]


# They describe the body, or the connection. "contentType" is a name of metadata.
_FIXED_NAMES = frozenset(
    (
        "content-type",
        "contenttype",
        "content-length",
        "transfer-encoding",
        "content-encoding",
        "host",
    )
)
_PATH_CHARACTERS = st.sampled_from(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
)
_LONGEST_SHOWN = 200
_FEWEST = 5
