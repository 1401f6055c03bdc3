"""How do a request and a response stand in a file?

Source: semantics section 1.3, "HTTP interaction".
"""

from __future__ import annotations

from decimal import Decimal

from pypact.errors import InvalidPact
from pypact.formats.checks import described, optional_object, rest, text_of
from pypact.formats.form import Form, Members
from pypact.formats.generators import read_generators
from pypact.formats.headers import read_headers
from pypact.formats.losses import Losses
from pypact.formats.matching_rules import read_rules
from pypact.model.body import MISSING, Body, BodyState
from pypact.model.headers import Headers
from pypact.model.http import Request, Response
from pypact.model.json_text import Json
from pypact.model.rules import MatchingRules

__all__ = ["read_request", "read_response", "write_request", "write_response"]


def read_request(data: Members, form: Form, place: str) -> Request:
    """Read a request; what is absent has its default.

    Raises: InvalidPact.
    """
    headers = read_headers(optional_object(data, "headers", place))
    method, path = data.get("method"), data.get("path")
    return Request(
        method="GET" if method is None else text_of(method).upper(),
        path="/" if path is None else text_of(path),
        query=form.read_query(data.get("query"), f"{place}.query"),
        headers=headers,
        body=_body(data, headers, form, place),
        rules=_rules(data, "requestMatchingRules", place),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
        unknown=rest(data, _REQUEST),
    )


def read_response(data: Members, form: Form, place: str) -> Response:
    """Read a response; what is absent has its default.

    Raises: InvalidPact.
    """
    headers = read_headers(optional_object(data, "headers", place))
    return Response(
        status=_status(data.get("status"), f"{place}.status"),
        headers=headers,
        body=_body(data, headers, form, place),
        rules=_rules(data, "responseMatchingRules", place),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
        unknown=rest(data, _RESPONSE),
    )


def write_request(request: Request, form: Form, losses: Losses) -> Members:
    """Write a request; parts that are empty are left out."""
    written: Members = {"method": request.method.upper(), "path": request.path}
    if len(request.query) or request.query.text:
        written["query"] = form.write_query(request.query, losses)
    return _with_parts(written, request, form, losses)


def write_response(response: Response, form: Form, losses: Losses) -> Members:
    """Write a response; parts that are empty are left out."""
    return _with_parts({"status": response.status}, response, form, losses)


def _with_parts(
    written: Members, part: Request | Response, form: Form, losses: Losses
) -> Members:
    if len(part.headers):
        written["headers"] = form.write_headers(part.headers, losses)
    if part.body.state is not BodyState.MISSING:
        declared = part.headers.first("content-type")
        written["body"] = form.write_body(part.body, declared, losses)
    if rules := part.rules and form.write_rules(part.rules, losses):
        written["matchingRules"] = rules
    if made := part.generators and form.write_generators(part.generators, losses):
        written["generators"] = made
    return {**part.unknown, **written} if losses.keeps_unknown else written


def _body(data: Members, headers: Headers, form: Form, place: str) -> Body:
    if "body" not in data:
        return MISSING
    declared = headers.first("content-type")
    return form.read_body(data["body"], declared, f"{place}.body")


def _rules(data: Members, synonym: str, place: str) -> MatchingRules:
    name = "matchingRules" if "matchingRules" in data else synonym
    return read_rules(data.get(name), f"{place}.{name}")


def _status(data: Json, place: str) -> int:
    if data is None:
        return 200
    if isinstance(data, Decimal) and data == data.to_integral_value():
        return int(data)  # some JSON libraries write every number with a point
    if isinstance(data, int) and not isinstance(data, bool):
        return data
    raise InvalidPact(place, read=described(data), wanted="a whole number")


_PARTS = {"headers", "body", "matchingRules", "generators"}
_REQUEST = _PARTS | {"method", "path", "query", "requestMatchingRules"}
_RESPONSE = _PARTS | {"status", "responseMatchingRules"}
