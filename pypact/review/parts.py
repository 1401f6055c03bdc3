"""Compare what two contracts expect of requests, responses and messages.

Source: docs/internals/specification.md, "3. HTTP matching", "14.2 Comparison".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest

from pypact.explain.mismatches import describe_rule
from pypact.masking import mask_header
from pypact.matching.headers import HeadersCheck, is_same_with_parameters
from pypact.model.http import Headers, Request, Response
from pypact.model.interactions import Message
from pypact.model.json import Json, dump_json
from pypact.model.rules import Generators, MatchingRules, parse_path, write_generator
from pypact.review.bodies import BodyWithRules, compare_bodies
from pypact.review.changes import Difference, Relation
from pypact.review.json_bodies import describe_values
from pypact.review.rules import Value, compare_values, freeze_json
from pypact.rules.compiled import (
    CompiledList,
    compile_category_rules,
    compile_rules_by_name,
)


def compare_requests(old: Request, new: Request) -> Iterator[Difference]:
    """Yield the differences of two expected requests."""
    if old.method.upper() != new.method.upper():
        text = f"was {old.method}, now {new.method}"
        yield Difference("method", text, Relation.STRICTER)
    paths = [
        Value(one.path, compile_category_rules(one.rules, "path"), is_text=True)
        for one in (old, new)
    ]
    yield from _compare_texts("path", paths[0], paths[1])
    yield from _compare_queries(old, new)
    yield from _compare_headers(old.headers, old.rules, new.headers, new.rules)
    yield from _compare_http_bodies(old, new, strict=True)
    yield from _compare_generators(old.generators, new.generators, is_sent=True)
    yield from _compare_unknown(old.unknown, new.unknown)


def compare_responses(old: Response, new: Response) -> Iterator[Difference]:
    """Yield the differences of two expected responses."""
    yield from _compare_statuses(old, new)
    yield from _compare_headers(old.headers, old.rules, new.headers, new.rules)
    yield from _compare_http_bodies(old, new, strict=False)
    yield from _compare_generators(old.generators, new.generators, is_sent=False)
    yield from _compare_unknown(old.unknown, new.unknown)


def compare_messages(
    old: Message, new: Message, *, is_sent: bool = False
) -> Iterator[Difference]:
    """Yield the differences of two expected messages.

    `is_sent` is true for a request message, which the provider receives.
    """
    names = [name for name in old.metadata if name not in new.metadata]
    for name in names:
        text = f"is no longer expected (was {dump_json(old.metadata[name])})"
        yield Difference(f"metadata {name}", text, Relation.LOOSER)
    rules = [compile_rules_by_name(one.rules, "metadata") for one in (old, new)]
    for name, value in new.metadata.items():
        place = f"metadata {name}"
        after = Value(value, rules[1].get(name))
        if name not in old.metadata:
            text = f"is newly expected: {after.describe()}"
            yield Difference(place, text, Relation.STRICTER)
        else:
            before = Value(old.metadata[name], rules[0].get(name))
            yield from _compare_metadata(name, before, after)
    bodies = [
        BodyWithRules(one.contents, one.content_type, one.rules.get("body", {}))
        for one in (old, new)
    ]
    yield from _place_in("body", compare_bodies(bodies[0], bodies[1], strict=False))
    yield from _compare_generators(old.generators, new.generators, is_sent=is_sent)
    yield from _compare_unknown(old.unknown, new.unknown)


def _compare_texts(place: str, old: Value, new: Value) -> Iterator[Difference]:
    relation = compare_values(old, new)
    if relation is not None:
        yield Difference(place, describe_values(old, new, relation), relation)


def _compare_metadata(name: str, old: Value, new: Value) -> Iterator[Difference]:
    examples = old.example, new.example
    is_type = name.lower() in ("contenttype", "content-type")
    if is_type and old.rules is new.rules is None and _are_strings(examples):
        if not is_same_with_parameters(new.example, old.example):
            relation = Relation.STRICTER
        elif not is_same_with_parameters(old.example, new.example):
            relation = Relation.LOOSER
        else:
            return
        text = describe_values(old, new, relation)
        yield Difference(f"metadata {name}", text, relation)
    else:
        yield from _compare_texts(f"metadata {name}", old, new)


def _are_strings(values: tuple[Json, ...]) -> bool:
    return all(isinstance(value, str) for value in values)


def _compare_statuses(old: Response, new: Response) -> Iterator[Difference]:
    before, after = (_list_statuses(one) for one in (old, new))
    words = [_describe_status(one) for one in (old, new)]
    if before == after:
        if old.status != new.status:
            text = f"the example was {old.status}, now {new.status}"
            yield Difference("status", text, Relation.EXAMPLE)
        return
    relation = Relation.LOOSER if before <= after else Relation.STRICTER
    yield Difference("status", f"was {words[0]}, now {words[1]}", relation)


def _list_statuses(response: Response) -> set[int]:
    rules = compile_category_rules(response.rules, "status")
    if rules is None:
        return {response.status}
    return {
        status
        for status in {*range(100, 1000), response.status}
        if not rules.find_failures(
            lambda rule, status=status: rule.check_status(response.status, status)  # type: ignore[misc]  # bound early
        )
    }


def _describe_status(response: Response) -> str:
    rules = compile_category_rules(response.rules, "status")
    if rules is None:
        return str(response.status)
    words = " and ".join(describe_rule(rule.rule) for rule in rules.rules)
    return f"{words} (example {response.status})"


def _compare_queries(old: Request, new: Request) -> Iterator[Difference]:
    if old.query.ordered or new.query.ordered:
        same_order = list(old.query) == list(new.query)
        if old.query.ordered != new.query.ordered or not same_order:
            text = "the order of the parameters has another meaning"
            yield Difference("query", text, Relation.STRICTER)
    yield from _compare_named(
        "query",
        dict(old.query.items()),
        dict(new.query.items()),
        compile_rules_by_name(old.rules, "query"),
        compile_rules_by_name(new.rules, "query"),
        lambda _, before, after: None if before == after else Relation.STRICTER,
    )


def _compare_headers(
    old: Headers, old_rules: MatchingRules, new: Headers, new_rules: MatchingRules
) -> Iterator[Difference]:
    def get_values(headers: Headers) -> dict[str, tuple[str | None, ...]]:
        return {
            name.lower(): tuple(value.strip() for value in values)
            for name, values in headers.items()
        }

    yield from _compare_named(
        "header",
        get_values(old),
        get_values(new),
        compile_rules_by_name(old_rules, "header", ignore_case=True),
        compile_rules_by_name(new_rules, "header", ignore_case=True),
        _compare_exact_headers,
    )


def _compare_exact_headers(
    name: str, old: tuple[str | None, ...], new: tuple[str | None, ...]
) -> Relation | None:
    one, other = (
        Headers([(name, [value or "" for value in values])]) for values in (old, new)
    )
    if HeadersCheck(other, {}).check(one):
        return Relation.STRICTER
    return Relation.LOOSER if HeadersCheck(one, {}).check(other) else None


def _compare_named(
    what: str,
    old: Mapping[str, tuple[str | None, ...]],
    new: Mapping[str, tuple[str | None, ...]],
    old_rules: Mapping[str, CompiledList],
    new_rules: Mapping[str, CompiledList],
    compare_exact: Callable[
        [str, tuple[str | None, ...], tuple[str | None, ...]], Relation | None
    ],
) -> Iterator[Difference]:
    """Yield the differences of parameters or headers."""
    for name in sorted(old.keys() - new.keys()):
        text = f"is no longer expected (was {_show(name, old[name], old_rules)})"
        yield Difference(f"{what} {name}", text, Relation.LOOSER)
    for name in sorted(new.keys() - old.keys()):
        text = f"is newly expected: {_show(name, new[name], new_rules)}"
        yield Difference(f"{what} {name}", text, Relation.STRICTER)
    for name in sorted(old.keys() & new.keys()):
        rules = old_rules.get(name), new_rules.get(name)
        if rules == (None, None):
            relation = compare_exact(name, old[name], new[name])
        else:
            relation = _compare_with_rules(name, old[name], new[name], *rules)
        if relation is not None:
            shown = _show(name, old[name], old_rules), _show(name, new[name], new_rules)
            text = f"was {shown[0]}, now {shown[1]}"
            if relation is Relation.EXAMPLE:
                text = f"the example {text}"
            yield Difference(f"{what} {name}", text, relation)


def _compare_with_rules(
    name: str,
    old: tuple[str | None, ...],
    new: tuple[str | None, ...],
    old_rules: CompiledList | None,
    new_rules: CompiledList | None,
) -> Relation | None:
    if len(old) != len(new) or not old:
        return Relation.UNDECIDED if old or new else None
    if old_rules is None and new_rules is not None and name in _WITH_PARAMETERS:
        return _compare_with_parameters(old, new, new_rules)
    relations = [
        compare_values(
            Value(one, old_rules, is_text=True), Value(other, new_rules, is_text=True)
        )
        for one, other in zip_longest(old, new)
    ]
    found = [one for one in relations if one is not None]
    return max(found, key=_SEVERITY.index) if found else None


def _compare_with_parameters(
    old: tuple[str | None, ...], new: tuple[str | None, ...], rules: CompiledList
) -> Relation:
    """Compare exact media types, which may have further parameters, with rules."""
    worst = Relation.LOOSER
    for one, example in zip(old, new, strict=True):
        value = Value(example, rules, is_text=True)
        if not value.accepts(one):
            return Relation.STRICTER
        if not all(value.accepts(f"{one}{more}") for more in _PARAMETERS):
            worst = Relation.UNDECIDED
    return worst


_WITH_PARAMETERS = ("content-type", "accept")
_PARAMETERS = (";charset=utf-8", "; charset=UTF-8", ";q=0.5;x=y")

_SEVERITY = [
    Relation.EXAMPLE,
    Relation.LOOSER,
    Relation.UNDECIDED,
    Relation.STRICTER,
]


def _show(
    name: str, values: tuple[str | None, ...], rules: Mapping[str, CompiledList]
) -> str:
    shown = ", ".join(mask_header(name, value or "") for value in values)
    return Value(shown, rules.get(name), is_text=True).describe()


def _compare_http_bodies(
    old: Request | Response, new: Request | Response, *, strict: bool
) -> Iterator[Difference]:
    bodies = [
        BodyWithRules(
            one.body,
            one.content_type,
            one.rules.get("body", {}),
            HeadersCheck(one.headers, one.rules).get_rules("content-type"),
        )
        for one in (old, new)
    ]
    yield from _place_in("body", compare_bodies(bodies[0], bodies[1], strict=strict))


def _place_in(part: str, differences: Iterator[Difference]) -> Iterator[Difference]:
    for one in differences:
        yield one._replace(place=f"{part} {one.place}".rstrip())


def _compare_generators(
    old: Generators, new: Generators, *, is_sent: bool
) -> Iterator[Difference]:
    """Yield the differences of generators.

    The verifier applies those of requests (`is_sent`). Those of responses fill the
    responses to the consumer, except that values of provider states are expected.
    """
    before, after = _list_generators(old), _list_generators(new)
    for place in sorted(before.keys() | after.keys()):
        found = [one.get(place) for one in (before, after)]
        if freeze_json(found[0]) == freeze_json(found[1]):
            continue
        is_expected = any(one and one["type"] == "ProviderState" for one in found)
        relation = Relation.STRICTER if is_sent or is_expected else Relation.EXAMPLE
        shown = ["none" if one is None else dump_json(one) for one in found]
        text = f"the generator was {shown[0]}, now {shown[1]}"
        yield Difference(place, text, relation)


def _list_generators(generators: Generators) -> dict[str, dict[str, Json]]:
    found = {}
    for category, members in generators.items():
        for key, generator in members.items():
            name = key
            if category == "body":
                try:
                    name = str(parse_path(key))
                except ValueError:
                    name = key
            found[f"{category} {name}".rstrip()] = write_generator(generator)
    return found


def _compare_unknown(
    old: Mapping[str, Json], new: Mapping[str, Json]
) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if freeze_json(old.get(name)) != freeze_json(new.get(name)):
            text = "is an unknown member that has changed"
            yield Difference(name, text, Relation.UNDECIDED)
