"""Change one expected field of a response at a time, to learn whether a test needs it.

A field is a member of a JSON body, the elements of an array (all at once), the whole
body, or a header. `Content-Type` and headers that frame the body are left out: without
them a client cannot read the body at all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pypact._process import STATE
from pypact.matching.plans import compile_response
from pypact.model.body import MISSING_BODY, Body
from pypact.model.http import Response
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import PathToken, Wildcard, render_path
from pypact.registry import complete_response

if TYPE_CHECKING:
    from pypact.consumer.definitions import PactInfo
    from pypact.model.interactions import HttpInteraction

KINDS = ("removed", "null", "type", "empty")
"""The kinds of mutations, in the order in which they are tried."""

CONTROL = "value"
"""Another value of the same type: a test that fails with it asserts the example."""

InteractionKey: TypeAlias = tuple[str, str, str, str]
"""Consumer, provider, description and provider states of an interaction."""

_Change: TypeAlias = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one field.

    `is_allowed` is whether the contract accepts the changed response; `before` and
    `after` describe the field.
    """

    path: str
    kind: str
    apply: Callable[[Response], Response]
    is_allowed: bool
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a response with its mutations, one for each kind.

    `parents` are the paths of the fields that contain it. An `is_element` field cannot
    be removed.
    """

    path: str
    parents: tuple[str, ...]
    mutations: dict[str, Mutation]
    is_element: bool = False


def list_fields(interaction: HttpInteraction) -> list[Field]:
    """Return the fields of the example response; containing fields come first."""
    response = complete_response(interaction.response)
    plan = compile_response(interaction)

    def is_allowed(apply: Callable[[Response], Response]) -> bool:
        try:
            return not plan.check(apply(response))
        except Exception:  # noqa: BLE001 -- a rule that cannot judge the value does not accept it
            return False

    fields = [
        _make_header_field(name, is_allowed)
        for name in interaction.response.headers
        if name.lower() not in _LEFT_OUT
    ]
    if not response.body.is_present:
        return fields
    try:
        example = parse_json(response.body.content)
    except ValueError:
        removed = Mutation("$", "removed", _remove_body, is_allowed(_remove_body))
        return [*fields, Field("$", (), {"removed": removed})]
    for tokens, value in _walk([example], ()):
        fields.append(_make_field(tokens, value, is_allowed))
    return fields


def get_key(pact: PactInfo, interaction: HttpInteraction) -> InteractionKey:
    """Return what identifies an interaction in all tests of a session."""
    states = "; ".join(
        f"{one.name} {dump_json(dict(one.params))}" if one.params else one.name
        for one in interaction.states
    )
    return pact.consumer, pact.provider, interaction.description, states


@contextlib.contextmanager
def changing_responses(
    change: Callable[[PactInfo, HttpInteraction, Response], Response],
) -> Iterator[None]:
    """Pass the example responses of all blocks through a function."""
    before, STATE.change_response = STATE.change_response, change
    try:
        yield
    finally:
        STATE.change_response = before


class Recorder:
    """A record of the interactions that responded, and how often each did."""

    def __init__(self) -> None:
        self.used: dict[InteractionKey, HttpInteraction] = {}
        self.count = 0

    def change(
        self, pact: PactInfo, interaction: HttpInteraction, response: Response
    ) -> Response:
        """Record the interaction, and return the response unchanged."""
        self.count += 1
        self.used.setdefault(get_key(pact, interaction), interaction)
        return response


class Mutator:
    """Applies a mutation to the responses of one interaction.

    After `limit` responses further requests raise an error: a client that polls until a
    field has a certain value would otherwise never end.
    """

    def __init__(self, key: InteractionKey, mutation: Mutation, limit: int) -> None:
        self._key = key
        self._mutation = mutation
        self._remaining = limit
        self.was_applied = False

    def change(
        self, pact: PactInfo, interaction: HttpInteraction, response: Response
    ) -> Response:
        """Return the response, changed if it is one of the mutated interaction.

        Raises: ConnectionError after too many requests.
        """
        self._remaining -= 1
        if self._remaining < 0:
            raise ConnectionError("too many requests while a field is mutated")
        if get_key(pact, interaction) != self._key:
            return response
        self.was_applied = True
        return self._mutation.apply(response)


def _make_header_field(
    name: str, is_allowed: Callable[[Callable[[Response], Response]], bool]
) -> Field:
    def remove(response: Response) -> Response:
        return replace(response, headers=response.headers.without(name))

    def empty(response: Response) -> Response:
        return replace(response, headers=response.headers.replacing(name, ""))

    path = f"header {name}"
    return Field(
        path,
        (),
        {
            "removed": Mutation(path, "removed", remove, is_allowed(remove)),
            "empty": Mutation(path, "empty", empty, is_allowed(empty)),
        },
    )


def _make_field(
    tokens: tuple[PathToken, ...],
    value: Json,
    is_allowed: Callable[[Callable[[Response], Response]], bool],
) -> Field:
    path = render_path(tokens)

    def make(kind: str, *changes: _Change) -> Mutation:
        """Return the first mutation that the contract accepts, else the last one."""
        for change in changes:
            apply = _make_body_change(tokens, change)
            allowed = is_allowed(apply)
            if allowed:
                break
        after = None if change is _remove else change(value)
        texts = _describe_type(value), _describe_type(after)
        return Mutation(path, kind, apply, allowed, *texts)

    mutations = {}
    is_element = bool(tokens) and tokens[-1] is Wildcard.INDEX
    if not tokens:
        mutations["removed"] = Mutation(
            path, "removed", _remove_body, is_allowed(_remove_body)
        )
    elif not is_element:
        mutations["removed"] = make("removed", _remove)
    if value is not None:
        mutations["null"] = make("null", lambda _: None)
    if _swap_number(value) is value:
        mutations["type"] = make("type", _change_type)
    else:
        mutations["type"] = make("type", _swap_number, _change_type)
    if isinstance(value, (str, list, dict)) and value:
        mutations["empty"] = make("empty", lambda one: type(one)() if one else one)
    control = make(CONTROL, *_CONTROLS)
    if value is not None and control.is_allowed:
        mutations[CONTROL] = control
    parents = tuple(render_path(tokens[:length]) for length in range(len(tokens)))
    return Field(path, parents, mutations, is_element)


def _walk(
    values: list[Json], tokens: tuple[PathToken, ...]
) -> Iterator[tuple[tuple[PathToken, ...], Json]]:
    """Iterate over the paths and examples; all elements of an array have one path."""
    yield tokens, next((one for one in values if one is not None), None)
    members: dict[str, list[Json]] = {}
    elements: list[Json] = []
    for value in values:
        if isinstance(value, dict):
            for name, member in value.items():
                members.setdefault(name, []).append(member)
        elif isinstance(value, list):
            elements += value
    for name, found in members.items():
        yield from _walk(found, (*tokens, name))
    if elements:
        yield from _walk(elements, (*tokens, Wildcard.INDEX))


def _make_body_change(
    tokens: tuple[PathToken, ...], change: _Change
) -> Callable[[Response], Response]:
    def apply(response: Response) -> Response:
        body = response.body
        changed = _edit(parse_json(body.content), tokens, change)
        content = dump_json(changed).encode()
        new = Body.of(content, body.content_type, body.hint, is_text=body.is_text)
        return replace(response, body=new)

    return apply


def _edit(value: Json, tokens: tuple[PathToken, ...], change: _Change) -> Json:
    if not tokens:
        return change(value)
    first, *rest = tokens
    if first is Wildcard.INDEX and isinstance(value, list):
        return [_edit(one, tuple(rest), change) for one in value]
    if not isinstance(value, dict) or first not in value:
        return value
    if not rest and change is _remove:
        return {name: one for name, one in value.items() if name != first}
    return {**value, first: _edit(value[first], tuple(rest), change)}


def _remove(value: Json) -> Json:
    """Mark a member as removed; `_edit` removes it."""
    return value


def _remove_body(response: Response) -> Response:
    return replace(response, body=MISSING_BODY)


def _swap_number(value: Json) -> Json:
    """Return an equal number of the other kind (23 → 23.0), if there is one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(f"{value}.0")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _change_type(value: Json) -> Json:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else 1
    if isinstance(value, dict):
        return []
    if isinstance(value, list):
        return {}
    return "text" if value is None else dump_json(value)


def _extend_value(value: Json) -> Json:
    """Return another value of the same type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [*value, *value[-1:]]
    if isinstance(value, dict):
        return {**value, "pypactOtherMember": "other"}
    return value + 1


def _replace_last(value: Json) -> Json:
    """Return a string with another last character, for formats of a fixed length."""
    if not isinstance(value, str) or not value:
        return _extend_value(value)
    last = value[-1]
    if last.isdigit():
        return value[:-1] + ("1" if last != "1" else "2")
    return value[:-1] + ("a" if last != "a" else "b")


_CONTROLS: tuple[_Change, ...] = (_extend_value, _replace_last)


def _describe_type(value: Json) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names: dict[type, str] = {
        int: "an integer",
        str: "a string",
        list: "an array",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(value), "a decimal number")


_LEFT_OUT = {
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
}
