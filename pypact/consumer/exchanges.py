"""Which interaction does one recorded exchange make?

Credentials are never recorded: secret headers are left out; a secret parameter or
member has `[hidden]` in its place, and a rule that any text does. Headers that a client
or a server adds by itself are left out, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from pypact import match
from pypact.consumer.builder import InteractionBuilder
from pypact.masking import HIDDEN, is_secret
from pypact.model.headers import Headers
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json, parse
from pypact.model.query import Query, split_pairs
from pypact.model.versions import SpecificationVersion
from pypact.registry import Exchange

__all__ = ["Describe", "interactions_of"]

Describe: TypeAlias = Callable[[Exchange], str]
"""Gives the description of an exchange."""


def interactions_of(
    exchanges: Iterable[Exchange],
    specification: SpecificationVersion,
    *,
    given: str | Sequence[str],
    describe: Describe | None,
    infer: bool,
) -> list[HttpInteraction]:
    """Make the interactions of all exchanges that were answered, in their order.

    The same exchange twice is one; another answer to the same request is told apart
    by a number behind the description.
    """
    states = (given,) if isinstance(given, str) else tuple(given)
    found: list[HttpInteraction] = []
    count: Counter[str] = Counter()
    for exchange in exchanges:
        if exchange.response is None:
            continue
        description = (describe or _described)(exchange)
        interaction = _interaction(
            exchange.request,
            exchange.response,
            description,
            states,
            specification,
            infer=infer,
        )
        if any(_same(interaction, other) for other in found):
            continue
        count[description] += 1
        if count[description] > 1:
            numbered = f"{description} ({count[description]})"
            interaction = replace(interaction, description=numbered)
        found.append(replace(interaction, place=exchange.caller))
    return found


def _interaction(
    request: Request,
    response: Response,
    description: str,
    states: Sequence[str],
    specification: SpecificationVersion,
    *,
    infer: bool,
) -> HttpInteraction:
    builder = InteractionBuilder(specification).upon_receiving(description)
    for state in states:
        builder.given(state)
    builder.with_request(
        request.method,
        request.path,
        _query(request.query),
        _headers(request.headers, _OF_CLIENTS),
        _body(request, infer=False),
    )
    builder.will_respond_with(
        response.status,
        _headers(response.headers, _OF_SERVERS),
        _body(response, infer=infer),
    )
    return builder.to_interaction()


def _described(exchange: Exchange) -> str:
    names = ", ".join(exchange.request.query)
    asked = f" with {names}" if names else ""
    return f"{exchange.method} {exchange.path}{asked}"


def _same(one: HttpInteraction, other: HttpInteraction) -> bool:
    return (one.request, one.response) == (other.request, other.response)


def _query(query: Query) -> list[tuple[str, object]] | None:
    pairs: list[tuple[str, object]] = [
        (name, match.like(HIDDEN) if _is_secret(name) else value)
        for name, values in query.items()
        for value in values
    ]
    return pairs or None


def _headers(headers: Headers, left_out: re.Pattern[str]) -> list[tuple[str, str]]:
    return [
        (name, ", ".join(values))
        for name, values in headers.items()
        if not is_secret(name)
        and not left_out.fullmatch(name)
        and not (name.lower() == "accept" and values == ("*/*",))
    ]


def _body(message: Request | Response, *, infer: bool) -> object:
    content = message.body.content
    if not message.body.is_present:
        return None
    if message.content_type.is_form:
        return _form(content)
    if not message.content_type.is_json:
        return content
    try:
        value = parse(content)
    except ValueError:
        return content
    changed = _json(value, infer=infer)
    return content if changed == value or isinstance(changed, str) else changed


def _form(content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    pieces = text.split("&")
    if not any(_is_secret(name) for name, _ in split_pairs(text)):
        return content
    return "&".join(
        f"{piece.partition('=')[0]}={HIDDEN}"
        if any(_is_secret(name) for name, _ in split_pairs(piece))
        else piece
        for piece in pieces
    ).encode()


def _json(value: Json, *, infer: bool) -> object:
    if isinstance(value, dict):
        return {
            name: match.like(HIDDEN)
            if isinstance(item, str) and _is_secret(name)
            else _json(item, infer=infer)
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [_json(item, infer=infer) for item in value]
        if infer and value and len({_shape(item) for item in value}) == 1:
            return match.each_like(items[0], min=1)
        return items
    return _inferred(value) if infer else value


def _inferred(value: Json) -> object:
    if value is None:
        return value
    if isinstance(value, str):
        for pattern, make in _TEXTS:
            if pattern.fullmatch(value):
                try:
                    return make(value)
                except ValueError:  # it only looks like one, as 2024-99-99 does
                    break
    elif not isinstance(value, bool):
        return match.integer(value) if isinstance(value, int) else match.decimal(value)
    return match.like(value)


def _shape(value: Json) -> object:
    if isinstance(value, dict):
        return tuple(sorted((name, _shape(item)) for name, item in value.items()))
    if isinstance(value, list):
        return ("list", *sorted({repr(_shape(item)) for item in value}))
    return type(value).__name__


def _is_secret(name: str) -> bool:
    return is_secret(name) or _SECRET_NAMES.fullmatch(name) is not None


# Beside the names of `pypact.masking`: those of parameters and of members.
_SECRET_NAMES = re.compile(
    r"(?i)passw(or)?d|pwd|pin|auth|bearer|sig|signature|x-amz-(signature|credential)"
    r"|(api|access|private|signing)[_-]?key|key|credentials?|jwt|otp|client_assertion"
)

# Added by clients, by what carries the request, and by tracing.
_OF_CLIENTS = re.compile(
    r"(?i)host|user-agent|accept-encoding|accept-language|connection|keep-alive"
    r"|content-length|transfer-encoding|te|trailer|upgrade|expect|via|forwarded"
    r"|x-forwarded-.*|traceparent|tracestate|baggage|sentry-trace|b3|x-b3-.*|dnt"
    r"|amz-sdk-.*|x-amz-(date|content-sha256)|sec-.*|priority|pragma|date|origin|referer"
    r"|x-stainless-.*|cache-control"
)

# Added by servers, or another one each time.
_OF_SERVERS = re.compile(
    r"(?i)date|server|connection|keep-alive|content-length|transfer-encoding"
    r"|content-encoding|via|age|etag|last-modified|expires|vary|x-powered-by"
    r"|x-request-id|x-runtime|x-correlation-id|strict-transport-security|alt-svc|trailer"
    r"|set-cookie|x-frame-options|x-content-type-options|x-xss-protection|nel|report-to"
    r"|referrer-policy|content-security-policy|cross-origin-.*|permissions-policy|allow"
)

_TEXTS: list[tuple[re.Pattern[str], Callable[[str], object]]] = [
    (
        re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        match.uuid,
    ),
    (
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"),
        lambda text: match.datetime(text, "yyyy-MM-dd'T'HH:mm:ssXXX"),
    ),
    (
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
        lambda text: match.datetime(text, "yyyy-MM-dd'T'HH:mm:ss"),
    ),
    (
        re.compile(r"\d{4}-\d\d-\d\d"),
        lambda text: match.date(text, "yyyy-MM-dd"),
    ),
]
