"""Build interactions from recorded exchanges, and infer their matching rules.

Credentials are never recorded: secret headers are omitted; a secret parameter or member
is replaced with `[hidden]` and a rule that accepts any string. Headers that clients or
servers add automatically are omitted as well.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from pypact import match
from pypact._dataclasses import replace
from pypact._lazy import compile_later
from pypact.consumer.builders import InteractionBuilder
from pypact.errors import PactWarning
from pypact.masking import HIDDEN, find_secret_parameters, is_secret_name
from pypact.model.body import find_content_kind
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import HttpInteraction, SpecificationVersion
from pypact.model.json import Json, parse_json
from pypact.registry import Exchange

DescriptionFunction: TypeAlias = Callable[[Exchange], str]
"""A function that returns the description of a recorded exchange's interaction."""


def build_interactions(
    exchanges: Iterable[Exchange],
    specification: SpecificationVersion,
    *,
    given: str | Sequence[str],
    describe: DescriptionFunction | None,
    infer: bool,
) -> list[HttpInteraction]:
    """Build an interaction from each exchange that has a response, in their order.

    Equal exchanges give one interaction. Different interactions with the same
    description get a number after it.
    """
    states = (given,) if isinstance(given, str) else tuple(given)
    found: list[HttpInteraction] = []
    count: Counter[str] = Counter()
    for exchange in exchanges:
        if exchange.response is None:
            continue
        description = (describe or _describe)(exchange)
        builder = InteractionBuilder(specification).upon_receiving(description)
        for state in states:
            builder.given(state)
        request, response = exchange.request, exchange.response
        builder.with_request(
            request.method,
            request.path,
            _select_query(request.query),
            _select_headers(request.headers, _CLIENT_HEADERS),
            _build_body(request, infer=False),
        )
        builder.will_respond_with(
            response.status,
            _select_headers(response.headers, _SERVER_HEADERS),
            _build_body(response, infer=infer),
        )
        interaction = builder.to_interaction()
        pair = interaction.request, interaction.response
        if any(pair == (other.request, other.response) for other in found):
            continue
        count[description] += 1
        if count[description] > 1:
            numbered = f"{description} ({count[description]})"
            interaction = replace(interaction, description=numbered)
        found.append(replace(interaction, place=exchange.caller))
    return found


def _describe(exchange: Exchange) -> str:
    names = ", ".join(exchange.request.query)
    parameters = f" with {names}" if names else ""
    return f"{exchange.method} {exchange.path}{parameters}"


def _select_query(query: Query) -> list[tuple[str, object]] | None:
    secret = find_secret_parameters(query)
    pairs: list[tuple[str, object]] = [
        (name, match.like(HIDDEN) if name in secret else value)
        for name, values in query.items()
        for value in values
    ]
    return pairs or None


def _select_headers(
    headers: Headers, ignored: re.Pattern[str]
) -> list[tuple[str, str]]:
    return [
        (name, ", ".join(values))
        for name, values in headers.items()
        if not is_secret_name(name)
        and not ignored.fullmatch(name)
        and not (name.lower() == "accept" and values == ("*/*",))
    ]


def _build_body(message: Request | Response, *, infer: bool) -> object:
    content = message.body.content
    if not message.body.is_present:
        return None
    kind = find_content_kind(message.content_type)
    if kind.notation != "json":
        try:
            return kind.hide_secrets(content, find_secret_parameters)
        except ValueError as error:  # whether it has secrets is not known
            text = (
                f"a {kind.name} body is recorded as {HIDDEN}: cannot hide its secrets"
            )
            warnings.warn(PactWarning(f"{text}: {error}"), stacklevel=4)
            return HIDDEN.encode()
    try:
        value = parse_json(content)
    except ValueError:
        return content
    changed = _build_json(value, infer=infer)
    return content if changed == value or isinstance(changed, str) else changed


def _build_json(value: Json, *, infer: bool) -> object:
    if isinstance(value, dict):
        secret = find_secret_parameters(value)
        return {
            name: match.like(HIDDEN)
            if isinstance(item, str) and name in secret
            else _build_json(item, infer=infer)
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [_build_json(item, infer=infer) for item in value]
        if infer and value and len({_get_shape(item) for item in value}) == 1:
            return match.each_like(items[0], min=1)
        return items
    return infer_matcher(value) if infer else value


def infer_matcher(value: Json) -> object:
    """Return a matcher that accepts values like `value`."""
    if value is None:
        return value
    if isinstance(value, str):
        for pattern, make in _STRING_MATCHERS:
            if pattern.fullmatch(value):
                try:
                    return make(value)
                except ValueError:  # it only has the form of a date: 2024-99-99
                    break
    elif not isinstance(value, bool):
        return match.integer(value) if isinstance(value, int) else match.decimal(value)
    return match.like(value)


def _get_shape(value: Json) -> object:
    if isinstance(value, dict):
        return tuple(sorted((name, _get_shape(item)) for name, item in value.items()))
    if isinstance(value, list):
        return ("list", *sorted({repr(_get_shape(item)) for item in value}))
    return type(value).__name__


# Headers that are added by clients, proxies and tracing.
_CLIENT_HEADERS = compile_later(
    r"(?i)host|user-agent|accept-encoding|accept-language|connection|keep-alive"
    r"|content-length|transfer-encoding|te|trailer|upgrade|expect|via|forwarded"
    r"|x-forwarded-.*|traceparent|tracestate|baggage|sentry-trace|b3|x-b3-.*|dnt"
    r"|amz-sdk-.*|x-amz-(date|content-sha256)|sec-.*|priority|pragma|date|origin|referer"
    r"|x-stainless-.*|cache-control"
)

# Headers that are added by servers, or that differ with each response.
_SERVER_HEADERS = compile_later(
    r"(?i)date|server|connection|keep-alive|content-length|transfer-encoding"
    r"|content-encoding|via|age|etag|last-modified|expires|vary|x-powered-by"
    r"|x-request-id|x-runtime|x-correlation-id|strict-transport-security|alt-svc|trailer"
    r"|set-cookie|x-frame-options|x-content-type-options|x-xss-protection|nel|report-to"
    r"|referrer-policy|content-security-policy|cross-origin-.*|permissions-policy|allow"
)

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d"
_STRING_MATCHERS: list[tuple[re.Pattern[str], Callable[[str], object]]] = [
    (re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), match.uuid),
    (
        re.compile(rf"{_DATE}T{_TIME}(Z|[+-]\d\d:\d\d)"),
        lambda text: match.datetime(text, "yyyy-MM-dd'T'HH:mm:ssXXX"),
    ),
    (
        re.compile(f"{_DATE}T{_TIME}"),
        lambda text: match.datetime(text, "yyyy-MM-dd'T'HH:mm:ss"),
    ),
    (re.compile(_DATE), lambda text: match.date(text, "yyyy-MM-dd")),
]
