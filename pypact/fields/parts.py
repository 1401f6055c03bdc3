"""List the fields of the responses and messages that a consumer gets.

These are the status code, headers, metadata, the body as a whole, and what the row of
its content type (`pypact.model.body.CONTENT_KINDS`) lists. `Content-Type` and headers
that frame the body are left out: without them a client cannot read the body at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from pypact._dataclasses import dataclass, field, replace
from pypact.fields.base import (
    FORM,
    FRACTION,
    OTHER,
    REMOVED,
    VALUE,
    ContentField,
    describe_text,
    list_text_changes,
)
from pypact.fields.json import ValueChange, describe_type, list_value_changes
from pypact.matching.plans import compile_message, compile_response
from pypact.model.body import MISSING_BODY, find_content_kind
from pypact.model.http import Response, resolve_full_type
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
from pypact.registry import complete_response

Part: TypeAlias = Response | Message
"""What a consumer gets from a provider: a response, or a message."""

_Apply: TypeAlias = Callable[[Part], Part]
_Judge: TypeAlias = Callable[[Part], bool]
_Options: TypeAlias = Sequence[tuple[_Apply, str]]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change of one field.

    `is_allowed` is whether the contract accepts the changed part; `before` and `after`
    describe the field.
    """

    path: str
    kind: str
    apply: _Apply
    is_allowed: bool
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its mutations, one for each kind.

    `index` is the number of the response message that it belongs to. `parents` are the
    paths of the fields that contain it. An `is_element` field cannot be removed.
    """

    path: str
    parents: tuple[str, ...] = ()
    mutations: Mapping[str, Mutation] = field(default_factory=dict)
    is_element: bool = False
    index: int = 0


def list_fields(interaction: Interaction) -> list[Field]:
    """Return the fields of what the consumer gets; containing fields come first."""
    if isinstance(interaction, HttpInteraction):
        return _list_part(interaction.response, _judge_response(interaction))
    if isinstance(interaction, AsyncMessage):
        return _list_part(interaction.message, _judge_message(interaction.message))
    if not isinstance(interaction, SyncMessage):
        return []
    found = [_list_part(one, _judge_message(one)) for one in interaction.responses]
    if len(found) == 1:
        return found[0]
    return [
        _number_field(one, index) for index, part in enumerate(found) for one in part
    ]


def _number_field(one: Field, index: int) -> Field:
    """Return the field with the number of its response message in its path."""
    prefix = f"response {index + 1} "
    mutations = {
        kind: replace(mutation, path=prefix + mutation.path)
        for kind, mutation in one.mutations.items()
    }
    parents = tuple(prefix + parent for parent in one.parents)
    return Field(prefix + one.path, parents, mutations, one.is_element, index)


def _judge_response(interaction: HttpInteraction) -> _Judge:
    check = compile_response(interaction).check
    return lambda part: (
        isinstance(part, Response) and not check(complete_response(part))
    )


def _judge_message(message: Message) -> _Judge:
    check = compile_message(message).check_message
    return lambda part: isinstance(part, Message) and not check(part)


def _list_part(part: Part, judge: _Judge) -> list[Field]:
    def is_allowed(apply: _Apply) -> bool:
        try:
            return judge(apply(part))
        except Exception:  # noqa: BLE001 -- a rule that cannot judge the value does not accept it
            return False

    if isinstance(part, Response):
        described = [*_describe_status(part), *_describe_headers(part)]
    else:
        described = list(_describe_metadata(part))
    described += _describe_body(part)
    return [_make_field(one, is_allowed) for one in described]


@dataclass(frozen=True, slots=True)
class _Described:
    """A field with the alternative changes of each kind, and what they lead to."""

    path: str
    before: str
    options: Mapping[str, _Options]
    parents: tuple[str, ...] = ()
    is_element: bool = False


def _make_field(one: _Described, is_allowed: Callable[[_Apply], bool]) -> Field:
    mutations = {}
    for kind, options in one.options.items():
        # The first change that the contract accepts, else the last one.
        accepted = next((option for option in options if is_allowed(option[0])), None)
        if accepted is None and kind in _ONLY_ALLOWED:
            continue
        apply, after = accepted or options[-1]
        allowed = accepted is not None
        mutations[kind] = Mutation(one.path, kind, apply, allowed, one.before, after)
    return Field(one.path, one.parents, mutations, one.is_element)


def _describe_status(response: Response) -> Iterator[_Described]:
    """Describe the status code, if it is an error or a redirect, or has rules."""

    def set_status(status: int, part: Part) -> Part:
        assert isinstance(part, Response)  # noqa: S101 -- as the field's
        return replace(part, status=status)

    options: dict[str, _Options] = {}
    if response.status >= _FIRST_UNUSUAL:
        options[REMOVED] = [(partial(set_status, 200), "200")]
    if response.rules.get("status"):
        options["status"] = [
            (partial(set_status, one), str(one))
            for one in _STATUSES
            if one != response.status
        ]
    if options:
        yield _Described("status", str(response.status), options)


def _describe_headers(response: Response) -> Iterator[_Described]:
    for name, values in response.headers.items():
        if name.lower() in _LEFT_OUT:
            continue
        options: dict[str, _Options] = {REMOVED: [(partial(_remove_header, name), "")]}
        value = ", ".join(values)
        for kind, change in list_text_changes(value).items():
            changed = change(value)
            apply = partial(_set_header, name, changed)
            options[kind] = [(apply, describe_text(changed))]
        yield _Described(f"header {name}", describe_text(value), options)


def _remove_header(name: str, part: Part) -> Part:
    assert isinstance(part, Response)  # noqa: S101 -- as the field's
    return replace(part, headers=part.headers.without(name))


def _set_header(name: str, value: str, part: Part) -> Part:
    assert isinstance(part, Response)  # noqa: S101 -- as the field's
    return replace(part, headers=part.headers.replacing(name, value))


def _describe_metadata(message: Message) -> Iterator[_Described]:
    for name, value in message.metadata.items():
        if name.lower() in _LEFT_OUT:
            continue
        options: dict[str, _Options] = {
            REMOVED: [(partial(_change_metadata, name, None), "")]
        }
        for kind, changes in list_value_changes(value).items():
            options[kind] = [
                (partial(_change_metadata, name, one), describe_type(one(value)))
                for one in changes
            ]
        yield _Described(f"metadata {name}", describe_type(value), options)


def _change_metadata(name: str, change: ValueChange | None, part: Part) -> Part:
    """Change a value of the metadata, or remove it."""
    assert isinstance(part, Message)  # noqa: S101 -- as the field's
    metadata = dict(part.metadata)
    if name in metadata:
        value = metadata.pop(name)
        if change is not None:
            metadata[name] = change(value)
    return replace(part, metadata=metadata)


def _describe_body(part: Part) -> list[_Described]:
    body = get_part_body(part)
    if not body.is_present:
        return []
    kind = find_content_kind(resolve_full_type(body, get_declared_type(part)))
    try:
        fields = list(kind.list_fields(body.content))
    except (ValueError, RecursionError):
        fields = []
    if not fields or fields[0].path != "$":
        fields.insert(0, ContentField("$", (), {}, "a body"))
    return [_describe_content(one) for one in fields]


def _describe_content(one: ContentField) -> _Described:
    options: dict[str, _Options] = {
        kind: [
            (partial(_change_body, change.apply), change.after) for change in changes
        ]
        for kind, changes in one.changes.items()
    }
    if one.path == "$":
        options[REMOVED] = [(_remove_body, "")]
    return _Described(one.path, one.before, options, one.parents, one.is_element)


def _change_body(change: Callable[[bytes], bytes], part: Part) -> Part:
    body = get_part_body(part)
    if not body.is_present:
        return part
    return replace_part_body(part, body.with_content(change(body.content)))


def _remove_body(part: Part) -> Part:
    return replace_part_body(part, MISSING_BODY)


_LEFT_OUT = {
    "content-type",
    "contenttype",
    "content-length",
    "content-encoding",
    "transfer-encoding",
}
# These do not show whether a field is needed, only whether a rule is too loose.
_ONLY_ALLOWED = (VALUE, OTHER, FRACTION, FORM, "shorter", "status")
# Clients treat these as a failure, or send another request.
_FIRST_UNUSUAL = 300
_STATUSES = (200, 201, 202, 400, 404, 409, 422, 500, 503)
