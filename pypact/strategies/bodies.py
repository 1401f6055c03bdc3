"""Find the variable values of bodies, by their content type.

The row of a content type (`pypact.model.body.CONTENT_KINDS`) names a function that
returns the `ContentShape` of an expected body.

Source: docs/internals/specification.md, "4. Body matching".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from pypact._dataclasses import dataclass, field, replace
from pypact.matching.multipart import (
    Part,
    group_rules,
    parse_multipart,
    replace_part_contents,
)
from pypact.matching.parameters import choose_value_rules, parse_form
from pypact.matching.text import decode_by_type, is_compared_as_bytes
from pypact.model.body import ExpectedBody, encode_text, find_content_kind
from pypact.model.http import encode_pairs
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import PathToken, RulePath, parse_path, render_path
from pypact.rules.compiled import CompiledList, Place, compile_tree
from pypact.strategies.choices import MakeValue, apply, keep
from pypact.strategies.kinds import TEXT, UNICODE_TEXT
from pypact.strategies.values import (
    build_object,
    is_printable,
    unwrap_single,
    vary_bytes,
    vary_json,
    vary_string,
    vary_values,
)

KeptPaths: TypeAlias = Sequence[tuple[PathToken, ...]]
"""The paths of values that keep their example, because they have generators."""


@dataclass(frozen=True, slots=True)
class ContentShape:
    """The variable values of the content of an expected body.

    `examples` maps rule paths to the values of the example, and `values` maps them to
    functions that build other values. `build` returns the content with other values.
    `fixed` states which parts keep their example although they have rules, and why.
    """

    examples: Mapping[str, Any]
    values: Mapping[str, MakeValue]
    build: Callable[[Mapping[str, Any]], bytes]
    fixed: tuple[str, ...] = field(default=())


def shape_json(expected: ExpectedBody, kept: KeptPaths) -> ContentShape:
    """Return the shape of a JSON body, which is one value."""
    value = parse_json(expected.content)

    def is_kept(path: tuple[str | int, ...]) -> bool:
        return any(_fits(tokens, path) for tokens in kept)

    values = vary_json(
        value,
        compile_tree(expected.rules).root,
        is_open=not expected.strict,
        is_kept=is_kept,
    )
    return _shape_whole(value, values, lambda other: encode_text(dump_json(other)))


def shape_schema_registry(expected: ExpectedBody, kept: KeptPaths) -> ContentShape:
    """Return the shape of a JSON body in the format of Kafka's schema registry."""
    content = expected.content
    prefix = content[:5] if content.startswith(b"\0") else b""
    shape = shape_json(replace(expected, content=content[len(prefix) :]), kept)
    return replace(shape, build=lambda values: prefix + shape.build(values))


def shape_form(expected: ExpectedBody, kept: KeptPaths) -> ContentShape:
    """Return the shape of a form: an object of strings, and of lists of strings."""
    root = compile_tree(expected.rules).root
    kept_names = {tokens[0] for tokens in kept if tokens}
    example: dict[str, Json] = {}
    made: dict[str, MakeValue] = {}
    for name, values in parse_form(expected.content).items():
        is_single = len(values) == 1
        example[name] = values[0] if is_single else list(values)
        if name in kept_names:
            made[name] = keep(example[name])
        else:
            made[name] = _vary_form_values(root.name(name), values)
            if is_single:
                made[name] = apply(unwrap_single, made[name])
    return _shape_whole(example, partial(build_object, made), _write_form)


def _vary_form_values(place: Place, values: Sequence[str]) -> MakeValue:
    def get_rules(index: int) -> CompiledList | None:
        chosen = choose_value_rules(place.index(index))
        if chosen.rules is None or not chosen.rules.walks.isdisjoint(chosen.ignored):
            return None
        return chosen.rules

    list_rules = None if place.cascaded else place.best
    return vary_values(values, list_rules, get_rules, is_printable, UNICODE_TEXT)


def _write_form(fields: Mapping[str, Json]) -> bytes:
    return encode_pairs(
        (name, value)
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ).encode()


