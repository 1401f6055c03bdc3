"""Read and write the matching rules and generators in pact files.

The form of rules in v2 is flat: one rule for each path. v3 and v4 have categories and
lists of rules. The form is recognised by the keys, not by the version of the file.

Source: docs/internals/specification.md, "1.6 Matching rules and generators".
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from pypact._lazy import compile_later
from pypact.errors import InvalidPact, tolerate
from pypact.formats.base import Conversion, check_object
from pypact.model.json import Json
from pypact.model.rules import (
    NO_GENERATORS,
    NO_RULES,
    Generator,
    Generators,
    MatchingRules,
    RuleList,
    parse_generator,
    parse_path,
    render_path,
    write_generator,
)
from pypact.rules import table

Part = TypeVar("Part")


def read_rules(data: Json, place: str) -> MatchingRules:
    """Read `matchingRules` in either form; equal rules are mostly one object.

    So they are read and compiled once, although many interactions have them.
    """
    if data is None:
        return NO_RULES
    if not isinstance(data, dict):
        data = check_object(data, place)
    try:
        key = marshal.dumps(data, _WITHOUT_REFERENCES)
    except ValueError:  # a decimal
        return _read_rules(data, place)
    rules = _SHARED.get(key)
    if rules is None:
        rules = _read_rules(data, place)
        # Others may have caused warnings, which name the place.
        if all(data.values()) and _SINGLE_VALUES.isdisjoint(rules):
            if len(_SHARED) >= _MOST_SHARED:
                _SHARED.clear()
            _SHARED[key] = rules
    return rules


_WITHOUT_REFERENCES = 2  # the version of the format in which equal data is equal
_MOST_SHARED = 512
_SHARED: dict[bytes, MatchingRules] = {}
table.clear_on_register(_SHARED.clear)


def _read_rules(data: Json, place: str) -> MatchingRules:
    rules: dict[str, dict[str, RuleList]] = {}
    for name, value in check_object(data, place).items():
        here = f"{place}[{name!r}]"
        if name.startswith("$"):
            category, key = _FlatKey.read(name, here)
            found = {key: _read_rule_list(value, here)}
        else:
            category = _read_category(name, here)
            found = _read_rule_category(category, value, here)
        if category in _SINGLE_VALUES:
            found = _read_single_key(found, here)
        rules.setdefault(category, {}).update(found)
    return {category: lists for category, lists in rules.items() if lists}


def _read_single_key(entries: dict[str, Part], place: str) -> dict[str, Part]:
    """Return the entry of a category with one value, under the key "".

    Other tools write it under `$`; any single key means the value. Peers: of several
    keys, the reference uses one at random.
    """
    if len(entries) > 1:
        read = "the keys " + ", ".join(map(repr, entries))
        raise InvalidPact(place, read=read, wanted="one entry")
    for key, value in entries.items():
        if key not in ("", "$"):
            problem = 'expected the key "" or "$"; applied to the one value'
            tolerate(f"{place}[{key!r}]", problem)
        return {"": value}
    return {}


def write_rules_by_category(
    rules: MatchingRules, conversion: Conversion
) -> dict[str, Json]:
    """Return the JSON of rules in v3 and v4, by category."""
    _warn_of_escapes(rules, conversion)
    return _write_by_category(rules, table.write_rule_list)


def _warn_of_escapes(
    categories: Mapping[str, Mapping[str, object]], conversion: Conversion
) -> None:
    for path in categories.get("body", ()):
        if "\\" in path:
            _warn_unreadable(path, conversion)


def _warn_unreadable(path: str, conversion: Conversion) -> None:
    # Peers: the reference cannot escape a character of a name. In a path of v2 it reads
    # the name of a header or query parameter as a path, too: it refuses most of those
    # that need quotes, and does not apply the rules of the others.
    conversion.warn(f"the official tools cannot read the rule path {path}")


def _write_by_category(
    categories: Mapping[str, Mapping[str, Part]], write: Callable[[Part], Json]
) -> dict[str, Json]:
    return {
        category: write(entries[""])
        if entries.keys() == {""}
        else {key: write(value) for key, value in entries.items()}
        for category, entries in categories.items()
        if entries
    }


def write_flat_rules(rules: MatchingRules, conversion: Conversion) -> dict[str, Json]:
    """Return the JSON of rules in v2, by path; only the first rule of each is kept."""
    pairs = [
        (_FlatKey(category, key).text, value)
        for category, lists in rules.items()
        for key, value in lists.items()
        if value.rules
    ]
    for path, _ in pairs:
        found = _NAMED.fullmatch(path)
        if "\\" in path or (found and _READABLE.fullmatch(found["name"]) is None):
            _warn_unreadable(path, conversion)
    if conversion.is_same_version and any(len(value.rules) > 1 for _, value in pairs):
        return write_rules_by_category(rules, conversion)
    return {path: _write_first_rule(path, value, conversion) for path, value in pairs}


def drop_rules(rules: MatchingRules, conversion: Conversion) -> dict[str, Json]:
    """Drop the rules, which version 1 lacks, unless they were read from such a file."""
    if conversion.is_same_version:
        return write_flat_rules(rules, conversion)
    for category, lists in rules.items():
        for key in lists:
            conversion.drop(f"the matching rules at {_FlatKey(category, key).text}")
    return {}


def _read_category(name: str, place: str) -> str:
    category = _SYNONYMS.get(name, name)
    if category not in _CATEGORIES:
        # Peers: the reference reads it as one of the body.
        known = ", ".join(sorted(_CATEGORIES))
        raise InvalidPact(place, read=f"{name!r}", wanted=f"a category ({known})")
    return category


class _FlatKey(NamedTuple):
    category: str
    key: str

    @classmethod
    def read(cls, text: str, place: str) -> _FlatKey:
        found = _FLAT.fullmatch(text)
        if found is None:
            return cls("body", text)
        category = _read_category(found["category"] or found["quoted"], place)
        following = found["rest"]
        if category == "body":
            return cls(category, f"${following}")
        return cls(category, _read_name(following))

    @property
    def text(self) -> str:
        if self.category == "body":
            following = _normalize_body_key(self.key).removeprefix("$")
            # An invalid path such as `$a` is written as it was read.
            is_valid = not following or following[0] in ".["
            return f"$.body{following}" if is_valid else self.key
        category = "headers" if self.category == "header" else self.category
        return f"$.{category}{render_path([self.key])[1:] if self.key else ''}"


def _read_name(text: str) -> str:
    # Peers: the reference loses rules for names with a dot and rejects ['a[]'].
    text = _INDEX.sub("", text)
    try:
        tokens = parse_path(f"${text}").tokens
    except ValueError:
        tokens = ()
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0]
    return text.removeprefix(".")


def _read_rule_category(category: str, data: Json, place: str) -> dict[str, RuleList]:
    if _is_rule_list(data):
        lists = {"": _read_rule_list(data, place)}
    else:
        # The key "" alone would be written as the list of a category with one value.
        root = "$" if category == "body" else ""
        lists = {
            key or root: _read_rule_list(value, f"{place}[{key!r}]")
            for key, value in check_object(data, place).items()
        }
    return {key: value for key, value in lists.items() if value.rules}


def _normalize_body_key(key: str) -> str:
    if key.startswith("$"):
        return key
    return f"${key}" if key.startswith("[") or not key else f"$.{key}"


def _is_rule_list(data: Json) -> bool:
    return isinstance(data, list) or (
        isinstance(data, dict)
        and any(
            isinstance(data.get(name), kind)
            for name, kind in (("matchers", list), ("combine", str), ("match", str))
        )
    )


def _read_rule_list(data: Json, place: str) -> RuleList:
    try:
        if isinstance(data, list):
            return RuleList(tuple(table.parse_rule(item) for item in data))
        if isinstance(data, dict) and "matchers" in data:
            return table.parse_rule_list(data)
        if isinstance(data, dict) and data.keys() <= {"combine"}:
            return RuleList(())
        return RuleList((table.parse_rule(data),))
    except ValueError as error:
        problem = f"an invalid one ({error})"
        raise InvalidPact(place, read=problem, wanted="a matching rule") from None


def _write_first_rule(
    path: str, rules: RuleList, conversion: Conversion
) -> dict[str, Json]:
    for rule in rules.rules[1:]:
        conversion.drop(f"the second matching rule '{rule.name}' at {path}")
    first = rules.rules[0]
    if table.find_kind(first.name).since > conversion.version:
        conversion.warn(
            f"the matching rule '{first.name}' at {path} is newer than Pact "
            f"Specification {conversion.version}; older tools may not support it"
        )
    return table.write_rule(first)


_SYNONYMS = {
    "headers": "header",
    "content": "body",
    "contents": "body",
    "metaData": "metadata",
}
_FLAT = compile_later(
    r"\$(?:\.(?P<category>\w+)|\['(?P<quoted>\w+)'\])(?P<rest>(?:[.\[].*)?)", re.DOTALL
)
_SINGLE_VALUES = {"method", "path", "status"}
_CATEGORIES = _SINGLE_VALUES | {"header", "query", "body", "metadata"}
# A flat key with a quoted name, and the names that the reference reads in such a key.
_NAMED = compile_later(r"\$\.(?!body)\w+\['(?P<name>.*)'\]", re.DOTALL)
_READABLE = compile_later(r"\w[\w:#@-]*")
_INDEX = compile_later(r"\[(?:\*|\d+)\]\Z")


def read_generators(data: Json, place: str) -> Generators:
    """Read `generators`; an invalid entry is left out with a warning."""
    if data is None:
        return NO_GENERATORS
    generators: dict[str, dict[str, Generator]] = {}
    for name, value in check_object(data, place).items():
        here = f"{place}.{name}"
        category = _read_category(name, here)
        entries = _read_generator_category(value, here)
        if category in _SINGLE_VALUES:
            entries = _read_single_key(entries, here)
        if entries:
            generators.setdefault(category, {}).update(entries)
    return generators


def write_generators(generators: Generators, conversion: Conversion) -> dict[str, Json]:
    """Return the JSON of generators in v3 and v4."""
    _warn_of_escapes(generators, conversion)
    return _write_by_category(generators, write_generator)


def drop_generators(generators: Generators, conversion: Conversion) -> dict[str, Json]:
    """Drop the generators, unless they were read from a file of this version."""
    if conversion.is_same_version:
        return write_generators(generators, conversion)
    for category, entries in generators.items():
        for key, value in entries.items():
            conversion.drop(f"the generator {value.type} of {category} {key}".rstrip())
    return {}


def _read_generator_category(data: Json, place: str) -> dict[str, Generator]:
    if not isinstance(data, dict):
        tolerate(place, "expected an object of generators; left out")
        return {}
    if isinstance(data.get("type"), str):
        return {"": parse_generator(data)}
    entries = {}
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            entries[key] = parse_generator(value)
        else:
            tolerate(f"{place}[{key!r}]", "not a valid generator; left out")
    return entries
