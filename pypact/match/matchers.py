"""Create matchers for scalars, strings, dates, arrays, objects and combinations.

Source: docs/internals/specification.md, "6. Matchers", "8. Date and time formats".
"""

# ruff: noqa: A002 -- `min`, `max` and `format` are the specification's own words

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pypact import former_names, generate
from pypact._lazy import import_later
from pypact.errors import InvalidExpectation
from pypact.former_names import refuse_former
from pypact.match import nodes
from pypact.match.nodes import AnyGenerator, Children, Matcher, make_matcher
from pypact.match.split import Parts, join_rules, split
from pypact.match.variants import has_choices
from pypact.model.json import Json, dump_json
from pypact.model.rules import Generator, Rule, RuleList
from pypact.rules.scalars import STATUS_CLASSES, is_same_type, to_string
from pypact.rules.table import find_kind, has_variants, write_rule

if TYPE_CHECKING:
    from pypact.rules import bounded_match, portable_regex
else:
    portable_regex = import_later("pypact.rules.portable_regex")
    bounded_match = import_later("pypact.rules.bounded_match")


def like(example: Json, *, generator: AnyGenerator = None) -> Matcher:
    """Match a value of the example's type; values inside it are matched by type too."""
    return make_matcher(example, Rule("type"), generator=generator)


def equal_to(example: Json) -> Matcher:
    """Match exactly this value, even inside a structure that is matched by type."""
    if nodes.has_matchers(example):
        raise InvalidExpectation(
            "equal_to() compares whole values; it cannot contain matchers"
        )
    return make_matcher(example, Rule("equality"))


def integer(example: int = 1, *, generator: AnyGenerator = None) -> Matcher:
    """Match a number without decimal point and exponent."""
    return make_matcher(example, Rule("integer"), generator=generator)


def decimal(
    example: Decimal | float = Decimal("1.5"), *, generator: AnyGenerator = None
) -> Matcher:
    """Match a number with a decimal point or an exponent."""
    return make_matcher(example, Rule("decimal"), generator=generator)


def number(example: Decimal | float = 1, *, generator: AnyGenerator = None) -> Matcher:
    """Match any number."""
    return make_matcher(example, Rule("number"), generator=generator)


