"""Advise what to change in the client or in the contract, so that a request matches.

Each mismatch gives one piece of advice for either side; its values are already without
secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pypact.explain.mismatches import (
    HiddenValue,
    describe_place,
    describe_rule,
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
    example = _write_example(mismatch, mismatch.expected)
    value = format_json_value(_join(mismatch.expected))
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
    expected, actual = (str(one) for one in (mismatch.expected, mismatch.actual))
    return Advice(
        f"send the body as {_find_words(expected, _TYPES_SENT)}",
        f"declare {_find_words(actual, _TYPES_DECLARED)}",
    )


def _find_words(content_type: str, table: dict[str, str]) -> str:
    found = (words for part, words in table.items() if part in content_type)
    return next(found, f"a body with the content type {content_type}")


def _advise_on_body(mismatch: Mismatch) -> Advice:
    expected, actual = mismatch.expected, mismatch.actual
    place = describe_place(mismatch)
    if "a Map with keys" in mismatch.problem:
        return _advise_on_keys(place, expected, actual)
    if actual is None or any(isinstance(one, _UNSHOWN) for one in (expected, actual)):
        return _advise_generally(mismatch)
    accepted = "an example" if isinstance(actual, HiddenValue) else actual
    type_name = _name_type(actual)
    if mismatch.rule is not None and mismatch.rule.name != "type":
        return Advice(
            f"send a value at {place} that passes {_quote_rule(mismatch)}",
            f"change the rule there, as to match.like({format_json_value(accepted)})",
        )
    is_same_type = type_name == _name_type(expected)
    what = format_json_value(expected) if is_same_type else _add_article(expected)
    return Advice(
        f"send {what} at {place}",
        f"match.like({format_json_value(accepted)}) there accepts any {type_name}",
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
        f"send the {place} as it is declared",
        f"declare the {place} as the client sends it",
    )


def _quote_rule(mismatch: Mismatch) -> str:
    return f"the rule `{describe_rule(mismatch.rule)}`"


def _name_type(value: Json) -> str:
    if isinstance(value, HiddenValue):
        return value.type_name
    return name_json_type(value).lower()


def _add_article(value: Json) -> str:
    name = _name_type(value)
    if name == "null":
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


_UNSHOWN = (bytes, dict, list, tuple)
_MOST_ADVICE = 3
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
