"""Define the kinds of matching rules, and read and write them.

The matchers of the DSL, the readers, the comparison and the writers all use `RULES`.
`register` adds a kind of a third party.

Source: docs/internals/specification.md, "1.6 Matching rules and generators", "6.1
Index".
"""

from __future__ import annotations

from dataclasses import dataclass

from pypact.model.json import Json
from pypact.model.mismatches import escape_template
from pypact.model.rules import Rule, RuleList
from pypact.rules import scalars
from pypact.rules.scalars import CheckFactory


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of matching rule: one row of `RULES`.

    `json` builds the check for a JSON value, `text` the one for a string such as a
    header value. `spellings` are other names that are read, `needs` the required
    attributes. `accepts_map` is true if the rule may apply to a JSON object as a whole
    (docs/internals/specification.md, "6.2 Collections", step 1).
    """

    name: str
    json: CheckFactory
    text: CheckFactory
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    accepts_map: bool = False


def register(kind: RuleKind) -> None:
    """Add a kind of rule, or replace the one with the same name."""
    RULES[kind.name] = kind
    _CANONICAL_NAMES.update(dict.fromkeys((kind.name, *kind.aliases), kind.name))


def parse_rule(data: Json) -> Rule:
    """Read a matcher object such as `{"match": "type"}`; unknown names are kept.

    Raises: ValueError if it is not an object, has no name, or lacks an attribute.
    """
    if not isinstance(data, dict):
        problem = f"expected a matching rule object, got {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- one error type for all bad data
    attributes = {key: value for key, value in data.items() if key != "match"}
    written = data["match"] if "match" in data else _infer_name(attributes)
    if not isinstance(written, str) or not written:
        problem = f"the name of a matching rule must be a string, not {written!r}"
        raise ValueError(problem)
    name = _CANONICAL_NAMES.get(written, written)
    if name == "type":
        attributes = _convert_lengths(attributes)
    elif name in ("date", "time", "datetime"):
        attributes = _rename_format(attributes)
    kind = RULES.get(name)
    for needed in kind.needs if kind else ():
        if needed not in attributes:
            raise ValueError(f"the matching rule '{written}' needs '{needed}'")
    return Rule(name, attributes)


def parse_rule_list(data: Json) -> RuleList:
    """Read a rule list: `{"combine": "AND", "matchers": […]}`.

    Raises: ValueError if it is invalid.
    """
    if not isinstance(data, dict) or not isinstance(data.get("matchers"), list):
        problem = f"expected an object with a list 'matchers', got {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- one error type for all bad data
    combine = str(data.get("combine", "AND")).upper()
    if combine not in ("AND", "OR"):
        raise ValueError(f"'combine' must be AND or OR, not {data['combine']!r}")
    return RuleList(tuple(parse_rule(item) for item in data["matchers"]), combine)


def write_rule(rule: Rule) -> dict[str, Json]:
    """Write a rule as a matcher object."""
    return {"match": rule.name, **rule.attributes}


def length_limits(rule: Rule) -> tuple[int | None, int | None]:
    """Return the minimum and maximum length that a `type` rule allows."""
    return rule.attributes.get("min"), rule.attributes.get("max")


def make_unknown_kind(name: str) -> RuleKind:
    """Return the kind of an unknown rule: it fails for every value, with its name."""
    known = ", ".join(sorted(RULES))
    problem = escape_template(
        f"the matching rule '{name}' is unknown, so that no value can pass it; "
        f"known rules are {known}"
    )

    def make(_: scalars.Attributes) -> scalars.ValueCheck:
        return lambda _expected, _actual: problem

    return RuleKind(name, make, make)


def _infer_name(attributes: dict[str, Json]) -> str:
    for attribute, name in _NAME_OF_ATTRIBUTE:
        if attribute in attributes:
            return name
    raise ValueError(f"a matching rule must have 'match': {attributes!r}")


def _convert_lengths(attributes: dict[str, Json]) -> dict[str, Json]:
    for name in ("min", "max"):
        value = attributes.get(name)
        if value is None:
            attributes.pop(name, None)
        elif isinstance(value, str) and value.isdigit():
            attributes[name] = int(value)
        elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
            problem = f"'{name}' of a matching rule must be a length, not {value!r}"
            raise ValueError(problem)
    return attributes


def _rename_format(attributes: dict[str, Json]) -> dict[str, Json]:
    for old in ("datetime", "timestamp", "date", "time"):
        value = attributes.pop(old, None)
        if value is not None:
            attributes.setdefault("format", value)
    return attributes


# A matcher object without `match`: the first of these attributes gives the name.
_NAME_OF_ATTRIBUTE = [
    ("regex", "regex"),
    ("min", "type"),
    ("max", "type"),
    ("timestamp", "datetime"),
    ("datetime", "datetime"),
    ("date", "date"),
    ("time", "time"),
]

_DATE = scalars.build_date_kind("date", "date", "yyyy-MM-dd")
_TIME = scalars.build_date_kind("time", "time", "HH:mm:ss")
_DATETIME = scalars.build_date_kind("datetime", "timestamp", "yyyy-MM-dd'T'HH:mm:ssXXX")

# In the order of docs/internals/specification.md, "6.1 Index".
RULES: dict[str, RuleKind] = {}
_CANONICAL_NAMES: dict[str, str] = {}
for _kind in (
    RuleKind("equality", scalars.equality, scalars.text_equality, accepts_map=True),
    RuleKind("regex", scalars.regex, scalars.regex, needs=("regex",), accepts_map=True),
    RuleKind(
        "type",
        scalars.same_type,
        scalars.accept_all,
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
        scalars.accept_all,
        scalars.reject_all,
        ("array-contains",),
        needs=("variants",),
        accepts_map=True,
    ),
    RuleKind("statusCode", scalars.accept_all, scalars.status_code, ("status-code",)),
    RuleKind(
        "notEmpty",
        scalars.not_empty,
        scalars.not_empty,
        ("not-empty",),
        accepts_map=True,
    ),
    RuleKind("semver", scalars.semver, scalars.semver),
    RuleKind(
        "eachKey",
        scalars.accept_all,
        scalars.reject_all,
        ("each-key",),
        accepts_map=True,
    ),
    RuleKind(
        "eachValue",
        scalars.accept_all,
        scalars.reject_all,
        ("each-value",),
        accepts_map=True,
    ),
):
    register(_kind)
