"""Define the kinds of matching rules, and read, write and describe rules.

A rule is one function and one row of `RULES`: the matchers of the DSL, the readers, the
comparison, the failure texts and the writers all use its columns. `register` adds a
kind of a third party.

Source: docs/internals/specification.md, "6. Matchers", "10. Integration JSON".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from pypact._dataclasses import dataclass
from pypact._process import set_row
from pypact.model.interactions import SpecificationVersion
from pypact.model.json import Json, dump_json
from pypact.model.mismatches import escape_template
from pypact.model.rules import Rule, RuleList
from pypact.rules import scalars
from pypact.rules.scalars import Attributes, CheckFactory
from pypact.similar_names import find_similar_name


class Walk(Enum):
    """A way in which `pypact.matching` compares the members of an object or list."""

    VALUES = "each value with that of its key, or with the first"
    VARIANTS = "some item with each variant"
    EACH_KEY = "each key by the nested rules"
    EACH_VALUE = "each value by the nested rules"
    UNORDERED = "each item with another one, in any order"


# An object compared in this way may have other keys than the example.
ANY_KEY_WALKS = frozenset({Walk.VALUES, Walk.EACH_KEY, Walk.EACH_VALUE})
# All members or items may share the rules of one example.
SHARED_VALUE_WALKS = frozenset({Walk.VALUES, Walk.EACH_VALUE})
# In queries and headers, rules of a list that are not applied to its single values.
LIST_WALKS = frozenset({Walk.VARIANTS, Walk.EACH_VALUE})
# Not applied to a single value of XML or a form if declared at a parent …
CASCADING_WALKS = frozenset({Walk.VARIANTS, Walk.EACH_KEY, Walk.EACH_VALUE})
# … and of a form not even at its own path. Peers: as the Rust core.
NESTED_WALKS = frozenset({Walk.EACH_KEY, Walk.EACH_VALUE})


class ElementCheck(Enum):
    """The part of an XML element that a rule checks."""

    TEXT = "its text"
    NODES = "its child nodes, as a list"
    PARTS = "nothing: attributes, children and text are compared one by one"
    NOTHING = "nothing: the rule cannot be applied to an element"


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of matching rule: one row of `RULES`.

    The functions build checks from the attributes of a rule:

    - `json` of a JSON value, `text` of a string such as a header value;
    - `list` of a list as a whole, in JSON, of nodes of XML, of values of a query, a
      header or a form, and in metadata; with it, objects are checked as a whole by
      `json`; without it only the length of either is checked;
    - `binary` of bytes; without it the rule cannot be applied to them;
    - `status` of a status code; without it, `json`.

    Where the rule applies:

    - `accepts_map`, `accepts_list`: whether it may apply to an object or a list;
    - `element`: what it checks of an XML element;
    - `walk`: how the members of objects and lists are compared, if not as usual;
    - `compares_types`: as `type`, so that an XML element may be repeated;
    - `is_exact`: whether a value must be equal to the example;
    - `needs_bytes`: whether a body with this rule is compared as bytes;
    - `narrows_type`: whether a `type` rule beside it is redundant.

    How it is written:

    - `aliases`: other names in `match`; `implied_by`: attributes that imply the name
      where `match` is missing; `read` converts attributes of older contracts;
    - `needs`: required attributes; `accepts`: those read from integration JSON, by
      default all but `value`;
    - `definition`: its name in `matching(…)`, by default `name`; if empty, or if it has
      a walk, it cannot be written there; `arguments`: attributes before the example
      there, by default `needs`;
    - `words`: a description for people, with attributes in braces (`regex {regex}`), or
      a function of the attributes; by default the name and all attributes;
    - `since`: the first specification version with this rule.

    Source: docs/internals/specification.md, "6. Matchers".
    """

    name: str
    json: CheckFactory
    text: CheckFactory
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    accepts_map: bool = False
    accepts_list: bool = True
    list: CheckFactory | None = None
    binary: CheckFactory | None = None
    status: CheckFactory | None = None
    element: ElementCheck = ElementCheck.TEXT
    walk: Walk | None = None
    compares_types: bool = False
    is_exact: bool = False
    needs_bytes: bool = False
    narrows_type: bool = False
    implied_by: tuple[str, ...] = ()
    read: Callable[[dict[str, Json]], dict[str, Json]] | None = None
    accepts: tuple[str, ...] | None = None
    definition: str | None = None
    arguments: tuple[str, ...] | None = None
    words: str | Callable[[Attributes], str] = ""
    since: SpecificationVersion = SpecificationVersion.V3

    @property
    def definition_name(self) -> str:
        """The name in `matching(…)`; empty if it cannot be written there."""
        if self.walk is not None:
            return ""
        return self.name if self.definition is None else self.definition

    @property
    def definition_arguments(self) -> tuple[str, ...]:
        """The attributes before the example in `matching(…)`."""
        return self.needs if self.arguments is None else self.arguments

    def describe(self, attributes: Attributes) -> str:
        """Describe a rule of this kind in words."""
        if callable(self.words):
            return self.words(attributes)
        if self.words:
            return self.words.format_map(_AttributeWords(attributes)).strip()
        return f"{self.name} {dump_json(attributes)}" if attributes else self.name


