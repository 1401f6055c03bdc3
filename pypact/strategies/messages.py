"""Make strategies for whole requests, responses and messages of a contract.

A message is generated as its variable parts, so that a failure can be simplified part
by part. Each generated message is compared with the contract before it is used.

Source: docs/internals/specification.md, "3. HTTP matching", "6. Matchers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

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
from pypact.strategies.choices import (
    Choice,
    DrawnSource,
    EdgeSource,
    MakeValue,
    RandomSource,
    Source,
    Values,
    apply,
)
from pypact.strategies.kinds import PATH_TEXT, explain_fixed_rules
from pypact.strategies.values import (
    is_printable,
    unwrap_single,
    vary_json,
    vary_scalar,
    vary_string,
    vary_values,
)

PartName: TypeAlias = tuple[str, ...]
"""The name of a variable part, such as ("status",), ("body",) or ("header", "X-Id")."""

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
        """The part and place, which identify the value in a message."""
        return self.part, self.place

    @property
    def name(self) -> str:
        """The place, with its part where that is not obvious."""
        if self.part in ("header", "query", "metadata"):
            return f"{self.part} {self.place!r}"
        return self.place or self.part

    def describe(self) -> str:
        """Describe the value, next to the contract's example."""
        if self.before is ABSENT:
            return f"{self.name} = {_show(self.after)} (the example does not have it)"
        return f"{self.name} = {_show(self.after)} (the example: {_show(self.before)})"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""The value of a member that is absent."""


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
        values: Mapping[PartName, MakeValue],
        is_accepted: Callable[[_Message], bool],
        content: ContentShape | None = None,
    ) -> None:
        self._message: _Message = message
        self._content = content
        self.example = example
        self._values = values
        self._is_accepted: Callable[[_Message], bool] = is_accepted
        self._built: dict[int, tuple[Parts, _Message]] = {}

    @property
    def varies(self) -> bool:
        return bool(self._values)

    def list_fixed(self) -> list[str]:
        """Return which places have rules but keep their example, with the reason."""
        of_content: Sequence[str] = () if self._content is None else self._content.fixed
        return [*_list_fixed(self._message), *of_content]

    def make_strategy(self) -> st.SearchStrategy[_Message]:
        """Return a strategy for messages that the contract accepts."""
        return self.make_parts_strategy().map(self.build)

    def make_parts_strategy(self) -> Values:
        """Return a strategy for the parts of messages that the contract accepts."""
        return self.make_unchecked_strategy().filter(self.accepts)

    def make_unchecked_strategy(self) -> Values:
        """Return a strategy for the parts of messages, most of which are accepted."""
        noted = EdgeSource({})
        self._make(noted)
        for choice in noted.choices:  # otherwise, the first draws would take longer
            choice.strategy.validate()

        @st.composite
        def draw_parts(draw: Callable[[Values], Any]) -> Parts:
            return self._make(DrawnSource(draw))

        return draw_parts()

    def _make(self, source: Source) -> Parts:
        return {name: make(source) for name, make in self._values.items()}

    def accepts(self, parts: Parts) -> bool:
        """Return whether the contract accepts the message with these parts."""
        return self._build_accepted(parts) is not None

    def _build_accepted(self, parts: Parts) -> _Message | None:
        try:
            message = self._build(parts)
            return message if self._is_accepted(message) else None
        except (ValueError, RecursionError):
            return None

    def build(self, parts: Parts) -> _Message:
        """Return the message with these parts."""
        kept = self._built.get(id(parts))
        return self._build(parts) if kept is None else kept[1]

    def _build(self, parts: Parts) -> _Message:
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

        The first half differs in few places, each with a value at which programs often
        fail; in the others, places and values are random.
        """
        found: list[Parts] = []

        def add(parts: Parts) -> bool:
            if parts == self.example or parts in found:
                return False
            message = self._build_accepted(parts)
            if message is None:
                return False
            found.append(parts)
            self._built[id(parts)] = parts, message
            return True

        edges = self._list_edges(seed)
        most = max(1, count // 2)
        while edges and len(found) < most:
            together = _take_together(edges, -(-len(edges) // (most - len(found))))
            source = EdgeSource(together)
            parts = self._make(source)
            edges += [one for one in together.items() if one[0] not in source.choices]
            if not add(parts) and len(together) > 1:
                for edge in together.items():
                    add(self._make(EdgeSource(dict([edge]))))
        others = RandomSource(seed)
        for number in range(4 * count if self.varies else 0):
            if len(found) >= count:
                break
            others.share = _SHARES[number % len(_SHARES)]
            add(self._make(others))
        return found[:count]

    def _list_edges(self, seed: int) -> list[tuple[Choice, Any]]:
        """Return the edges of all choices, beginning with the first of each choice."""
        source = EdgeSource({})
        self._make(source)
        noted: list[Choice] = list(source.choices)
        start = seed % len(noted) if noted else 0
        choices: list[Choice] = noted[start:] + noted[:start]
        most = max((len(one.edges) for one in choices), default=0)
        return [
            (one, one.edges[rank])
            for rank in range(most)
            for one in choices
            if rank < len(one.edges)
        ]


def _take_together(edges: list[tuple[Choice, Any]], most: int) -> dict[Choice, Any]:
    """Remove up to `most` edges of different choices from a list, and return them."""
    taken: dict[Choice, Any] = {}
    rest = []
    for choice, value in edges:
        if len(taken) < most and choice not in taken:
            taken[choice] = value
        else:
            rest.append((choice, value))
    edges[:] = rest
    return taken


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
        values = vary_scalar(response.status, status)
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
        values = vary_string(request.path, path, _is_path, PATH_TEXT)
        variables.add(("path",), request.path, values)
    kept = request.generators.get("query", {})
    for name, compiled in compile_rules_by_name(rules, "query").items():
        found = [one or "" for one in request.query.get(name) or ()]
        if found and name not in kept:
            values = _vary_same(found, compiled, is_printable)
            variables.add(("query", name), tuple(found), apply(tuple, values))
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
        values = vary_json(value, Place((), compiled, cascaded=False), is_open=False)
        variables.add(("metadata", name), value, values)
    variables.add_body(is_open=is_open)
    return variables.make_shape(message, plan.check_message)


def shape_received(interaction: Interaction) -> list[Shape[Any]]:
    """Return the shapes of the response, or of the messages, that the consumer gets."""
    if isinstance(interaction, HttpInteraction):
        return [shape_response(interaction)]
    if isinstance(interaction, AsyncMessage):
        return [shape_message(interaction.message, is_open=True)]
    if isinstance(interaction, SyncMessage):
        return [shape_message(one, is_open=True) for one in interaction.responses]
    return []


def shape_sent(interaction: Interaction) -> Shape[Any] | None:
    """Return the shape of the request that the provider gets, or None without one."""
    if isinstance(interaction, HttpInteraction):
        return shape_request(interaction)
    if isinstance(interaction, SyncMessage):
        return shape_message(interaction.request, is_open=False)
    return None


class _Variables(Generic[_Message]):
    """The variable parts of one message: examples, and functions that build others."""

    def __init__(self, message: _Message) -> None:
        self._message: _Message = message
        self._examples: dict[PartName, Any] = {}
        self._values: dict[PartName, MakeValue] = {}
        self._content: ContentShape | None = None

    def add(self, name: PartName, example: Any, value: MakeValue) -> None:
        self._examples[name] = example
        self._values[name] = value

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
            self.add(name, example, self._content.values[path])

    def make_shape(
        self, message: _Message, check: Callable[[_Message], object]
    ) -> Shape[_Message]:
        return Shape(
            message,
            self._examples,
            self._values,
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
        made = apply(tuple, _vary_same(values, found, _is_ascii))
        if len(values) > 1:
            variables.add(("header", name), values, made)
        else:
            variables.add(("header", name), values[0], apply(unwrap_single, made))


def _vary_same(
    values: Sequence[str], rules: CompiledList, is_allowed: Callable[[str], bool]
) -> MakeValue:
    return vary_values(values, rules, lambda _: rules, is_allowed)


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
    return (
        text.startswith("/")
        and text.isprintable()
        and not any(one in text for one in "?#%\\ ")
    )


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


def simplify(
    shape: Shape[Any], parts: Parts, *, shortens: bool = True, most: int = 60
) -> Any:
    """Yield simpler messages; the caller sends back whether each one fails as well.

    The generator returns the simplest parts that fail: values that do not matter are
    those of the example, and with `shortens` the others are as short as the rules
    allow. At most `most` messages are yielded.
    """
    tried = [parts]

    def is_worth_trying(trial: Parts) -> bool:
        is_new = len(tried) <= most and trial not in tried
        if not is_new or trial == shape.example or not shape.accepts(trial):
            return False
        tried.append(trial)
        return True

    while True:
        before = parts
        changes = shape.list_changes(parts)
        for number in range(len(changes)):
            current = shape.list_changes(parts)
            index = number - (len(changes) - len(current))
            if not 0 <= index < len(current):
                break
            trial = current[index].set(current[index].before)
            if is_worth_trying(trial) and (yield trial):
                parts = trial
        for position in range(len(shape.list_changes(parts)) if shortens else 0):
            current = shape.list_changes(parts)
            if position >= len(current):
                break
            for value in _list_simpler(current[position].after):
                trial = current[position].set(value)
                if is_worth_trying(trial) and (yield trial):
                    parts = trial
                    break
        # A list of another length is one change; a shorter one may be several.
        if parts == before:
            return parts


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
_LONGEST_SHOWN = 200
_SHARES = (0.5, 0.2, 0.9)
"""The shares of places that differ from the example, used in turn."""
