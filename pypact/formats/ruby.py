r"""Read the matchers that old Ruby tools wrote into requests, responses and messages.

They are objects with a `json_class`: `{"json_class": "Pact::Term", "data": {"generate":
"12", "matcher": {"json_class": "Regexp", "o": 0, "s": "\\d+"}}}` is an example with a
regular expression, `{"json_class": "Pact::SomethingLike", "contents": …}` is compared
by type, and `{"json_class": "Pact::ArrayLike", "contents": …, "min": 1}` is a list of
such items.

Source: docs/internals/conventions.md, "Ruby mock service protocol".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pypact.errors import InvalidPact
from pypact.formats.base import JsonObject
from pypact.model.json import Json, dump_json
from pypact.model.rules import (
    ROOT,
    MatchingRules,
    Rule,
    RuleList,
    RulePath,
    Wildcard,
)


class PlainPart(NamedTuple):
    """A request, response or message with examples in place of its Ruby matchers."""

    data: JsonObject
    rules: MatchingRules


def has_matcher(data: Json) -> bool:
    """Return whether a JSON value contains a Ruby matcher."""
    if isinstance(data, dict):
        if "json_class" in data and _find_reader(data) is not None:
            return True
        data = data.values()
    elif not isinstance(data, list):
        return False
    for item in data:  # noqa: SIM110 -- hot
        if isinstance(item, (dict, list)) and has_matcher(item):
            return True
    return False


def is_ruby_part(data: JsonObject, content: bytes) -> bool:
    """Return whether a part contains Ruby matchers; `content` is its body.

    The bytes are searched first, because this is called for each part that is read.
    """
    members = ("body", "contents") if b'"json_class"' in content else ()
    for name in (*members, *_OTHER_MEMBERS):
        member = data.get(name)
        if member and type(member) is not str and has_matcher(member):
            return True
    return False


def split_part(data: JsonObject, place: str, *, has_entity: bool) -> PlainPart:
    """Replace the Ruby matchers of a request, response or message by examples.

    With `has_entity` a body is an object with `content`, as in v4.

    Raises: InvalidPact, if one is not complete, or is used where none is possible.
    """
    plain = dict(data)
    rules: dict[str, dict[str, RuleList]] = {}
    for member in ("body", "contents"):
        if member not in data:
            continue
        body, walk = data[member], _Walk(f"{place}.{member}")
        if has_entity and isinstance(body, dict) and "content" in body:
            plain[member] = {**body, "content": walk.visit(body["content"], ROOT)}
        else:
            plain[member] = walk.visit(body, ROOT)
        rules["body"] = walk.rules
    for member, category in _NAMED.items():
        values = data.get(member)
        if isinstance(values, dict):
            if _find_reader(values) is not None:
                read = f"the matcher {dump_json(values)}"
                wanted = "a matcher for each single value"
                raise InvalidPact(f"{place}.{member}", read=read, wanted=wanted)
            found = {
                name: _split_value(value, f"{place}.{member}[{name!r}]")
                for name, value in values.items()
            }
            plain[member] = {name: example for name, (example, _) in found.items()}
            rules[category] = {
                name: own for name, (_, own) in found.items() if own is not None
            }
    if isinstance(data.get("path"), dict):
        plain["path"], own = _split_value(data["path"], f"{place}.path")
        rules["path"] = {"": own} if own is not None else {}
    return PlainPart(plain, {name: found for name, found in rules.items() if found})


def make_search(pattern: str) -> str:
    """Return the pattern that matches a whole string in which `pattern` is found.

    Peers: Ruby searches for a match; pypact matches the whole string.
    """
    return f"{_SEARCH_BEGIN}{pattern}{_SEARCH_END}"


def unmake_search(pattern: str) -> str:
    """Return the pattern that `make_search` was called with, or `pattern` itself."""
    if pattern.startswith(_SEARCH_BEGIN) and pattern.endswith(_SEARCH_END):
        return pattern[len(_SEARCH_BEGIN) : -len(_SEARCH_END)]
    return pattern


class _Walk:
    """One walk over a value; it collects the rules by rule path."""

    def __init__(self, place: str) -> None:
        self._place = place
        # How often the visited value will occur in the example, and the number of all
        # values so far.
        self._copies = 1
        self._values = 0
        self.rules: dict[str, RuleList] = {}

    def visit(self, value: Json, path: RulePath) -> Json:
        self._values += self._copies
        if isinstance(value, list):
            return [self.visit(item, path / index) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        read = _find_reader(value)
        if read is None:
            return {name: self.visit(item, path / name) for name, item in value.items()}
        try:
            return read(self, value, path)
        except InvalidPact:
            raise
        except (KeyError, TypeError, ValueError, AttributeError):
            known = ", ".join(sorted(_READERS))
            raise InvalidPact(
                self._place, read=dump_json(value), wanted=f"a complete one of {known}"
            ) from None

    def read_term(self, data: JsonObject, path: RulePath) -> Json:
        term = data["data"]
        pattern = make_search(_read_pattern(term["matcher"]))
        self._add(path, Rule("regex", {"regex": pattern}))
        return self.visit(term["generate"], path)

    def read_something_like(self, data: JsonObject, path: RulePath) -> Json:
        self._add(path, Rule("type"))
        return self.visit(data["contents"], path)

    def read_array_like(self, data: JsonObject, path: RulePath) -> Json:
        least = int(data.get("min", 1))
        self._add(path, Rule("type", {"min": least}))
        copies = self._copies
        self._copies *= max(least, 1)
        item = self.visit(data["contents"], path / Wildcard.INDEX)
        if self._values > _MOST_VALUES:
            raise InvalidPact(
                self._place,
                read=f"Pact::ArrayLike with more than {_MOST_VALUES:,} values",
                wanted="fewer values",
            )
        self._copies = copies
        return [item] * max(least, 1)

    def _add(self, path: RulePath, rule: Rule) -> None:
        # Of nested matchers of one value, the inner one is narrower.
        self.rules[str(path)] = RuleList((rule,))


def _find_reader(data: JsonObject) -> Callable[..., Json] | None:
    name = data.get("json_class")
    if not isinstance(name, str) or not name.startswith("Pact::"):
        return None  # it may be what the provider really returns
    return _READERS.get(name, _refuse)


def _refuse(_walk: _Walk, _data: JsonObject, _path: RulePath) -> Json:
    raise ValueError("an unknown matcher")


def _split_value(value: Json, place: str) -> tuple[Json, RuleList | None]:
    """Return the example and the rules of a header, a parameter or another value."""
    walk = _Walk(place)
    items = value if isinstance(value, list) else [value]
    examples = [walk.visit(item, ROOT) for item in items]
    if walk.rules.keys() - {"$"}:
        wanted = "a matcher for the whole value"
        raise InvalidPact(place, read=dump_json(value), wanted=wanted)
    example = examples if isinstance(value, list) else examples[0]
    return example, walk.rules.get("$")


def _read_pattern(regexp: Json) -> str:
    if isinstance(regexp, str):
        return regexp
    source, options = str(regexp["s"]), int(regexp.get("o", 0))
    flags = "".join(flag for bit, flag in _FLAGS if options & bit)
    return f"(?{flags}:{source})" if flags else source


_READERS = {
    "Pact::ArrayLike": _Walk.read_array_like,
    "Pact::SomethingLike": _Walk.read_something_like,
    "Pact::Term": _Walk.read_term,
}
_MOST_VALUES = 100_000
_FLAGS = ((1, "i"), (2, "x"), (4, "s"))  # Ruby's `m` is Python's `s`
_SEARCH_BEGIN, _SEARCH_END = r"[\s\S]*?(?:", r")[\s\S]*"
_NAMED = {
    "headers": "header",
    "query": "query",
    "metadata": "metadata",
    "metaData": "metadata",
}
_OTHER_MEMBERS = ("path", *_NAMED)
