"""Find certain hints about responses with a wrong status or without a body.

There is at most one hint per response, and none that might be wrong.

Source: docs/internals/verification.md, "Certain hints".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pypact._lazy import compile_later
from pypact.explain.mismatches import truncate
from pypact.masking import is_secret_name
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.mismatches import MismatchKind
from pypact.targets import ProviderResponse
from pypact.verifier.results import InteractionResult


class _Exchange(NamedTuple):
    actual: int
    request: Request
    response: ProviderResponse
    result: InteractionResult


def find_certain_hint(result: InteractionResult) -> str | None:
    """Return the first certain hint about a failed interaction, or None."""
    response, request = result.answer, result.request
    if not isinstance(result.case.interaction, HttpInteraction) or request is None:
        return None
    if response is None or response.status is None:
        return None
    exchange = _Exchange(response.status, request, response, result)
    wrong_status = any(one.kind == MismatchKind.STATUS for one in result.mismatches)
    hints = _STATUS_HINTS if wrong_status else [_hint_empty_body, _hint_no_route]
    return next((hint for find_hints in hints for hint in find_hints(exchange)), None)


def _hint_redirect(exchange: _Exchange) -> Iterator[str]:
    place = _find_header(exchange.response, "location")
    if exchange.actual in (301, 302, 303, 307, 308) and place is not None:
        target = urlsplit(place)
        path, there = exchange.request.path, target.path
        own = urlsplit(exchange.result.base_url).netloc
        host = exchange.request.headers.first("host")
        if target.netloc not in ("", host, own, "localhost", "testserver"):
            yield f"the response is a redirect to another host, {truncate(place)}"
            return
        slash = there != path and there.rstrip("/") == path.rstrip("/")
        what = "; only the trailing slash differs" if slash else ""
        yield (
            f"the response is a redirect to {truncate(place)}{what}; "
            "redirects are followed only with follow_redirects=True"
        )


def _hint_host(exchange: _Exchange) -> Iterator[str]:
    output = " ".join((*exchange.result.log, exchange.result.raised or ""))
    refused = _REFUSED_HOST.search(output)
    if exchange.actual == 400 and refused is not None:
        yield (
            f"Django rejects the host '{refused[1]}': add it to ALLOWED_HOSTS, or "
            "choose another one with host="
        )


def _hint_csrf(exchange: _Exchange) -> Iterator[str]:
    body = exchange.response.body.decode("utf-8", "replace")
    output = " ".join((*exchange.result.log, body[:_SEARCHED_CHARACTERS]))
    if exchange.actual == 403 and "CSRF" in output:
        yield "the provider's CSRF check rejected the request, not a permission check"


def _hint_credentials(exchange: _Exchange) -> Iterator[str]:
    if exchange.actual not in (401, 403):
        return
    sent = exchange.request.headers
    names = [name for name, _ in sent.lines() if is_secret_name(name)]
    interaction = exchange.result.case.interaction
    if not names or not isinstance(interaction, HttpInteraction):
        return
    contract = interaction.request.headers
    if all(contract.first(name) == sent.first(name) for name in names):
        yield (
            f"{' and '.join(dict.fromkeys(names))} was sent with the example value of "
            "the contract; set a valid one with @verifier.request_filter (--header)"
        )


def _hint_not_found(exchange: _Exchange) -> Iterator[str]:
    routing = exchange.result.routing
    if exchange.actual != 404 or routing is None:
        return
    if routing.route is not None:
        if not routing.accepts_method:
            method = exchange.request.method
            yield f"there is a route for the path, but it does not accept {method}"
        elif routing.is_exact:
            yield (
                "there is a route for the path, so the requested data is missing, not "
                "the route"
            )
    else:
        yield from _hint_no_route(exchange)


def _hint_no_route(exchange: _Exchange) -> Iterator[str]:
    routing = exchange.result.routing
    if exchange.actual != 404 or routing is None or routing.route is not None:
        return
    if routing.near:
        nearest = truncate(", ".join(routing.near))
        yield f"no route matches the path; the nearest: {nearest}"
    else:
        yield "no route matches the path, nor a similar one"


def _hint_method(exchange: _Exchange) -> Iterator[str]:
    if exchange.actual == 405:
        allowed = _find_header(exchange.response, "allow")
        only = f", only {allowed}" if allowed else ""
        method = exchange.request.method
        yield f"there is a route for the path, but not for {method}{only}"


def _hint_content_type(exchange: _Exchange) -> Iterator[str]:
    if exchange.actual == 415 and exchange.request.body.is_present:
        sent = exchange.request.headers.first("content-type")
        what = f"Content-Type {sent!r}" if sent else "a body without Content-Type"
        yield f"the provider does not accept {what}, which the contract's request has"


def _hint_validation(exchange: _Exchange) -> Iterator[str]:
    detail = _read_member(exchange.response, "detail")
    if exchange.actual == 422 and isinstance(detail, list) and detail:
        problems = [
            f"{'.'.join(map(str, one.get('loc', ())))}: {one['msg']}"
            for one in detail
            if isinstance(one, dict) and "msg" in one
        ]
        text = "; ".join(problems) if problems else dump_json(detail)
        yield f"the provider rejected the contract's request: {truncate(text)}"


def _hint_empty_body(exchange: _Exchange) -> Iterator[str]:
    interaction = exchange.result.case.interaction
    kinds = {one.kind for one in exchange.result.mismatches}
    if (
        isinstance(interaction, HttpInteraction)
        and interaction.response.body.is_present
        and not exchange.response.body
        and not kinds.isdisjoint((MismatchKind.BODY, MismatchKind.BODY_TYPE))
    ):
        yield "the response has no body at all"


def _find_header(response: ProviderResponse, name: str) -> str | None:
    return next((value for key, value in response.headers if key.lower() == name), None)


def _read_member(response: ProviderResponse, name: str) -> Json:
    try:
        data = parse_json(response.body)
    except (ValueError, RecursionError):
        return None
    return data.get(name) if isinstance(data, dict) else None


_SEARCHED_CHARACTERS = 5_000
_REFUSED_HOST = compile_later(r"Invalid HTTP_HOST header: '([^']+)'")

_STATUS_HINTS = [
    _hint_redirect,
    _hint_host,
    _hint_csrf,
    _hint_credentials,
    _hint_not_found,
    _hint_method,
    _hint_content_type,
    _hint_validation,
]