def register(kind: RuleKind) -> Callable[[], None]:
    """Add a kind of rule, or replace the one with the same name.

    `register(RuleKind("ipv4", ipv4, ipv4))` makes `{"match": "ipv4"}` call
    `ipv4(attributes)`, which returns the check of an expected and an actual value: None
    if it passes, else a message template. Return a function that undoes it.
    """
    restore = set_row(RULES, kind.name, kind)
    _clear_caches()

    def undo() -> None:
        restore()
        _clear_caches()

    return undo


def clear_on_register(clear: Callable[[], None]) -> None:
    """Call `clear` whenever the table of rules changes: it clears a cache."""
    _CLEAR.append(clear)


def _clear_caches() -> None:
    for clear in _CLEAR:
        clear()


_CLEAR: list[Callable[[], None]] = []


def parse_rule(data: Json) -> Rule:
    """Read a matcher object such as `{"match": "type"}`; unknown names are kept."""
    if not isinstance(data, dict):
        raise ValueError(f"expected a matching rule object, got {data!r}")  # noqa: TRY004 -- one error type for all bad data
    attributes = {key: value for key, value in data.items() if key != "match"}
    written = data["match"] if "match" in data else _infer_name(attributes)
    if not isinstance(written, str) or not written:
        raise ValueError(
            f"the name of a matching rule must be a string, not {written!r}"
        )
    aliased = (kind for kind in RULES.values() if written in kind.aliases)
    kind = RULES.get(written) or next(aliased, None)
    if kind is None:
        return Rule(written, attributes)
    if kind.read is not None:
        attributes = kind.read(attributes)
    if ("min" in attributes or "max" in attributes) and kind in _KINDS:
        attributes = _convert_lengths(attributes)
    for needed in kind.needs:
        if needed not in attributes:
            raise ValueError(f"the matching rule '{written}' needs '{needed}'")
    if kind in _KINDS and kind.accepts:
        _refuse_misspelt(attributes, {*kind.needs, *kind.accepts})
    return Rule(kind.name, attributes)


def _refuse_misspelt(given: Iterable[str], known: set[str]) -> None:
    """Raise ValueError for a name that is not known, but similar to one that is.

    Other names are ignored, as the specification demands; a misspelt limit must not be.
    """
    for name in given:
        if name not in known:
            near = find_similar_name(name, known)
            if near is not None:
                raise ValueError(f"{name!r} is unknown; did you mean {near!r}?")


def parse_rule_list(data: Json) -> RuleList:
    """Read a rule list: `{"combine": "AND", "matchers": […]}`."""
    if not isinstance(data, dict) or not isinstance(data.get("matchers"), list):
        raise ValueError(f"expected an object with a list 'matchers', got {data!r}")  # noqa: TRY004 -- one error type for all bad data
    _refuse_misspelt(data, {"combine", "matchers"})
    combine = str(data.get("combine", "AND")).upper()
    if combine not in ("AND", "OR"):
        raise ValueError(f"'combine' must be AND or OR, not {data['combine']!r}")
    return RuleList(tuple(parse_rule(item) for item in data["matchers"]), combine)


def write_rule(rule: Rule) -> dict[str, Json]:
    """Write a rule as a matcher object."""
    return {"match": rule.name, **rule.attributes}


def write_rule_list(rules: RuleList) -> dict[str, Json]:
    """Write a rule list: `{"combine": "AND", "matchers": […]}`."""
    return {"combine": rules.combine, "matchers": [*map(write_rule, rules.rules)]}


