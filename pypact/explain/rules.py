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
    """Say what `rule` asks for; None is the comparison without rules."""
    if rule is None:
        return "equality"
    words = _WORDS.get(rule.name, _as_data)
    return cut(words(rule) if callable(words) else words, _LONGEST)


def _as_data(rule: Rule) -> str:
    return f"{rule.name} {compact(rule.attributes)}" if rule.attributes else rule.name


def _attribute(words: str, name: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        value = rule.attributes.get(name, "")
        text = value if isinstance(value, str) else compact(value)
        return f"{words} {text}".strip()

    return fill


def _same_type(rule: Rule) -> str:
    least, most = rule.attributes.get("min"), rule.attributes.get("max")
    if least is None and most is None:
        return "same type"
    if most is None:
        return f"at least {least} of the same type"
    if least is None:
        return f"at most {most} of the same type"
    return f"{least} to {most} of the same type"


def _include(rule: Rule) -> str:
    return f"includes {compact(rule.attributes.get('value', ''))}"


def _array_contains(rule: Rule) -> str:
    variants = rule.attributes.get("variants") or []
    noun = "variant" if len(variants) == 1 else "variants"
    return f"array containing {len(variants)} {noun}"


def _status(rule: Rule) -> str:
    wanted = rule.attributes.get("status", "success")
    if isinstance(wanted, list):
        return f"status {', '.join(map(str, wanted))}"
    return f"status of class {wanted}"


def _each(noun: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        inner = [_inner(data) for data in rule.attributes.get("rules") or []]
        return f"each {noun}: {' and '.join(inner) or 'equality'}"

    return fill


def _inner(data: Json) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    try:
        return rule_in_words(parse_rule(dict(data)))
    except ValueError:
        return compact(data)


_LONGEST = 80

# In the order of semantics 6.1.
_WORDS: dict[str, str | Callable[[Rule], str]] = {
    "equality": "equality",
    "regex": _attribute("regex", "regex"),
    "type": _same_type,
    "include": _include,
    "integer": "integer",
    "decimal": "decimal number",
    "number": "number",
    "datetime": _attribute("datetime", "format"),
    "date": _attribute("date", "format"),
    "time": _attribute("time", "format"),
    "null": "null",
    "boolean": "boolean",
    "contentType": _attribute("content of type", "value"),
    "values": "values equal, under any key",
    "arrayContains": _array_contains,
    "statusCode": _status,
    "notEmpty": "not empty",
    "semver": "semantic version",
    "eachKey": _each("key"),
    "eachValue": _each("value"),
}
