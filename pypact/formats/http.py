"""Read and write the requests and responses in pact files.

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
    """Read a request; absent members have their defaults.

    Raises: InvalidPact.
    """
    headers = read_headers(optional_object(data, "headers", place))
    method, path = data.get("method"), data.get("path")
    return Request(
        method="GET" if method is None else text_of(method).upper(),
        path="/" if path is None else text_of(path),
        query=form.read_query(data.get("query"), f"{place}.query"),
        headers=headers,
        body=_read_body(data, headers, form, place),
        rules=_read_message_rules(data, "requestMatchingRules", place),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
        unknown=rest(data, _REQUEST_MEMBERS),
    )


def read_response(data: Members, form: Form, place: str) -> Response:
    """Read a response; absent members have their defaults.

    Raises: InvalidPact.
    """
    headers = read_headers(optional_object(data, "headers", place))
    return Response(
        status=_read_status(data.get("status"), f"{place}.status"),
        headers=headers,
        body=_read_body(data, headers, form, place),
        rules=_read_message_rules(data, "responseMatchingRules", place),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
        unknown=rest(data, _RESPONSE_MEMBERS),
    )


def write_request(request: Request, form: Form, conversion: Losses) -> Members:
    """Return the JSON of a request without its empty parts."""
    written: Members = {"method": request.method.upper(), "path": request.path}
    if len(request.query) or request.query.text:
        written["query"] = form.write_query(request.query, conversion)
    return _add_parts(written, request, form, conversion)


def write_response(response: Response, form: Form, conversion: Losses) -> Members:
    """Return the JSON of a response without its empty parts."""
    return _add_parts({"status": response.status}, response, form, conversion)


def _add_parts(
    written: Members, part: Request | Response, form: Form, conversion: Losses
) -> Members:
    if len(part.headers):
        written["headers"] = form.write_headers(part.headers, conversion)
    if part.body.state is not BodyState.MISSING:
        declared = part.headers.first("content-type")
        written["body"] = form.write_body(part.body, declared, conversion)
    if rules := part.rules and form.write_rules(part.rules, conversion):
        written["matchingRules"] = rules
    if generators := part.generators and form.write_generators(
        part.generators, conversion
    ):
        written["generators"] = generators
    return {**part.unknown, **written} if conversion.keeps_unknown else written


def _read_body(data: Members, headers: Headers, form: Form, place: str) -> Body:
    if "body" not in data:
        return MISSING
    declared = headers.first("content-type")
    return form.read_body(data["body"], declared, f"{place}.body")


def _read_message_rules(data: Members, synonym: str, place: str) -> MatchingRules:
    name = "matchingRules" if "matchingRules" in data else synonym
    return read_rules(data.get(name), f"{place}.{name}")


def _read_status(data: Json, place: str) -> int:
    if data is None:
        return 200
    if isinstance(data, Decimal) and data == data.to_integral_value():
        return int(data)  # some JSON libraries write each number with a decimal point
    if isinstance(data, int) and not isinstance(data, bool):
        return data
    raise InvalidPact(place, read=described(data), wanted="an integer")


_COMMON_MEMBERS = {"headers", "body", "matchingRules", "generators"}
_REQUEST_MEMBERS = _COMMON_MEMBERS | {"method", "path", "query", "requestMatchingRules"}
_RESPONSE_MEMBERS = _COMMON_MEMBERS | {"status", "responseMatchingRules"}