def find_kind(name: str) -> RuleKind:
    """Return the kind with this name; no value passes a rule of an unknown kind."""
    return RULES.get(name) or _make_unknown_kind(name)


def has_variants(rules: Iterable[Rule]) -> bool:
    """Return whether one of the rules is arrayContains."""
    return any(find_kind(rule.name).walk is Walk.VARIANTS for rule in rules)


def _make_unknown_kind(name: str) -> RuleKind:
    known = ", ".join(sorted(RULES))
    problem = escape_template(
        f"the matching rule '{name}' is unknown, so that no value can pass it; "
        f"known rules are {known}"
    )

    def make(_: Attributes) -> scalars.ValueCheck:
        return lambda _expected, _actual: problem

    return RuleKind(
        name,
        make,
        make,
        accepts_map=True,
        list=make,
        binary=make,
        element=ElementCheck.NOTHING,
    )


def _infer_name(attributes: dict[str, Json]) -> str:
    for kind in RULES.values():
        if not attributes.keys().isdisjoint(kind.implied_by):
            return kind.name
    raise ValueError(f"a matching rule must have 'match': {attributes!r}")


def _convert_lengths(attributes: dict[str, Json]) -> dict[str, Json]:
    for name in ("min", "max"):
        value = attributes.get(name)
        if value is None:
            attributes.pop(name, None)
        elif isinstance(value, str) and value.isdigit():
            attributes[name] = int(value)
        elif not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError(
                f"'{name}' of a matching rule must be a length, not {value!r}"
            )
    return attributes


def _rename_format(attributes: dict[str, Json]) -> dict[str, Json]:
    for old in ("datetime", "timestamp", "date", "time"):
        value = attributes.pop(old, None)
        if value is not None:
            attributes.setdefault("format", value)
    return attributes


class _AttributeWords(dict[str, Json]):
    """The attributes as they are shown in words; a missing one is empty."""

    def __getitem__(self, name: str) -> str:
        value = self.get(name, "")
        return value if isinstance(value, str) else dump_json(value)


def _describe_type(attributes: Attributes) -> str:
    least, most = attributes.get("min"), attributes.get("max")
    if least is None and most is None:
        return "same type"
    if most is None:
        return f"at least {least} of the same type"
    if least is None:
        return f"at most {most} of the same type"
    return f"{least} to {most} of the same type"


def _describe_include(attributes: Attributes) -> str:
    return f"includes {dump_json(attributes.get('value', ''))}"


def _describe_variants(attributes: Attributes) -> str:
    count = len(attributes.get("variants") or ())
    return f"array containing {count} variant{'' if count == 1 else 's'}"


def _describe_unordered(attributes: Attributes) -> str:
    least, most = attributes.get("min"), attributes.get("max")
    bounds = [f", at least {least}"] if least is not None else []
    if most is not None:
        bounds.append(f", at most {most}")
    return f"these items in any order{''.join(bounds)}"


def _describe_status(attributes: Attributes) -> str:
    status = attributes.get("status", "success")
    if isinstance(status, list):
        return f"status {', '.join(map(str, status))}"
    return f"status of class {status}"


def _describe_each(noun: str) -> Callable[[Attributes], str]:
    def fill(attributes: Attributes) -> str:
        inner = map(_describe_inner_rule, attributes.get("rules") or ())
        return f"each {noun}: {' and '.join(inner) or 'equality'}"

    return fill


def _describe_inner_rule(data: Json) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    try:
        rule = parse_rule(dict(data))
    except ValueError:
        return dump_json(data)
    return find_kind(rule.name).describe(rule.attributes)


def _make_date_kind(
    name: str, noun: str, aliases: tuple[str, ...], *implied_by: str
) -> RuleKind:
    check = scalars.build_date_kind(name, noun)
    return RuleKind(
        name,
        check,
        check,
        aliases,
        narrows_type=True,
        implied_by=implied_by,
        read=_rename_format,
        accepts=("format",),
        arguments=("format",),
        words=f"{name} {{format}}",
    )


def _make_each_kind(name: str, alias: str, walk: Walk, noun: str) -> RuleKind:
    return RuleKind(
        name,
        scalars.accept_all,
        scalars.reject_all,
        (alias,),
        accepts_map=True,
        element=ElementCheck.NOTHING,
        walk=walk,
        accepts=("rules",),
        words=_describe_each(noun),
        since=_V4,
    )


_V2, _V4 = SpecificationVersion.V2, SpecificationVersion.V4

