"""Make strategies for whole requests, responses and messages of a contract.

A message is generated as its variable parts, so that a failure can be simplified part
by part. Each generated message is compared with the contract before it is used.

Source: docs/internals/specification.md, "3. HTTP matching", "6. Matchers".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar

import hypothesis
from hypothesis import strategies as st

from pypact._dataclasses import dataclass, replace
from pypact.matching.plans import RequestPlan, ResponsePlan
from pypact.model.body import Body, find_content_kind
from pypact.model.http import Request, Response, get_sent_body
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import (
    Generators,
    MatchingRules,
    PathToken,
    RuleList,
    parse_path,
    render_path,
)
from pypact.rules.compiled import (
    compile_category_rules,
    compile_rules_by_name,
    compile_tree,
)
from pypact.strategies.values import (
    Values,
    make_json_strategy,
    make_scalar_strategy,
    make_string_strategy,
)

PartName: TypeAlias = tuple[str, ...]
"""Such as ("status",), ("header", "X-Trace"), ("body",) or ("body", "$.a.#text")."""

Parts: TypeAlias = Mapping[PartName, Any]
"""The variable parts of one message."""

_Message = TypeVar("_Message", Request, Response)


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a generated message that differs from the contract's example.

    `part` is "body", "header", "query", "path" or "status"; `place` is the path or
    name inside of it. `set` returns the parts with another value here.
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

    def describe(self) -> str:
        """Describe the value, and what the contract has as an example."""
        name = self.place or self.part
        if self.part in ("header", "query"):
            name = f"{self.part} {self.place!r}"
        if self.before is ABSENT:
            return f"{name} = {_show(self.after)} (the example does not have it)"
        return f"{name} = {_show(self.after)} (the example: {_show(self.before)})"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""The value of a member that is not there."""


