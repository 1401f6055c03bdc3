"""Hide the secrets of a consumer's request in explanations of it.

What the contract declares is shown, because the contract contains it anyway. What the
consumer has sent is hidden if its name carries a secret.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

from pypact._dataclasses import replace
from pypact.explain.mismatches import HiddenValue
from pypact.masking import (
    HIDDEN,
    find_header_secrets,
    find_secret_names,
    find_secret_parameters,
    hide_value,
    is_secret_name,
    mask_header,
    mask_json,
    mask_query,
)
from pypact.model.body import decode_text, hide_secrets, is_handled_as_json
from pypact.model.http import Headers, Query, Request
from pypact.model.json import Json, parse_json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import parse_path

LARGEST_PARSED = 256 * 1024
"""The size in bytes up to which a body is parsed to find its secrets."""


def hide_request_secrets(request: Request) -> Request:
    """Return a request as it is shown: without secrets in query, headers and body."""
    headers = [
        (name, tuple(mask_header(name, value) for value in values))
        for name, values in request.headers.items()
    ]
    body = request.body
    if body.is_present and len(body.content) <= LARGEST_PARSED:
        content_type = request.content_type
        shown = hide_secrets(body.content, content_type)
        body = replace(body, content=shown, content_type=content_type)
    return replace(
        request,
        query=request.query.without_secrets(),
        headers=Headers(headers),
        body=body,
    )


def find_request_secrets(request: Request) -> frozenset[str]:
    """Collect the secrets in the headers, the query and a JSON or form body."""
    found = set(find_header_secrets(request.headers.lines()))
    found.update(_find_in_query(request.query, find_secret_parameters(request.query)))
    found.update(_find_in_body(request))
    return frozenset(found)


def find_undeclared_secrets(
    request: Request, declared: Iterable[Request]
) -> frozenset[str]:
    """Collect the secrets of a request that none of the declared requests shows."""
    shown = {secret for one in declared for secret in find_request_secrets(one)}
    others = find_request_secrets(request) - shown
    if len(others) * len(shown) > _MOST_PAIRS:
        return others
    return frozenset(
        secret for secret in others if not any(secret in one for one in shown)
    )


def find_error_secrets(error: BaseException) -> frozenset[str]:
    """Return the secrets of the requests that an error of pypact describes."""
    found: frozenset[str] = getattr(getattr(error, "message", None), "secrets", _NONE)
    return found


def hide_mismatch_secrets(
    mismatches: Sequence[Mismatch], request: Request
) -> list[Mismatch]:
    """Replace the secrets of a request in its mismatches by `HiddenValue`s."""
    parameters = find_secret_parameters(request.query)
    fields = _find_secret_fields(request)
    return [
        _hide_content(one, request)
        if one.kind == MismatchKind.BODY and one.path == _WHOLE_BODY
        else _hide_actual(one, parameters, fields)
        for one in mismatches
    ]


def _hide_content(mismatch: Mismatch, request: Request) -> Mismatch:
    """Hide the secrets of a whole body, which is the actual value of the mismatch."""
    if mismatch.actual is None:
        return mismatch
    content = request.body.content
    if len(content) > LARGEST_PARSED:
        return replace(mismatch, actual=HiddenValue(f"{len(content):,} bytes"))
    shown = hide_request_secrets(request).body.content
    return replace(mismatch, actual=decode_text(shown) or shown)


def _hide_actual(
    mismatch: Mismatch, parameters: frozenset[str], fields: frozenset[str]
) -> Mismatch:
    actual = mismatch.actual
    if actual is None or actual == mismatch.expected:
        return mismatch
    if mismatch.kind == MismatchKind.HEADER:
        if is_secret_name(mismatch.path):
            return replace(mismatch, actual=_hide_header(mismatch.path, actual))
    elif mismatch.kind == MismatchKind.QUERY:
        if mismatch.path in parameters:
            return replace(mismatch, actual=HiddenValue(HIDDEN))
        if not mismatch.path and isinstance(actual, str):
            return replace(mismatch, actual=mask_query(actual))
    elif mismatch.kind == MismatchKind.BODY:
        if not isinstance(actual, (bool, bytes)) and _is_in_secret(
            mismatch.path, fields
        ):
            is_list = isinstance(actual, (dict, list, tuple))
            hide = hide_value if is_list else functools.partial(HiddenValue, HIDDEN)
            return replace(mismatch, actual=_hide_deep(hide, actual))
        return replace(mismatch, actual=_hide_deep(mask_json, actual))
    return mismatch


def _hide_deep(hide: Callable[[Json], Json], value: Json) -> Json:
    """Hide the secrets of a value; all of it, if it is nested too deeply."""
    try:
        return hide(value)
    except RecursionError:
        return HiddenValue("…", value)


def _hide_header(name: str, value: Json) -> HiddenValue:
    values = value if isinstance(value, (list, tuple)) else [value]
    return HiddenValue(", ".join(mask_header(name, str(one)) for one in values))


def _is_in_secret(path: str, fields: frozenset[str]) -> bool:
    """Return whether a rule path of a body leads through a name that is secret."""
    names = [str(token).lstrip("@") for token in parse_path(path).tokens]
    known = find_secret_names(name.rpartition(":")[2] for name in names)
    return bool(known) or not fields.isdisjoint(names)


def _find_in_query(query: Query, secret: frozenset[str]) -> Iterator[str]:
    for name, values in query.items():
        if name in secret:
            yield from filter(None, values)


def _find_in_body(request: Request) -> Iterable[str]:
    value = _read_members(request)
    content = request.body.content
    if value is None and 0 < len(content) <= LARGEST_PARSED:
        shown = hide_secrets(content, request.content_type)
        return _find_replaced(
            content.decode("utf-8", "replace"), shown.decode("utf-8", "replace")
        )
    try:
        return list(_find_hidden(value, mask_json(value)))
    except RecursionError:
        return ()


def _find_secret_fields(request: Request) -> frozenset[str]:
    """Return the names in the body that carry secrets beside the other names there."""
    try:
        return frozenset(_iterate_secret_names(_read_members(request)))
    except RecursionError:
        return frozenset()


def _iterate_secret_names(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from find_secret_names(value)
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _iterate_secret_names(item)


def _read_members(request: Request) -> Json:
    """Return a JSON body, or the values of a form by name; None for other bodies."""
    content_type, content = request.content_type, request.body.content
    if not 0 < len(content) <= LARGEST_PARSED:
        return None
    if is_handled_as_json(content_type):
        try:
            return parse_json(content)
        except (ValueError, RecursionError):
            return None
    if content_type.essence == "application/x-www-form-urlencoded":
        form = Query.from_text(content.decode("utf-8", "replace"))
        return {name: list(values) for name, values in form.items()}
    return None


def _find_replaced(text: str, shown: str) -> Iterator[str]:
    """Yield what is replaced in `shown` by the mark of hidden values."""
    first, *rest = shown.split(HIDDEN)
    place = len(first)
    for index, piece in enumerate(rest, start=1):
        end = text.find(piece, place) if piece or index < len(rest) else len(text)
        yield text[place:end]
        place = end + len(piece)


def _find_hidden(value: Json, shown: Json) -> Iterator[str]:
    """Yield the strings of a JSON value that are hidden where it is shown."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _find_hidden(item, shown[name])
    elif isinstance(value, list):
        for item, other in zip(value, shown, strict=True):
            yield from _find_hidden(item, other)
    elif value != shown:
        yield str(value)


_NONE: frozenset[str] = frozenset()
_MOST_PAIRS = 1_000_000  # beyond that, parts of declared secrets are hidden, too
_WHOLE_BODY = "/"  # the path of mismatches of a body that is missing or not empty