# In the order of "6.1 Index".
_KINDS = (
    RuleKind(
        "equality",
        scalars.equality,
        scalars.plain_equality,
        accepts_map=True,
        list=scalars.plain_equality,
        binary=scalars.plain_equality,
        element=ElementCheck.PARTS,
        is_exact=True,
        accepts=(),
        definition="equalTo",
    ),
    RuleKind(
        "regex",
        scalars.regex,
        scalars.regex,
        needs=("regex",),
        accepts_map=True,
        binary=scalars.decode_first(scalars.regex),
        narrows_type=True,
        implied_by=("regex",),
        accepts=("regex",),
        words="regex {regex}",
        since=_V2,
    ),
    RuleKind(
        "type",
        scalars.same_type,
        scalars.accept_all,
        ("min", "min-type", "max", "max-type", "min-max-type"),
        accepts_map=True,
        binary=scalars.accept_all,
        element=ElementCheck.NODES,
        compares_types=True,
        narrows_type=True,
        implied_by=("min", "max"),
        accepts=("min", "max"),
        words=_describe_type,
        since=_V2,
    ),
    RuleKind(
        "include",
        scalars.include,
        scalars.include,
        needs=("value",),
        binary=scalars.decode_first(scalars.include),
        narrows_type=True,
        accepts=("value",),
        words=_describe_include,
    ),
    RuleKind("integer", scalars.integer, scalars.text_integer, accepts=()),
    RuleKind(
        "decimal",
        scalars.decimal,
        scalars.text_decimal,
        ("real",),
        accepts=(),
        words="decimal number",
    ),
    RuleKind("number", scalars.number, scalars.text_number, accepts=()),
    _make_date_kind("datetime", "timestamp", ("timestamp",), "timestamp", "datetime"),
    _make_date_kind("date", "date", (), "date"),
    _make_date_kind("time", "time", (), "time"),
    RuleKind(
        "null",
        scalars.null,
        scalars.null,
        accepts_list=False,
        element=ElementCheck.NOTHING,
        accepts=(),
        definition="",
    ),
    RuleKind("boolean", scalars.boolean, scalars.boolean, accepts=()),
    RuleKind(
        "contentType",
        scalars.content_type,
        scalars.content_type,
        ("content-type",),
        needs=("value",),
        binary=scalars.content_type,
        element=ElementCheck.NOTHING,
        needs_bytes=True,
        accepts=("value",),
        words="content of type {value}",
    ),
    RuleKind(
        "values",
        scalars.equality,
        scalars.plain_equality,
        accepts_map=True,
        element=ElementCheck.NOTHING,
        walk=Walk.VALUES,
        accepts=(),
        words="values equal, under any key",
    ),
    RuleKind(
        "arrayContains",
        scalars.accept_all,
        scalars.reject_all,
        ("array-contains",),
        needs=("variants",),
        accepts_map=True,
        element=ElementCheck.NOTHING,
        walk=Walk.VARIANTS,
        narrows_type=True,
        accepts=(),
        words=_describe_variants,
        since=_V4,
    ),
    RuleKind(
        "ignore-order",
        scalars.equality,
        scalars.plain_equality,
        accepts_map=True,
        element=ElementCheck.NOTHING,
        walk=Walk.UNORDERED,
        accepts=("min", "max"),
        words=_describe_unordered,
        since=_V4,
    ),
    RuleKind(
        "statusCode",
        scalars.accept_all,
        scalars.status_code,
        ("status-code",),
        accepts_list=False,
        status=scalars.status_code,
        element=ElementCheck.NOTHING,
        accepts=("status",),
        definition="",
        words=_describe_status,
        since=_V4,
    ),
    RuleKind(
        "notEmpty",
        scalars.not_empty,
        scalars.not_empty,
        ("not-empty",),
        accepts_map=True,
        list=scalars.not_empty,
        binary=scalars.bytes_not_empty,
        element=ElementCheck.NODES,
        accepts=(),
        definition="",
        words="not empty",
        since=_V4,
    ),
    RuleKind(
        "semver",
        scalars.semver,
        scalars.semver,
        accepts=(),
        words="semantic version",
        since=_V4,
    ),
    _make_each_kind("eachKey", "each-key", Walk.EACH_KEY, "key"),
    _make_each_kind("eachValue", "each-value", Walk.EACH_VALUE, "value"),
)
RULES: dict[str, RuleKind] = {kind.name: kind for kind in _KINDS}
