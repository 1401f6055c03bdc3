"""Compare the rules of two contracts for one value.

Rules are ordered by what they accept: equality < regex, date, semver, … < type. The
comparison assumes that a provider's values have the JSON type of the example: a regex
also accepts the number 5 as "5", and `type` with the example "5" does not.

Source: docs/internals/review.md, "Classification".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import NamedTuple

from pypact.explain.mismatches import describe_rule, format_json_value
from pypact.model.json import Json
from pypact.model.rules import Rule
from pypact.review.changes import Relation
from pypact.rules.compiled import CompiledList, CompiledRule
from pypact.rules.scalars import is_equal, is_number, is_same_type, to_string


class Value(NamedTuple):
    """An example with its rules; `is_text` for strings outside of JSON."""

    example: Json
    rules: CompiledList | None
    is_text: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether only values equal to the example are accepted."""
        return self.rules is None or all(
            rule.kind.is_exact for rule in self.rules.rules
        )

    def accepts(self, value: Json) -> bool:
        """Return whether the rules accept a value."""
        if self.rules is None:
            return is_equal(self.example, value)
        if self.is_text:
            return not self.rules.find_text_failures(self.example, value)
        return self.rules.passes(self.example, value)

    def freeze(self) -> Hashable:
        """Return a value that is equal for values that accept the same."""
        if self.rules is None or self.is_exact:
            return freeze_json(self.example)
        names = {rule.name for rule in self.rules.rules}
        part: Hashable = None
        if not names <= {*_IGNORES_EXAMPLE, "type"}:
            part = freeze_json(self.example)
        elif "type" in names and not self.is_text:
            part = "number" if is_number(self.example) else type(self.example).__name__
        return freeze_rules(self.rules), part

    def describe(self) -> str:
        """Describe what is accepted, in words."""
        shown = format_json_value(self.example)
        if self.rules is None:
            return shown
        joint = " or " if self.rules.any else " and "
        words = joint.join(describe_rule(rule.rule) for rule in self.rules.rules)
        return f"{words} (example {shown})"


def compare_values(old: Value, new: Value) -> Relation | None:
    """Return how two expected values are related; None if they are the same."""
    if old.is_exact and new.is_exact:
        same = is_equal(old.example, new.example)
        return None if same else Relation.STRICTER
    if old.is_exact:
        return Relation.LOOSER if new.accepts(old.example) else Relation.STRICTER
    if new.is_exact:
        return Relation.STRICTER
    if freeze_rules(old.rules) == freeze_rules(new.rules):
        if is_equal(old.example, new.example):
            return None
        if old.freeze() == new.freeze():
            return Relation.EXAMPLE
    return _compare_lists(old, new)


def freeze_rules(rules: CompiledList | None) -> Hashable:
    """Return a value that is equal for equal rules, whatever their order."""
    if rules is None:
        return None
    found = frozenset(freeze_rule(one.rule) for one in rules.rules)
    return found, rules.any and len(found) > 1


def freeze_rule(rule: Rule) -> Hashable:
    """Return a value that is equal for equal rules."""
    return rule.name, freeze_json(dict(rule.attributes))


def freeze_json(value: Json) -> Hashable:
    """Return a value that is equal for equal JSON, whatever the order of keys."""
    if isinstance(value, dict):
        return "{}", frozenset((key, freeze_json(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return "[]", tuple(map(freeze_json, value))
    if isinstance(value, (Decimal, float)):
        return "decimal", Decimal(str(value)).normalize()
    return type(value).__name__, value


def _compare_lists(old: Value, new: Value) -> Relation:
    """Compare rule lists: each rule of `new` must follow from those of `old`."""
    assert old.rules is not None  # noqa: S101 -- values without rules are exact
    assert new.rules is not None  # noqa: S101 -- the same
    combine_old = _find_worst if old.rules.any else _find_best
    combine_new = _find_best if new.rules.any else _find_worst
    return combine_new(
        combine_old(_compare_rules(one, old, other, new) for one in old.rules.rules)
        for other in new.rules.rules
    )


def _find_best(relations: Iterable[Relation]) -> Relation:
    return min(relations, key=_ORDER.index)


def _find_worst(relations: Iterable[Relation]) -> Relation:
    return max(relations, key=_ORDER.index)


_ORDER = [Relation.LOOSER, Relation.UNDECIDED, Relation.STRICTER]


def _compare_rules(
    one: CompiledRule, old: Value, other: CompiledRule, new: Value
) -> Relation:
    """Return whether each value that passes the rule `one` passes `other`."""
    if one.kind.is_exact:
        alone = Value(new.example, CompiledList([other]), new.is_text)
        return Relation.LOOSER if alone.accepts(old.example) else Relation.STRICTER
    if not (one.is_known and other.is_known):
        return Relation.UNDECIDED
    if other.kind.is_exact:
        return Relation.STRICTER
    if _implies(one, old, other, new):
        return Relation.LOOSER
    if one.name in _STRING_FORMS and other.name in _STRING_FORMS:
        return Relation.UNDECIDED
    is_listed = {one.name, other.name} <= {*_IGNORES_EXAMPLE, "type"}
    return Relation.STRICTER if is_listed else Relation.UNDECIDED


def _implies(one: CompiledRule, old: Value, other: CompiledRule, new: Value) -> bool:
    name = other.name
    if name == "type":
        if old.is_text:
            return True
        sample = _SAMPLES.get(one.name, old.example)
        known = one.name in _IGNORES_EXAMPLE or one.name == "type"
        return known and is_same_type(new.example, sample)
    if freeze_rule(one.rule) == freeze_rule(other.rule):
        return name in _IGNORES_EXAMPLE
    if name == "number":
        is_type = one.name == "type" and not old.is_text and is_number(old.example)
        return one.name in ("integer", "decimal") or is_type
    if name == "include" and one.name == "include":
        parts = (
            to_string(each.rule.attributes.get("value", "")) for each in (one, other)
        )
        whole, part = parts
        return part in whole
    return name == "notEmpty" and one.name in _NEVER_EMPTY


# Rules that accept the same values whatever the example is.
_IGNORES_EXAMPLE = frozenset(
    {
        *("regex", "include", "integer", "decimal", "number", "datetime", "date"),
        *("time", "null", "boolean", "semver", "notEmpty", "contentType"),
        "statusCode",
    }
)
# Rules for the form of a string, of which none can be compared with another.
_STRING_FORMS = frozenset({"regex", "include", "datetime", "date", "time", "semver"})
_NEVER_EMPTY = frozenset({"integer", "decimal", "number", "boolean", "semver"})
# A value of the type that a rule accepts, where this is not the type of the example.
_SAMPLES: dict[str, Json] = {
    "integer": 1,
    "decimal": 1,
    "number": 1,
    "boolean": True,
    "null": None,
    "semver": "1.0.0",
}
