"""What can be said for certain of an answer with the wrong status?

At most one hint for an answer, and none where it might be wrong.

Source: verification.md, section 7, "Hints we can be sure of".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pypact.explain.values import cut
from pypact.masking import is_secret
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json, compact, parse
from pypact.model.mismatches import Kind
from pypact.targets import Answer
from pypact.verifier.results import InteractionResult

__all__ = ["certain_hint"]


class _Exchange(NamedTuple):
    wanted: int | None
    got: int
    request: Request
    answer: Answer
    result: InteractionResult


def certain_hint(result: InteractionResult) -> str | None:
    """Find the first hint that is sure, if there is one."""
    interaction, answer, request = (
        result.case.interaction,
        result.answer,
        result.request,
    )
    if not isinstance(interaction, HttpInteraction) or request is None:
        return None
    if answer is None or answer.status is None:
        return None
    wanted = interaction.response.status
    exchange = _Exchange(wanted, answer.status, request, answer, result)
    for look in _HINTS if _has_wrong_status(result) else _HINTS_OF_BODIES:
        for hint in look(exchange):
            return hint
    return None


def _has_wrong_status(result: InteractionResult) -> bool:
    return any(one.kind == Kind.STATUS for one in result.mismatches)


def _redirect(exchange: _Exchange) -> Iterator[str]:
    place = _header(exchange.answer, "location")
    if exchange.got in (301, 302, 303, 307, 308) and place is not None:
        target = urlsplit(place)
        path, there = exchange.request.path, target.path
        if target.netloc and target.netloc not in _own_hosts(exchange):
            yield f"the answer is a redirect to another host, {cut(place)}"
            return
        slash = there != path and there.rstrip("/") == path.rstrip("/")
        what = "; only the slash at the end differs" if slash else ""
        yield (
            f"the answer is a redirect to {cut(place)}{what}; it is followed only with "
            "follow_redirects=True"
        )


def _own_hosts(exchange: _Exchange) -> tuple[str | None, ...]:
    own = urlsplit(exchange.result.base_url).netloc
    return exchange.request.headers.first("host"), own, "localhost", "testserver"


def _host(exchange: _Exchange) -> Iterator[str]:
    told = " ".join((*exchange.result.log, exchange.result.raised or ""))
    refused = _REFUSED_HOST.search(told)
    if exchange.got == 400 and refused is not None:
        yield (
            f"Django refuses the host '{refused[1]}': allow it in ALLOWED_HOSTS, or "
            "choose another with host="
        )


def _csrf(exchange: _Exchange) -> Iterator[str]:
    told = " ".join((*exchange.result.log, _text(exchange.answer)[:_FIRST]))
    if exchange.got == 403 and "CSRF" in told:
        yield "the provider's CSRF check refused the request, not its permissions"


def _credentials(exchange: _Exchange) -> Iterator[str]:
    if exchange.got not in (401, 403):
        return
    names = [name for name, _ in exchange.request.headers.lines() if is_secret(name)]
    interaction = exchange.result.case.interaction
    if not names or not isinstance(interaction, HttpInteraction):
        return
    contract, sent = interaction.request.headers, exchange.request.headers
    if all(contract.first(name) == sent.first(name) for name in names):
        yield (
            f"{' and '.join(dict.fromkeys(names))} was sent as the contract's example "
            "has it; @verifier.request_filter (--header) can put a valid one in its "
            "place"
        )


def _not_found(exchange: _Exchange) -> Iterator[str]:
    routing = exchange.result.routing
    if exchange.got != 404 or routing is None:
        return
    if routing.route is not None:
        if not routing.takes_method:
            method = exchange.request.method
            yield f"there is a route for the path, but no view of it takes {method}"
        elif routing.is_whole:
            yield (
                "there is a route for the path, so what it asks for is missing, not "
                "the route"
            )
    elif routing.near:
        yield f"no route is for the path; the nearest: {cut(', '.join(routing.near))}"
    else:
        yield "no route is for the path, nor for one like it"


def _method(exchange: _Exchange) -> Iterator[str]:
    if exchange.got == 405:
        allowed = _header(exchange.answer, "allow")
        only = f", only {allowed}" if allowed else ""
        method = exchange.request.method
        yield f"there is a route for the path, but not for {method}{only}"


def _content_type(exchange: _Exchange) -> Iterator[str]:
    if exchange.got == 415 and exchange.request.body.is_present:
        sent = exchange.request.headers.first("content-type")
        what = f"Content-Type {sent!r}" if sent else "a body without Content-Type"
        yield f"the provider does not take {what}, which the contract's request has"


def _validation(exchange: _Exchange) -> Iterator[str]:
    detail = _member(exchange.answer, "detail")
    if exchange.got == 422 and isinstance(detail, list) and detail:
        said = [
            f"{'.'.join(map(str, one.get('loc', ())))}: {one['msg']}"
            for one in detail
            if isinstance(one, dict) and "msg" in one
        ]
        text = "; ".join(said) if said else compact(detail)
        yield f"the provider refused the contract's request: {cut(text)}"


def _empty(exchange: _Exchange) -> Iterator[str]:
    interaction = exchange.result.case.interaction
    if (
        isinstance(interaction, HttpInteraction)
        and interaction.response.body.is_present
        and not exchange.answer.body
        and any(
            one.kind in (Kind.BODY, Kind.BODY_TYPE)
            for one in exchange.result.mismatches
        )
    ):
        yield "the answer has no body at all"


def _header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers if key.lower() == name), None)


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def _member(answer: Answer, name: str) -> Json:
    try:
        data = parse(answer.body)
    except (ValueError, RecursionError):
        return None
    return data.get(name) if isinstance(data, dict) else None


_FIRST = 5_000
_REFUSED_HOST = re.compile(r"Invalid HTTP_HOST header: '([^']+)'")

_HINTS_OF_BODIES: list[Callable[[_Exchange], Iterator[str]]] = [_empty]
_HINTS = [
    _redirect,
    _host,
    _csrf,
    _credentials,
    _not_found,
    _method,
    _content_type,
    _validation,
]
