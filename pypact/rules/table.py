"""Which matching rules are there, how is each written, and what does it ask for?

The DSL, the readers, the matcher and the writers all go through `RULES`; a rule of a
third party joins it by `register`.

Source: semantics sections 1.6 (rules in the file) and 6.1 (index and spellings).
"""

from __future__ import annotations

from dataclasses import dataclass

from pypact.model.json_text import Json
from pypact.model.mismatches import quoted
from pypact.model.rules import Rule, RuleList
from pypact.rules import scalars
from pypact.rules.scalars import TestMaker

__all__ = [
    "RULES",
    "RuleKind",
    "lengths",
    "parse_rule",
    "parse_rule_list",
    "register",
    "unknown_rule",
    "write_rule",
]


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One row of the table.

    `json` and `text` make the test of one value; `spellings` are other names that are
    read; `needs` are attributes without which the rule is none; `accepts_map` tells
    whether a map passes as such (semantics 6.2, "Map", step 1).
    """

    name: str
    json: TestMaker
    text: TestMaker
    spellings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    accepts_map: bool = False


def register(kind: RuleKind) -> None:
    """Add a rule to the table, or replace the one of the same name."""
    RULES[kind.name] = kind
    _NAMES.update(dict.fromkeys((kind.name, *kind.spellings), kind.name))


def parse_rule(data: Json) -> Rule:
    """Read a matcher object; a name that nobody knows is kept.

    Raises: ValueError naming what is missing.
    """
    if not isinstance(data, dict):
        problem = f"a matching rule is an object, not {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- for a reader all bad data are alike
    attributes = {key: value for key, value in data.items() if key != "match"}
    written = data["match"] if "match" in data else _name_by_attribute(attributes)
    if not isinstance(written, str) or not written:
        raise ValueError(f"the name of a matching rule is a text, not {written!r}")
    name = _NAMES.get(written, written)
    if name == "type":
        attributes = _with_numeric_lengths(attributes)
    elif name in ("date", "time", "datetime"):
        attributes = _with_format(attributes)
    kind = RULES.get(name)
    for needed in kind.needs if kind else ():
        if needed not in attributes:
            raise ValueError(f"the matching rule '{written}' needs '{needed}'")
    return Rule(name, attributes)


def parse_rule_list(data: Json) -> RuleList:
    """Read `{"combine": …, "matchers": […]}`.

    Raises: ValueError naming what is wrong.
    """
    if not isinstance(data, dict) or not isinstance(data.get("matchers"), list):
        problem = f"wanted an object with a list 'matchers', not {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- all bad data are alike to a reader
    combine = str(data.get("combine", "AND")).upper()
    if combine not in ("AND", "OR"):
        raise ValueError(f"'combine' is AND or OR, not {data['combine']!r}")
    return RuleList(tuple(parse_rule(item) for item in data["matchers"]), combine)


def write_rule(rule: Rule) -> dict[str, Json]:
    """Write a rule as a matcher object, in the first spelling of the table."""
    return {"match": rule.name, **rule.attributes}


def lengths(rule: Rule) -> tuple[int | None, int | None]:
    """The least and the greatest length that a `type` rule allows."""
    return rule.attributes.get("min"), rule.attributes.get("max")


def unknown_rule(name: str) -> RuleKind:
    """Make the row of a rule that is not in the table: it is refused by name."""
    known = ", ".join(sorted(RULES))
    problem = quoted(
        f"the matching rule '{name}' is not understood, so nothing can pass it; "
        f"known rules are {known}"
    )

    def make(_: scalars.Attributes) -> scalars.Test:
        return lambda _expected, _actual: problem

    return RuleKind(name, make, make)


def _name_by_attribute(attributes: dict[str, Json]) -> str:
    for attribute, name in _WITHOUT_MATCH:
        if attribute in attributes:
            return name
    raise ValueError(f"a matching rule without 'match': {attributes!r}")


def _with_numeric_lengths(attributes: dict[str, Json]) -> dict[str, Json]:
    for name in ("min", "max"):
        value = attributes.get(name)
        if value is None:
            attributes.pop(name, None)
        elif isinstance(value, str) and value.isdigit():
            attributes[name] = int(value)
        elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(f"'{name}' of a matching rule is a length, not {value!r}")
    return attributes


def _with_format(attributes: dict[str, Json]) -> dict[str, Json]:
    for old in ("datetime", "timestamp", "date", "time"):
        value = attributes.pop(old, None)
        if value is not None:
            attributes.setdefault("format", value)
    return attributes


# A matcher object without `match` is known by the first of these attributes it has.
_WITHOUT_MATCH = [
    ("regex", "regex"),
    ("min", "type"),
    ("max", "type"),
    ("timestamp", "datetime"),
    ("datetime", "datetime"),
    ("date", "date"),
    ("time", "time"),
]

_DATE = scalars.date_like("date", "date", "yyyy-MM-dd")
_TIME = scalars.date_like("time", "time", "HH:mm:ss")
_DATETIME = scalars.date_like("datetime", "timestamp", "yyyy-MM-dd'T'HH:mm:ssXXX")

# In the order of semantics 6.1.
RULES: dict[str, RuleKind] = {}
_NAMES: dict[str, str] = {}
for _kind in (
    RuleKind("equality", scalars.equality, scalars.text_equality, accepts_map=True),
    RuleKind("regex", scalars.regex, scalars.regex, needs=("regex",), accepts_map=True),
    RuleKind(
        "type",
        scalars.same_type,
        scalars.accept,
        ("min", "min-type", "max", "max-type", "min-max-type"),
        accepts_map=True,
    ),
    RuleKind("include", scalars.include, scalars.include, needs=("value",)),
    RuleKind("integer", scalars.integer, scalars.text_integer),
    RuleKind("decimal", scalars.decimal, scalars.text_decimal, ("real",)),
    RuleKind("number", scalars.number, scalars.text_number),
    RuleKind("datetime", _DATETIME, _DATETIME, ("timestamp",)),
    RuleKind("date", _DATE, _DATE),
    RuleKind("time", _TIME, _TIME),
    RuleKind("null", scalars.null, scalars.null),
    RuleKind("boolean", scalars.boolean, scalars.boolean),
    RuleKind(
        "contentType",
        scalars.content_type,
        scalars.content_type,
        ("content-type",),
        needs=("value",),
    ),
    RuleKind("values", scalars.equality, scalars.text_equality, accepts_map=True),
    RuleKind(
        "arrayContains",
        scalars.accept,
        scalars.refuse,
        ("array-contains",),
        needs=("variants",),
        accepts_map=True,
    ),
    RuleKind("statusCode", scalars.accept, scalars.status_code, ("status-code",)),
    RuleKind(
        "notEmpty",
        scalars.not_empty,
        scalars.not_empty,
        ("not-empty",),
        accepts_map=True,
    ),
    RuleKind("semver", scalars.semver, scalars.semver),
    RuleKind(
        "eachKey", scalars.accept, scalars.refuse, ("each-key",), accepts_map=True
    ),
    RuleKind(
        "eachValue", scalars.accept, scalars.refuse, ("each-value",), accepts_map=True
    ),
):
    register(_kind)
