"""Suggest the cause of mismatches: at most one hint, and only if the cause is certain.

Source: docs/internals/verification.md, "Principles".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from pypact.explain.mismatches import add_article, format_json_value
from pypact.masking import mask_header
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind, name_json_type
from pypact.rules.scalars import is_same_type, to_string


def find_hint(
    mismatches: Sequence[Mismatch], *, is_response: bool = False
) -> str | None:
    """Return a hint at the cause of the mismatches; None if no cause is certain.

    With `is_response`, the mismatches are those of a response of a provider.
    """
    for look in _RESPONSE_HINTS if is_response else _HINTS:
        for hint in look(mismatches):
            return hint
    return None


def _hint_at_path_form(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    for one in mismatches:
        if one.kind != MismatchKind.PATH or one.rule is not None:
            continue
        expected, actual = str(one.expected), str(one.actual)
        for words, same_form in _PATH_FORMS:
            if same_form(expected) == same_form(actual):
                yield f"the paths differ only in {words}"


def _hint_at_type(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    for one in mismatches:
        if one.kind != MismatchKind.BODY or one.rule is not None:
            continue
        if _differs_only_in_type(one.expected, one.actual):
            expected, actual = (
                name_json_type(value).lower() for value in (one.expected, one.actual)
            )
            yield (
                f"{one.path} differs only in its type, {expected} and {actual}; "
                f"match.like({format_json_value(one.actual)}) accepts any {actual}"
            )


def _hint_at_response_type(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    """Yield what to change in the provider and in the contract for another type."""
    for one in mismatches:
        rule = None if one.rule is None else one.rule.name
        values = (one.expected, one.actual)
        is_missing = one.actual is None and "missing" in one.problem
        if one.kind != MismatchKind.BODY or rule not in _TYPE_RULES or is_missing:
            continue
        if any(isinstance(value, (tuple, bytes)) for value in values):
            continue
        if one.expected is None or is_same_type(*values):
            continue
        expected, actual = (name_json_type(value).lower() for value in values)
        only = "only " if _differs_only_in_type(*values) else ""
        if one.actual is None:
            contract = "match.one_of(…, None) accepts null too"
        elif isinstance(one.actual, (dict, list)):
            contract = f"declare the {actual}"
        else:
            shown = format_json_value(one.actual)
            contract = f"match.like({shown}) accepts any {actual}"
        yield (
            f"{one.path} differs {only}in its type, {expected} and {actual}: return "
            f"{add_article(expected)} in the provider; or, in the contract, {contract}"
        )


_TYPE_RULES = (None, "type", "integer", "number", "decimal", "boolean")


def _differs_only_in_type(expected: Json, actual: Json) -> bool:
    if any(isinstance(one, (dict, list, tuple, bytes)) for one in (expected, actual)):
        return False
    return not is_same_type(expected, actual) and to_string(expected) == to_string(
        actual
    )


def _hint_at_content_type(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    for one in mismatches:
        if one.kind == MismatchKind.HEADER and one.path.lower() == "content-type":
            expected, actual = (
                str(value or "").partition(";")[0].strip().lower()
                for value in (one.expected, one.actual)
            )
            if expected == actual and one.rule is None:
                yield f"{one.path} differs only in its parameters or in case"


def _hint_at_values(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    """Yield a hint if only values of query parameters and headers differ."""
    for one in mismatches:
        plain = one.rule is None and isinstance(one.expected, str)
        if one.kind not in _ARGUMENTS or not plain or not isinstance(one.actual, str):
            return
    if mismatches:
        first = mismatches[0]
        names = list(dict.fromkeys(f"'{one.path}'" for one in mismatches))
        verb = "differs" if len(names) == 1 else "differ"
        value = str(first.expected)
        if first.kind == MismatchKind.HEADER:
            value = mask_header(first.path, value)
        example = f'{{"{first.path}": match.like({format_json_value(value)})}}'
        yield (
            f"only {' and '.join(names)} {verb}; "
            f"{_ARGUMENTS[first.kind]}={example} accepts any value"
        )


_ARGUMENTS = {MismatchKind.QUERY: "query", MismatchKind.HEADER: "headers"}
_PATH_FORMS: list[tuple[str, Callable[[str], str]]] = [
    ("their trailing slash", lambda path: path.rstrip("/")),
    ("upper and lower case", str.lower),
    ("their percent-encoding", unquote),
]
_HINTS = (_hint_at_path_form, _hint_at_type, _hint_at_content_type, _hint_at_values)
_RESPONSE_HINTS = (_hint_at_response_type, _hint_at_content_type, _hint_at_values)