def shape_plain(expected: ExpectedBody, _: KeptPaths) -> ContentShape:
    """Return the shape of a text or binary body, which is one value."""
    rules = compile_tree(expected.rules).root.best
    content = expected.content
    if rules is None:
        return ContentShape({}, {}, lambda _: content)
    if is_compared_as_bytes(expected):
        return _shape_whole(content, vary_bytes(content, rules), bytes)
    text = decode_by_type(content, expected.content_type)
    charset = expected.content_type.get_parameter("charset") or "utf-8"
    values = vary_string(text, rules, lambda _: True, TEXT)
    return _shape_whole(text, values, lambda other: _encode(other, charset))


def _encode(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except LookupError:
        return text.encode()


def shape_multipart(expected: ExpectedBody, _: KeptPaths) -> ContentShape:
    """Return the shape of a multipart body, with the shapes of all its parts.

    A form field is a string; a file has the shape of a body of its content type.
    """
    content, content_type = expected.content, expected.content_type
    tree, rules = compile_tree(expected.rules), group_rules(expected.rules)
    shapes: dict[int, tuple[tuple[str | int, ...], ContentShape]] = {}
    fixed: tuple[str, ...] = ()
    seen: set[str | int] = set()
    for index, part in enumerate(parse_multipart(content, content_type)):
        step = index if part.name is None else part.name
        path = (step, index) if step in seen else (step,)
        seen.add(step)
        shape = (
            _shape_file(part, replace(expected, rules=rules.get(step, {})))
            if part.is_file
            else _shape_field(part, tree.choose(step))
        )
        shapes[index] = path, shape
        fixed += tuple(f"{render_path(path)}: {reason}" for reason in shape.fixed)
    places = {
        _join(path, below): (index, below)
        for index, (path, shape) in shapes.items()
        for below in shape.examples
    }

    def build(values: Mapping[str, Any]) -> bytes:
        changed: dict[int, dict[str, Any]] = {}
        for place, value in values.items():
            index, below = places[place]
            changed.setdefault(index, {})[below] = value
        contents = {
            index: shapes[index][1].build(inner) for index, inner in changed.items()
        }
        return replace_part_contents(content, content_type, contents)

    examples, varied = {}, {}
    for place, (index, below) in places.items():
        shape = shapes[index][1]
        examples[place] = shape.examples[below]
        varied[place] = shape.values[below]
    return ContentShape(examples, varied, build, fixed)


def _shape_file(part: Part, expected: ExpectedBody) -> ContentShape:
    nothing = ContentShape({}, {}, lambda _: part.content)
    if not part.content or not (expected.rules or not expected.strict):
        return nothing
    file = replace(expected, content=part.content, content_type=part.content_type)
    return shape_content(file, ())


def _shape_field(part: Part, rules: CompiledList | None) -> ContentShape:
    text = part.content.decode("utf-8", "replace")
    if rules is None:
        return ContentShape({}, {}, lambda _: part.content)
    values = vary_string(text, rules, is_printable, UNICODE_TEXT)
    return _shape_whole(text, values, str.encode)


def _join(path: tuple[str | int, ...], below: str) -> str:
    return str(RulePath((*path, *parse_path(below).tokens)))


def shape_content(expected: ExpectedBody, kept: KeptPaths) -> ContentShape:
    """Return the shape of an expected body, by the row of its content type.

    A body that cannot be parsed, or whose row has no such function, keeps its example.
    """
    kind = find_content_kind(expected.content_type)
    reason = f"a body of type {expected.content_type} has no other examples"
    if kind.shape is not None:
        try:
            found: ContentShape = kind.shape(expected, kept)
        except (ValueError, RecursionError) as error:
            reason = f"the body cannot be parsed: {error}"
        else:
            return found
    fixed = (reason,) if expected.rules else ()
    return ContentShape({}, {}, lambda _: expected.content, fixed)


def _shape_whole(
    example: Any, values: MakeValue, write: Callable[[Any], bytes]
) -> ContentShape:
    """Return the shape of content that is one value, at the path `$`."""
    return ContentShape({"$": example}, {"$": values}, lambda found: write(found["$"]))


def _fits(tokens: tuple[PathToken, ...], path: tuple[str | int, ...]) -> bool:
    return len(tokens) == len(path) and all(
        one == other or not isinstance(one, (str, int))
        for one, other in zip(tokens, path, strict=True)
    )
