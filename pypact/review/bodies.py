"""Compare what two contracts expect of a body.

JSON is compared place by place, text and bytes as a whole. For other content types it
can only be decided whether two bodies are the same.

Source: docs/internals/specification.md, "4. Body matching".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pypact._dataclasses import dataclass
from pypact.matching.body import compile_body
from pypact.model.body import (
    NULL_BODY,
    Body,
    BodyState,
    ContentKind,
    ContentType,
    ExpectedBody,
    decode_text,
    find_content_kind,
)
from pypact.model.json import parse_json
from pypact.model.rules import RuleList, parse_path
from pypact.review.changes import Difference, Relation
from pypact.review.json_bodies import compare_json, describe_values, freeze_rule_lists
from pypact.review.rules import Value, compare_values
from pypact.rules.compiled import CompiledList, RuleTree


@dataclass(frozen=True, slots=True)
class BodyWithRules:
    """An expected body, its content type, and its rules by rule path.

    `type_rules` are the rules of the header that declares the type.
    """

    body: Body
    content_type: ContentType
    rules: Mapping[str, RuleList]
    type_rules: CompiledList | None = None

    @property
    def kind(self) -> ContentKind:
        return find_content_kind(self.content_type)

    @property
    def declared_type(self) -> ContentType:
        """The content type that actual bodies must have."""
        return self.body.content_type or self.content_type

    def compile(self, *, strict: bool, with_rules: bool = True) -> ExpectedBody:
        rules = self.rules if with_rules else {}
        body = self.body
        return ExpectedBody(body.content, self.content_type, rules, strict, body.hint)


def compare_bodies(
    old: BodyWithRules, new: BodyWithRules, *, strict: bool
) -> Iterator[Difference]:
    """Yield the differences of two expected bodies; `strict` is true for requests."""
    before, after = _get_state(old), _get_state(new)
    if before is not BodyState.PRESENT or after is not BodyState.PRESENT:
        if before is not after:
            text, relation = _describe_states(before, after)
            yield Difference("", text, relation)
        return
    yield from _compare_types(old, new)
    if old.kind.name != new.kind.name:
        return
    if old.kind.notation == "json" and old.kind.name != "schema-registry":
        yield from _compare_json(old, new, strict=strict)
    elif old.kind.name in ("text", "binary"):
        yield from _compare_plain(old, new)
    else:
        yield from _compare_others(old, new, strict=strict)


def _get_state(one: BodyWithRules) -> BodyState:
    is_null = one.body.content.strip() == b"null" and one.kind.notation == "json"
    return NULL_BODY.state if is_null else one.body.state


def _describe_states(before: BodyState, after: BodyState) -> tuple[str, Relation]:
    if before is BodyState.MISSING:
        return f"is newly expected ({_STATE_WORDS[after]})", Relation.STRICTER
    if after is BodyState.MISSING:
        was = _STATE_WORDS[before]
        return f"is no longer expected (was {was})", Relation.LOOSER
    # A null body also accepts no body.
    is_looser = (before, after) == (BodyState.EMPTY, BodyState.NULL)
    text = f"was {_STATE_WORDS[before]}, now {_STATE_WORDS[after]}"
    return text, Relation.LOOSER if is_looser else Relation.STRICTER


_STATE_WORDS = {
    BodyState.PRESENT: "a body",
    BodyState.NULL: "null",
    BodyState.EMPTY: "an empty body",
}


def _compare_types(old: BodyWithRules, new: BodyWithRules) -> Iterator[Difference]:
    before, after = old.declared_type, new.declared_type
    if before == after:
        return
    rules = new.type_rules
    is_looser = (after.accepts(before) and not after.parameters) or (
        rules is not None and not rules.find_text_failures(str(after), str(before))
    )
    relation = Relation.LOOSER if is_looser else Relation.STRICTER
    yield Difference("", f"the content type was {before}, now {after}", relation)


def _compare_json(
    old: BodyWithRules, new: BodyWithRules, *, strict: bool
) -> Iterator[Difference]:
    try:
        values = parse_json(old.body.content), parse_json(new.body.content)
        before, after = _normalize_paths(old.rules), _normalize_paths(new.rules)
        yield from compare_json((values[0], before), (values[1], after), strict=strict)
    except (ValueError, RecursionError) as error:
        if old.body != new.body or old.rules != new.rules:
            text = f"cannot be compared: {error}"
            yield Difference("", text, Relation.UNDECIDED)


def _normalize_paths(rules: Mapping[str, RuleList]) -> dict[str, RuleList]:
    """Return rules with each path in one form; ValueError if one is not valid."""
    return {str(parse_path(path)): one for path, one in rules.items() if one.rules}


def _compare_plain(old: BodyWithRules, new: BodyWithRules) -> Iterator[Difference]:
    values = [
        Value(
            decode_text(one.body.content) or one.body.content,
            RuleTree(one.rules).root.best,
            is_text=True,
        )
        for one in (old, new)
    ]
    relation = compare_values(values[0], values[1])
    if values[0].is_exact and not values[1].is_exact:
        plan = compile_body(new.compile(strict=False))
        fits = not plan.check(old.body.content, old.content_type)
        relation = Relation.LOOSER if fits else Relation.STRICTER
    if relation is not None:
        text = describe_values(values[0], values[1], relation)
        yield Difference("", text, relation)


def _compare_others(
    old: BodyWithRules, new: BodyWithRules, *, strict: bool
) -> Iterator[Difference]:
    same_rules = freeze_rule_lists(old.rules) == freeze_rule_lists(new.rules)
    if _is_same_content(old, new):
        if not same_rules:
            yield Difference("", "has other matching rules", Relation.UNDECIDED)
    elif old.rules or new.rules:
        yield Difference("", "has other content", Relation.UNDECIDED)
    else:
        plan = compile_body(new.compile(strict=strict))
        fits = not plan.check(old.body.content, old.content_type)
        relation = Relation.UNDECIDED if fits else Relation.STRICTER
        yield Difference("", "has other content", relation)


def _is_same_content(old: BodyWithRules, new: BodyWithRules) -> bool:
    """Return whether each content is accepted where the other one is expected."""
    if old.body.content == new.body.content:
        return True
    plans = [
        compile_body(one.compile(strict=True, with_rules=False)) for one in (old, new)
    ]
    return not plans[0].check(new.body.content, new.content_type) and not plans[
        1
    ].check(old.body.content, old.content_type)