def boolean(
    example: bool = True,  # noqa: FBT001, FBT002 -- the example itself is a boolean
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match true or false."""
    return make_matcher(example, Rule("boolean"), generator=generator)


def null() -> Matcher:
    """Match null."""
    return make_matcher(None, Rule("null"))


def string(example: str = "text", *, generator: AnyGenerator = None) -> Matcher:
    """Match any string."""
    nodes.refuse_choice(example, "string")
    if not isinstance(example, str):
        raise InvalidExpectation(
            f"string() takes a string as its example, got {example!r}"
        )
    return make_matcher(example, Rule("type"), generator=generator)


def not_empty(example: Json) -> Matcher:
    """Match any value except null and an empty string, array or object."""
    if example in ({}, [], ()):
        raise InvalidExpectation("not_empty() cannot have an empty example")
    return make_matcher(example, Rule("notEmpty"))


def status_code(
    status: str | int | Sequence[int] = "success", example: int | None = None
) -> Matcher:
    """Match a class of status codes ("success"), one status code, or one of several.

    The classes are info, success, redirect, clientError, serverError, nonError and
    error.
    """
    nodes.refuse_choice(status, "status_code")
    expected: Json = status
    if isinstance(status, str):
        if status not in STATUS_CLASSES:
            known = ", ".join(STATUS_CLASSES)
            raise InvalidExpectation(
                f"unknown status class {status!r}; known classes: {known}"
            )
        _, low, high = STATUS_CLASSES[status]
        allowed: Sequence[int] = range(
            max(low, _LOWEST_EXAMPLES.get(status, 0)), high + 1
        )
    else:
        allowed = expected = [status] if isinstance(status, int) else list(status)
        if isinstance(status, int) and example not in (None, status):
            raise InvalidExpectation(
                f"status_code({status}, {example}): the second argument is the "
                f"example; pass several codes as a list: [{status}, {example}]"
            )
        if not expected:
            raise InvalidExpectation(
                "status_code() needs at least one code, got an empty list"
            )
    shown = allowed[0] if example is None else example
    if shown not in allowed:
        raise InvalidExpectation(
            f"the example status {shown} does not match {status!r}"
        )
    return make_matcher(shown, Rule("statusCode", {"status": expected}))


def content_type(content_type: str, example: bytes | str) -> Matcher:
    """Match bytes whose content is detected as the content type ("image/png").

    The example is bytes if it is the whole body, else a base64 string.
    """
    return make_matcher(example, Rule("contentType", {"value": content_type}))


# The lowest example of a class whose lower bound is not a valid status code.
_LOWEST_EXAMPLES = {"nonError": 200}


def regex(
    pattern: str | None = None,
    example: Json = None,
    *,
    regex: str | None = None,
    generator: AnyGenerator = None,
) -> Matcher:
    r"""Match a string that fully matches a regular expression.

    Written as `regex(r"\d+", "12")`, the argument order of Ruby's and pactman's `Term`,
    or as `regex("12", regex=r"\d+")`, the form of pact-python. Without an example, one
    is generated, the same each time.

    Raises: InvalidExpectation, if the example does not match, or the pattern is not
    valid.
    """
    if regex is not None:
        pattern, example = regex, pattern if example is None else example
    if pattern is None:
        raise InvalidExpectation("regex() needs a pattern: regex(r'\\d+', '12')")
    if example is None:
        example = generate.example_for_regex(pattern)
    rule = generate.regex_rule(pattern)
    _check_regex_example(rule.attributes["regex"], example)
    return make_matcher(example, rule, generator=generator)


def term(matcher: str, generate: Json = None) -> Matcher:
    """Match a regular expression: `regex` with the parameters of older libraries."""
    return regex(matcher, generate)


def include(text: str, example: str | None = None) -> Matcher:
    """Match a string that contains `text`."""
    rule = Rule("include", {"value": text})
    return make_matcher(text if example is None else example, rule)


def semver(example: str = "1.0.0") -> Matcher:
    """Match a semantic version 2.0."""
    return make_matcher(example, Rule("semver"))


def uuid(
    example: str = generate.UUID_EXAMPLES["lower-case-hyphenated"],
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a UUID with hyphens, in upper or lower case."""
    hyphenated = generate.UUID_PATTERNS["lower-case-hyphenated"].replace(
        "a-f", "a-fA-F"
    )
    return regex(hyphenated, example, generator=generator)


def email(example: str = "user@example.com") -> Matcher:
    """Match an email address of the common form."""
    return regex(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", example)


def ipv4(example: str = "127.0.0.1") -> Matcher:
    """Match an IPv4 address."""
    octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    return regex(rf"({octet}\.){{3}}{octet}", example)


def ipv6(example: str = "::1") -> Matcher:
    """Match an IPv6 address, without a zone."""
    group, octet = "[0-9a-fA-F]{1,4}", "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    last = rf"({group}:{group}|({octet}\.){{3}}{octet})"  # the last 32 bits
    forms = [rf"({group}:){{6}}{last}"]
    # `::` replaces one or more groups of zeros: `before` groups precede it, and at most
    # `after` groups and the last 32 bits follow.
    for before in range(8):
        left = rf"({group}(:{group}){{{before - 1}}})" if before else ""
        after = 5 - before
        if after >= 0:
            forms.append(rf"{left}::({group}:){{0,{after}}}{last}")
        if before < 7:
            forms.append(rf"{left}::({group})")
        forms.append(rf"{left}::")
    return regex("|".join(f"({form})" for form in forms), example)


def http_date(example: str = "Sun, 06 Nov 1994 08:49:37 GMT") -> Matcher:
    """Match a date of HTTP, as in the headers Date, Expires and Last-Modified.

    Source: RFC 9110, "Date/Time Formats" (the preferred format).
    """
    days = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    date_ = rf"({days}), (0[1-9]|[12][0-9]|3[01]) ({months}) [0-9]{{4}}"
    time_ = "([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
    return regex(f"{date_} {time_} GMT", example)


def hexadecimal(example: str = "3F", *, generator: AnyGenerator = None) -> Matcher:
    """Match a string of hexadecimal digits."""
    return regex("[0-9a-fA-F]+", example, generator=generator)


def url(base: str, *fragments: str | Matcher) -> Matcher:
    r"""Match a URL whose path ends with these fragments, strings or regexes.

    `url("http://localhost:8080", "orders", regex(r"\d+", "12"))`. In responses to the
    consumer, `base` is replaced by the URL of the mock server.
    """
    if not fragments:
        raise InvalidExpectation("url() needs at least one path fragment")
    if any(map(has_choices, fragments)):
        raise nodes.make_choice_error("url")
    texts = [
        to_string(nodes.unwrap_example(fragment)).strip("/") for fragment in fragments
    ]
    example = "/".join([base.rstrip("/"), *texts])
    pattern = ".*(/" + "/".join(map(_build_pattern, fragments)) + ")$"
    generator = Generator("MockServerURL", {"example": example, "regex": pattern})
    return regex(pattern, example, generator=generator)


def _build_pattern(fragment: str | Matcher) -> str:
    if isinstance(fragment, str):
        return portable_regex.escape_portably(fragment.strip("/"))
    for rule in fragment.rules:
        if rule.name == "regex":
            return f"(?:{rule.attributes['regex'].removeprefix('^').removesuffix('$')})"
    raise InvalidExpectation("a path fragment of url() must be a string or a regex()")


def _check_regex_example(pattern: str, example: Json) -> None:
    if isinstance(example, nodes.OneOf):
        return  # each option is checked when it is selected
    text = to_string(example)
    try:
        if bounded_match.compile_full_match(pattern)(text):
            return
    except ValueError as error:
        raise InvalidExpectation(
            f"'{pattern}' is not a valid regular expression: {error}"
        ) from None
    except bounded_match.MatchTimeoutError as error:
        raise InvalidExpectation(f"regex '{pattern}' and '{text}': {error}") from None
    hint = ""
    with contextlib.suppress(ValueError, bounded_match.MatchTimeoutError):
        swapped = isinstance(example, str) and bounded_match.compile_full_match(example)
        if swapped and swapped(pattern):
            hint = "; the pattern is the first argument: regex(pattern, example)"
    raise InvalidExpectation(
        f"the example '{text}' does not match its own regular expression "
        f"'{pattern}'{hint}"
    )


@refuse_former(former_names.EACH_LIKE_ARGUMENTS)
def each_like(
    example: Json,
    min: int | None = None,
    *,
    max: int | None = None,
    examples: int | None = None,
) -> Matcher:
    """Match an array of `min` to `max` items that each match `example`.

    `min` is 1 by default, or 0 if only `max` is given. The example in the contract has
    `examples` items, by default `min`, at least one.
    """
    default = 1 if max is None else 0
    least = default if min is None else min
    copies = (least or 1) if examples is None else examples
    if least < 0 or (max is not None and max < least):
        raise InvalidExpectation(
            f"each_like(): min {least} and max {max} are not valid array lengths"
        )
    if copies < (least or 1) or (max is not None and copies > max):
        raise InvalidExpectation(
            f"each_like(): examples must be at least {least or 1}"
            f"{'' if max is None else f' and at most {max}'}, got {copies}"
        )
    lengths = {"min": least or None, "max": max}
    attributes = {name: value for name, value in lengths.items() if value is not None}
    rule = Rule("type", attributes)
    return make_matcher([example] * copies, rule, children=Children.SHARED)


def unordered(
    items: Sequence[Json], *, min: int | None = None, max: int | None = None
) -> Matcher:
    """Match an array with these items, each once, in any order.

    The items may be matchers. With `min` or `max` the array may have further items.
    Only pact-jvm knows this rule; other tools refuse it.
    """
    lengths = {"min": min, "max": max}
    attributes = {name: value for name, value in lengths.items() if value is not None}
    least, most = min or 0, len(items) if max is None else max
    if least < 0 or most < least or most < len(items):
        raise InvalidExpectation(
            f"unordered(): min {min} and max {max} are not valid for {len(items)} items"
        )
    return make_matcher(list(items), Rule("ignore-order", attributes))


def array_contains(*variants: Json) -> Matcher:
    """Match an array that contains an item for each variant.

    The items may be in any order, and there may be further items.
    """
    if not variants:
        raise InvalidExpectation("array_contains() needs at least one variant")
    return make_matcher(
        list(variants), Rule("arrayContains"), children=Children.VARIANTS
    )


def each_key(key: Matcher, example: Mapping[str, Json]) -> Matcher:
    """Match an object whose keys all match `key`; its values are not compared.

    Use `all_of(each_key(…), each_value(…))` to compare both, or `each_key_like` for
    values with a structure.
    """
    rules = _read_single_matcher(key, "each_key")
    for name in example:
        nodes.check_example(rules, name)
    return make_matcher(dict(example), _each_rule("eachKey", rules))


def each_value(value: Matcher, example: Mapping[str, Json] | Sequence[Json]) -> Matcher:
    """Match an object or array whose values all match `value`, under any keys.

    The example must not contain matchers; for values that do, use `each_key_like` or
    `each_like`.
    """
    rules = _read_single_matcher(value, "each_value")
    if nodes.has_matchers(example):
        raise InvalidExpectation(
            "each_value(): the example must contain plain values only, no matchers"
        )
    items: Iterable[Json] = (
        example.values() if isinstance(example, Mapping) else example
    )
    for item in items:
        nodes.check_example(rules, item)
    plain = dict(example) if isinstance(example, Mapping) else list(example)
    return make_matcher(plain, _each_rule("eachValue", rules))


def each_key_like(key: str | Matcher, value: Json) -> Matcher:
    """Match an object with any keys whose values all match `value`.

    `key` is an example key, or a matcher that all keys must match. `value` may contain
    matchers.
    """
    rules = [Rule("values")]
    if isinstance(key, Matcher):
        rules.insert(
            0, _each_rule("eachKey", _read_single_matcher(key, "each_key_like"))
        )
    name = nodes.unwrap_example(key)
    if not isinstance(name, str):
        raise InvalidExpectation(
            f"each_key_like(): a key must be a string, got {name!r}"
        )
    return make_matcher({name: value}, *rules, children=Children.SHARED)


def _each_rule(name: str, rules: RuleList) -> Rule:
    return Rule(name, {"rules": [write_rule(rule) for rule in rules.rules]})


def _read_single_matcher(value: Json, function: str) -> RuleList:
    if has_choices(value):
        raise nodes.make_choice_error(function)
    rules = split(value).rules
    if set(rules) != {"$"} or rules["$"].combine == "OR":
        raise InvalidExpectation(
            f"{function}() takes one matcher of a plain value, such as regex(…), "
            "integer() or like('text')"
        )
    return rules["$"]


def date(
    example: str | dt.date | None = None,
    format: str = "yyyy-MM-dd",
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a date in a Java format or a Python `strftime` format ("%d.%m.%Y")."""
    return _match_date_format("date", example, format, generator)


def time(
    example: str | dt.time | None = None,
    format: str = "HH:mm:ss",
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a time in a Java format or a Python `strftime` format ("%H:%M")."""
    return _match_date_format("time", example, format, generator)


def datetime(
    example: str | dt.datetime | None = None,
    format: str = "yyyy-MM-dd'T'HH:mm:ssXXX",
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a date and time in a Java format or a Python `strftime` format."""
    return _match_date_format("datetime", example, format, generator)


def _match_date_format(
    name: str, example: Json, format_: str, generator: AnyGenerator
) -> Matcher:
    nodes.refuse_choice(example, name)
    pattern = generate.format_pattern(format_)
    rule = Rule(name, {"format": pattern})
    example = generate.format_example(pattern, example)
    return make_matcher(example, rule, generator=generator)


def any_of(*matchers: Matcher) -> Matcher:
    """Match a value that at least one of the matchers accepts.

    The first matcher provides the example: `any_of(string("Ada"), null())` matches a
    string or null, and the example is "Ada".
    """
    parts = _split_matchers(matchers, "any_of")
    kinds = {isinstance(part.example, (dict, list)) for part in parts}
    if len(kinds) > 1:
        # 4.4: if the example is an array or object, a value of another type never
        # matches, whatever the rules are.
        raise InvalidExpectation(
            "any_of() cannot combine an array or object with a plain value; "
            "define one interaction for each case"
        )
    for part in parts:
        if len(part.rules["$"].rules) > 1 and part.rules["$"].combine == "AND":
            raise InvalidExpectation(
                "any_of(): each matcher must have exactly one rule"
            )
    _check_types(parts)
    rules: list[Rule] = []
    for part in parts:
        rules += [rule for rule in part.rules["$"].rules if rule not in rules]
    if len(rules) > 1 and has_variants(rules):
        raise InvalidExpectation(
            "any_of(): array_contains() cannot be combined with other matchers"
        )
    return _combine(matchers[0], parts[0], RuleList(tuple(rules), "OR"))


def _check_types(parts: list[Parts]) -> None:
    """Check that rules that compare with the example have the type of the first one."""
    first = parts[0].example
    for part in parts[1:]:
        is_by_type = any(
            find_kind(rule.name).compares_types for rule in part.rules["$"].rules
        )
        if is_by_type and not is_same_type(first, part.example):
            shown = dump_json(part.example)
            raise InvalidExpectation(
                "any_of(): a matcher by type, such as like() and string(), compares "
                f"with the example of the first matcher; put the one of {shown} first, "
                "or use a matcher of its own type, such as integer() or regex()"
            )


def all_of(*matchers: Matcher) -> Matcher:
    """Match a value that all of the matchers accept; the first provides the example."""
    parts = _split_matchers(matchers, "all_of")
    if any(part.rules["$"].combine == "OR" for part in parts):
        raise InvalidExpectation(
            "all_of() cannot take any_of(): "
            "a rule list is combined by AND or by OR, not both"
        )
    rules = parts[0].rules["$"]
    for part in parts[1:]:
        rules = join_rules(rules, part.rules["$"], "all_of()")
    return _combine(matchers[0], parts[0], rules)


def _split_matchers(matchers: tuple[Json, ...], function: str) -> list[Parts]:
    if not matchers:
        raise InvalidExpectation(f"{function}() needs at least one matcher")
    if any(map(has_choices, matchers)):
        raise nodes.make_choice_error(function)
    parts = [split(matcher) for matcher in matchers]
    for given, part in zip(matchers, parts, strict=True):
        if "$" not in part.rules:
            raise InvalidExpectation(
                f"{function}() takes matchers, got {given!r}; for a fixed value use "
                "equal_to(…)"
            )
    if any(set(part.rules) != {"$"} for part in parts[1:]):
        raise InvalidExpectation(
            f"{function}(): only the first matcher may contain other matchers"
        )
    return parts


def _combine(first: Json, part: Parts, rules: RuleList) -> Matcher:
    value, children = _unwrap_matcher(first)
    nodes.check_example(rules, part.example)
    generator = part.generators.get("$")
    return Matcher(value, rules.rules, rules.combine, generator, children)


def _unwrap_matcher(value: Json) -> tuple[Json, Children]:
    """Return the value inside nested matchers, and how its children are addressed."""
    children = Children.OWN
    while isinstance(value, (Matcher, generate.GeneratedValue)):
        if isinstance(value, generate.GeneratedValue):
            value = value.example
        else:
            value, children = value.value, value.children
    return value, children