def _show(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    text = dump_json(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}[…]"


class Shape(Generic[_Message]):
    """The variable parts of an expected request or response.

    `example` has their values in the contract. `varies` is false if the contract
    accepts no other message.
    """

    def __init__(
        self,
        message: _Message,
        example: Parts,
        strategies: Mapping[PartName, Values],
        is_accepted: Callable[[_Message], bool],
    ) -> None:
        self._message: _Message = message
        self.example = example
        self._strategies = strategies
        self._is_accepted: Callable[[_Message], bool] = is_accepted

    @property
    def varies(self) -> bool:
        return bool(self._strategies)

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
        headers = [
            (name[1], (value,)) for name, value in parts.items() if name[0] == "header"
        ]
        if headers:
            message = replace(message, headers=message.headers.replacing_all(headers))
        if ("body",) in parts:
            content = dump_json(parts["body",]).encode()
            message = replace(message, body=replace(message.body, content=content))
        texts = [
            (parse_path(name[1]), partial(_replace_by, value))
            for name, value in parts.items()
            if len(name) == 2 and name[0] == "body"
        ]
        if texts:
            kind = find_content_kind(message.content_type)
            content = kind.replace(message.body.content, texts)
            message = replace(message, body=replace(message.body, content=content))
        built: _Message = self._build_rest(message, parts)
        return built

    def _build_rest(self, message: Any, parts: Parts) -> Any:
        if ("status",) in parts:
            message = replace(message, status=parts["status",])
        if ("path",) in parts:
            message = replace(message, path=parts["path",])
        queries = {
            name[1]: value for name, value in parts.items() if name[0] == "query"
        }
        if queries:
            message = replace(message, query=message.query.replacing_all(queries))
        return message

    def list_changes(self, parts: Parts) -> list[Change]:
        """Return what differs from the example."""
        found: list[Change] = []
        for name, value in parts.items():
            before = self.example[name]
            if name == ("body",):
                put = partial(_put, parts, name)
                found += _list_json_changes(before, value, (), put)
            elif value != before:
                place = name[1] if len(name) > 1 else ""
                put = partial(_put, parts, name)
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


def _replace_by(value: Json, _before: Json) -> Json:
    return value


def shape_response(interaction: HttpInteraction) -> Shape[Response]:
    """Return the variable parts of an interaction's response."""
    response, rules = interaction.response, interaction.response.rules
    plan = ResponsePlan(response)
    example, made = _shape_headers(response, rules)
    status = compile_category_rules(rules, "status")
    if status is not None and not response.generators.get("status"):
        example["status",] = response.status
        made["status",] = make_scalar_strategy(response.status, status)
    _add_body(response, example, made, is_open=True)
    return Shape(response, example, made, lambda one: not plan.check(one))


def shape_request(interaction: HttpInteraction) -> Shape[Request]:
    """Return the variable parts of an interaction's request."""
    request, rules = interaction.request, interaction.request.rules
    plan = RequestPlan(request)
    example, made = _shape_headers(request, rules)
    path = compile_category_rules(rules, "path")
    if path is not None and not request.generators.get("path"):
        example["path",] = request.path
        made["path",] = make_string_strategy(
            request.path, path, _is_path, _PATH_CHARACTERS
        )
    kept = request.generators.get("query", {})
    for name, compiled in compile_rules_by_name(rules, "query").items():
        values = request.query.get(name)
        if values and name not in kept and all(one is not None for one in values):
            example["query", name] = values
            made["query", name] = st.tuples(
                *(make_string_strategy(str(one), compiled, _is_text) for one in values)
            )
    _add_body(request, example, made, is_open=False)
    return Shape(request, example, made, lambda one: not plan.check(one))


def _shape_headers(
    message: Request | Response, rules: MatchingRules
) -> tuple[dict[PartName, Any], dict[PartName, Values]]:
    example: dict[PartName, Any] = {}
    made: dict[PartName, Values] = {}
    compiled = compile_rules_by_name(rules, "header", ignore_case=True)
    kept = {name.lower() for name in message.generators.get("header", {})}
    for name, values in message.headers.items():
        found = compiled.get(name.lower())
        is_fixed = name.lower() in kept or name.lower() in _FIXED_HEADERS
        if found is not None and len(values) == 1 and not is_fixed:
            example["header", name] = values[0]
            made["header", name] = make_string_strategy(values[0], found, _is_ascii)
    return example, made


def _add_body(
    message: Request | Response,
    example: dict[PartName, Any],
    made: dict[PartName, Values],
    *,
    is_open: bool,
) -> None:
    """Add the parts of the body."""
    rules = message.rules.get("body", {})
    body = get_sent_body(message.body, message.headers.first("content-type"))
    if not body.is_present or not (rules or is_open):
        return
    kind = find_content_kind(message.content_type)
    kept = _read_generated_paths(message.generators)
    if kind.notation == "json":
        try:
            value = parse_json(body.content)
        except ValueError:
            return
        tree = compile_tree(rules)
        example["body",] = value
        made["body",] = make_json_strategy(
            value,
            tree.root,
            is_open=is_open,
            is_kept=lambda path: any(_fits(one, path) for one in kept),
        )
        return
    for path, rule_list in rules.items():
        if path in message.generators.get("body", {}):
            continue
        _add_text(body, message, path, rule_list, example, made)


def _add_text(
    body: Body,
    message: Request | Response,
    path: str,
    rule_list: RuleList,
    example: dict[PartName, Any],
    made: dict[PartName, Values],
) -> None:
    """Add the string at a rule path of a body that is not JSON."""
    ranked = compile_tree({path: rule_list}).ranked
    if not ranked:
        return
    compiled = ranked[0].list
    before: list[Json] = []

    def note(value: Json) -> Json:
        before.append(value)
        return value

    try:
        find_content_kind(message.content_type).replace(
            body.content, [(parse_path(path), note)]
        )
    except ValueError:
        return
    if len(before) == 1 and isinstance(before[0], str):
        example["body", path] = before[0]
        made["body", path] = make_string_strategy(
            before[0], compiled, _is_text, _TEXT_CHARACTERS
        )


def _read_generated_paths(generators: Generators) -> list[tuple[PathToken, ...]]:
    found = []
    for text in generators.get("body", {}):
        try:
            found.append(parse_path(text).tokens)
        except ValueError:  # noqa: PERF203 -- there are few
            continue
    return found


def _fits(tokens: tuple[PathToken, ...], path: tuple[str | int, ...]) -> bool:
    return len(tokens) == len(path) and all(
        one == other or not isinstance(one, (str, int))
        for one, other in zip(tokens, path, strict=True)
    )


def _is_path(text: str) -> bool:
    return text.startswith("/") and not any(one in text for one in "?#%\\ ")


def _is_ascii(text: str) -> bool:
    return text.isascii() and _is_text(text)


def _is_text(text: str) -> bool:
    return text == text.strip() and text.isprintable()


def _list_json_changes(
    before: Json,
    after: Json,
    path: tuple[str | int, ...],
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
    if isinstance(value, (str, list)):
        return [value[:0]]
    return [{}] if isinstance(value, dict) else [type(value)(0), type(value)(-1)]


def _list_simpler(value: Any) -> Sequence[Any]:
    if isinstance(value, bool) or value is None or value is ABSENT:
        return []
    if isinstance(value, str):
        return ["", value[:1], value[: len(value) // 2]] if len(value) > 1 else [""]
    if isinstance(value, tuple):  # the values of a query parameter
        return [("",) * len(value), tuple(one[:1] for one in value)]
    if isinstance(value, list):
        return [value[:0], value[:1], value[: len(value) // 2]]
    if isinstance(value, dict):
        return [{}]
    return [type(value)(one) for one in (0, 1, -1)]


_FIXED_HEADERS = frozenset(
    ("content-type", "content-length", "transfer-encoding", "content-encoding", "host")
)
_PATH_CHARACTERS = st.sampled_from(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
)
_TEXT_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
_LONGEST_SHOWN = 200
_FEWEST = 5
