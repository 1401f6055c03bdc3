"""Advise what to change in the client or in the contract, so that a request matches.

Each mismatch gives one piece of advice for either side; its values are already without
secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pypact._lazy import compile_later
from pypact.explain.mismatches import (
    HiddenValue,
    add_article,
    describe_place,
    describe_rule,
    format_count,
    format_json_value,
    is_missing,
    is_unexpected,
)
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind, name_json_type


class Advice(NamedTuple):
    """What to change in the client; or else in the contract, if that is wrong."""

    client: str
    contract: str


def find_advice(mismatches: Sequence[Mismatch], base_url: str = "") -> Advice | None:
    """Return the advice for the first mismatches; None if there are none.

    `base_url` is the part of the URL before the path.
    """
    found = list(islice(_advise(mismatches, base_url), _MOST_ADVICE))
    if not found:
        return None
    return Advice(
        "; ".join(dict.fromkeys(one.client for one in found)),
        "; ".join(dict.fromkeys(one.contract for one in found)),
    )


def _advise(mismatches: Sequence[Mismatch], base_url: str) -> Iterator[Advice]:
    renamed = _find_renamed(mismatches)
    if renamed:
        expected, actual = (repr(one.path) for one in renamed)
        yield Advice(
            f"rename the query parameter {actual} to {expected}",
            f"rename {expected} to {actual} in query=",
        )
    # A wrong content type implies the mismatches of the header and of the body.
    is_other_type = any(one.kind == MismatchKind.BODY_TYPE for one in mismatches)
    for mismatch in mismatches:
        is_implied = mismatch.path.lower() == "content-type" or (
            mismatch.kind == MismatchKind.BODY
        )
        if mismatch.kind == MismatchKind.PATH:
            yield _advise_on_path(mismatch, base_url)
        elif mismatch not in renamed and not (is_other_type and is_implied):
            yield _ADVISORS.get(mismatch.kind, _advise_generally)(mismatch)


def _find_renamed(mismatches: Iterable[Mismatch]) -> Sequence[Mismatch]:
    """Return a missing and an unexpected parameter, if there is just one of each."""
    queries = [one for one in mismatches if one.kind == MismatchKind.QUERY]
    missing = [one for one in queries if is_missing(one)]
    unexpected = [one for one in queries if is_unexpected(one)]
    is_pair = len(missing) == len(unexpected) == 1
    return [*missing, *unexpected] if is_pair else ()


def _advise_on_method(mismatch: Mismatch) -> Advice:
    return Advice(
        f"send {mismatch.expected}",
        f'with_request("{mismatch.actual}", …)',
    )


def _advise_on_path(mismatch: Mismatch, base_url: str) -> Advice:
    rule = "" if mismatch.rule is None else f", which passes {_quote_rule(mismatch)}"
    return Advice(
        f"request {base_url}{mismatch.expected}{rule}",
        f'with_request(path="{mismatch.actual}"), or define a further interaction',
    )


def _advise_on_value(mismatch: Mismatch) -> Advice:
    """Advise on a query parameter or a header."""
    argument, noun = _ARGUMENTS[mismatch.kind]
    name = f"the {noun} {mismatch.path!r}" if mismatch.path else f"the {noun}"
    if is_missing(mismatch):
        value = format_json_value(_join(mismatch.expected))
        return Advice(f"send {name}: {value}", f"remove {name} from {argument}=")
    if is_unexpected(mismatch):
        example = _write_example(mismatch, mismatch.actual)
        return Advice(f"do not send {name}", f"declare it: {argument}={example}")
    if isinstance(mismatch.expected, (list, tuple)):
        return Advice(
            f"send {name} with the values {format_json_value(mismatch.expected)}",
            f'{argument}={{"{mismatch.path}": {format_json_value(mismatch.actual)}}}',
        )
    example = _write_example(mismatch, mismatch.expected)
    value = format_json_value(mismatch.expected)
    if mismatch.rule is not None:
        return Advice(
            f"send a value of {name} that passes {_quote_rule(mismatch)}, as {value}",
            f"{argument}={example} accepts any value",
        )
    return Advice(
        f"send {name} with the value {value}",
        f"{argument}={example} accepts any value",
    )


def _write_example(mismatch: Mismatch, value: Json) -> str:
    shown = "an example" if isinstance(value, HiddenValue) else _join(value)
    return f'{{"{mismatch.path}": match.like({format_json_value(shown)})}}'


def _join(value: Json) -> Json:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _advise_on_type(mismatch: Mismatch) -> Advice:
    """Advise on the content type of the body."""
    expected, actual = str(mismatch.expected), str(mismatch.actual)
    kind, other = _find_kind(expected), _find_kind(actual)
    if kind == other:
        return Advice(
            f"send the header Content-Type: {expected}",
            f'headers={{"Content-Type": "{actual}"}}',
        )
    sent = _TYPES_SENT.get(kind, f"a body with the content type {expected}")
    declared = _TYPES_DECLARED.get(other, f"a body with the content type {actual}")
    return Advice(f"send the body as {sent}", f"declare {declared}")


def _find_kind(content_type: str) -> str:
    """Return the part of the content type that the tables below contain, or ""."""
    return next((part for part in _TYPES_DECLARED if part in content_type), "")


def _advise_on_body(mismatch: Mismatch) -> Advice:
    expected, actual = mismatch.expected, mismatch.actual
    place = describe_place(mismatch)
    if mismatch.path == "/" and not actual:
        return Advice("send a body", "remove body=")
    if "a Map with keys" in mismatch.problem:
        return _advise_on_keys(place, expected, actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return _advise_on_length(mismatch, len(expected))
    if found := _CHILD.fullmatch(mismatch.message):
        name = found["name"]
        if found["expected"]:
            return Advice(f"send {name} at {place}", f"remove {name} from body=")
        return Advice(f"do not send {name} at {place}", f"add {name} to body=")
    if actual is None and "missing" in mismatch.problem:
        return Advice(f"send {_show(expected)} at {place}", "remove it from body=")
    if expected is None and mismatch.problem.startswith("Unexpected"):
        return Advice(f"do not send {place}", f"add {place} to body=")
    if any(isinstance(one, bytes) for one in (expected, actual)):
        return _advise_generally(mismatch)
    if mismatch.path == "$" and isinstance(expected, str):
        return Advice(f"send {_show(expected)}", f"body={_show(actual)}")
    if actual is None or isinstance(actual, (dict, list)):
        what = "null" if actual is None else f"the {_name_type(actual)}"
        return Advice(
            f"send {_add_article(expected)} at {place}", f"declare {what} there"
        )
    accepted = "an example" if isinstance(actual, HiddenValue) else actual
    type_name = _name_type(actual)
    if mismatch.rule is not None and mismatch.rule.name != "type":
        return Advice(
            f"send a value at {place} that passes {_quote_rule(mismatch)}",
            f"change the rule there, as to match.like({format_json_value(accepted)})",
        )
    is_same_type = type_name == _name_type(expected)
    what = _show(expected) if is_same_type else _add_article(expected)
    return Advice(
        f"send {what} at {place}",
        f"match.like({format_json_value(accepted)}) there accepts any {type_name}",
    )


def _show(value: Json) -> str:
    is_container = isinstance(value, (dict, list))
    return _add_article(value) if is_container else format_json_value(value)


def _advise_on_length(mismatch: Mismatch, expected: int) -> Advice:
    place = describe_place(mismatch)
    if mismatch.rule is not None:
        return Advice(
            f"send a list at {place} that passes {_quote_rule(mismatch)}",
            "change the rule there",
        )
    return Advice(
        f"send {format_count(expected, 'item')} at {place}",
        "match.each_like(…) there accepts any number",
    )


def _advise_on_keys(place: str, expected: list[str], actual: list[str]) -> Advice:
    more = ", ".join(repr(key) for key in actual if key not in expected)
    less = ", ".join(repr(key) for key in expected if key not in actual)
    client = [f"send {less}"] if less else []
    client += [f"do not send {more}"] if more else []
    contract = [f"remove {less} from body="] if less else []
    contract += [f"add {more} to body="] if more else []
    return Advice(f"{' and '.join(client)} at {place}", " and ".join(contract))


def _advise_generally(mismatch: Mismatch) -> Advice:
    place = describe_place(mismatch)
    return Advice(
        f"send the {place} that is declared",
        f"declare the {place} that the client sends",
    )


def _quote_rule(mismatch: Mismatch) -> str:
    return f"the rule `{describe_rule(mismatch.rule)}`"


def _name_type(value: Json) -> str:
    if isinstance(value, HiddenValue):
        return value.type_name
    return name_json_type(value).lower()


def _add_article(value: Json) -> str:
    name = _name_type(value)
    return name if name == "null" else add_article(name)


_MOST_ADVICE = 3
# The problem of an XML element.
_CHILD = compile_later(r"(Unexpected|(?P<expected>Expected)) child (?P<name><\S+>).*")
_ARGUMENTS = {
    MismatchKind.QUERY: ("query", "query parameter"),
    MismatchKind.HEADER: ("headers", "header"),
}
_TYPES_SENT = {
    "json": "JSON (json=… in requests, httpx, aiohttp; not data=…)",
    "x-www-form-urlencoded": "a form (data=… in requests, httpx, aiohttp; not json=…)",
}
_TYPES_DECLARED = {
    "json": "a JSON body: body={…}",
    "x-www-form-urlencoded": "a form: body=pypact.bodies.form({…})",
    "multipart": "a multipart body: body=pypact.bodies.multipart(…)",
    "xml": "an XML body: body=pypact.bodies.xml(…)",
}
_ADVISORS: dict[str, Callable[[Mismatch], Advice]] = {
    MismatchKind.METHOD: _advise_on_method,
    MismatchKind.QUERY: _advise_on_value,
    MismatchKind.HEADER: _advise_on_value,
    MismatchKind.BODY_TYPE: _advise_on_type,
    MismatchKind.BODY: _advise_on_body,
}
