"""What does a matching rule ask for, in words?

Source: verification.md, section 7; the rules are those of semantics section 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pypact.explain.values import cut
from pypact.model.json_text import Json, compact
from pypact.model.rules import Rule
from pypact.rules import parse_rule

__all__ = ["rule_in_words"]


def rule_in_words(rule: Rule | None) -> str:
    """Return a rule as words; None is the comparison without rules."""
    if rule is None:
        return "equality"
    words = _RULE_WORDS.get(rule.name, _rule_as_data)
    return cut(words(rule) if callable(words) else words, _LONGEST_RULE)


def _rule_as_data(rule: Rule) -> str:
    return f"{rule.name} {compact(rule.attributes)}" if rule.attributes else rule.name


def _with_attribute(words: str, name: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        value = rule.attributes.get(name, "")
        text = value if isinstance(value, str) else compact(value)
        return f"{words} {text}".strip()

    return fill


def _type_words(rule: Rule) -> str:
    least, most = rule.attributes.get("min"), rule.attributes.get("max")
    if least is None and most is None:
        return "same type"
    if most is None:
        return f"at least {least} of the same type"
    if least is None:
        return f"at most {most} of the same type"
    return f"{least} to {most} of the same type"


def _include_words(rule: Rule) -> str:
    return f"includes {compact(rule.attributes.get('value', ''))}"


def _array_contains_words(rule: Rule) -> str:
    variants = rule.attributes.get("variants") or []
    noun = "variant" if len(variants) == 1 else "variants"
    return f"array containing {len(variants)} {noun}"


def _status_words(rule: Rule) -> str:
    status = rule.attributes.get("status", "success")
    if isinstance(status, list):
        return f"status {', '.join(map(str, status))}"
    return f"status of class {status}"


def _each_words(noun: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        inner = [_inner_rule_words(data) for data in rule.attributes.get("rules") or []]
        return f"each {noun}: {' and '.join(inner) or 'equality'}"

    return fill


def _inner_rule_words(data: Json) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    try:
        return rule_in_words(parse_rule(dict(data)))
    except ValueError:
        return compact(data)


_LONGEST_RULE = 80

# In the order of semantics 6.1.
_RULE_WORDS: dict[str, str | Callable[[Rule], str]] = {
    "equality": "equality",
    "regex": _with_attribute("regex", "regex"),
    "type": _type_words,
    "include": _include_words,
    "integer": "integer",
    "decimal": "decimal number",
    "number": "number",
    "datetime": _with_attribute("datetime", "format"),
    "date": _with_attribute("date", "format"),
    "time": _with_attribute("time", "format"),
    "null": "null",
    "boolean": "boolean",
    "contentType": _with_attribute("content of type", "value"),
    "values": "values equal, under any key",
    "arrayContains": _array_contains_words,
    "statusCode": _status_words,
    "notEmpty": "not empty",
    "semver": "semantic version",
    "eachKey": _each_words("key"),
    "eachValue": _each_words("value"),
}
