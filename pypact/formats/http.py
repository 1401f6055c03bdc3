"""Read and write the HTTP parts of pact files.

These are requests and responses with their headers and queries, and the provider states
of interactions. Headers are strings or lists of strings, queries are strings or maps of
lists, depending on the specification version.

Source: docs/internals/specification.md, "1.3 HTTP interaction, v1 to v3", "2.4 Parsing
a query string".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from pypact._dataclasses import replace
from pypact._lazy import compile_later
from pypact.errors import InvalidPact, tolerate
from pypact.formats import base, ruby
from pypact.formats.base import Conversion, JsonObject, VersionFormat
from pypact.formats.rules import read_generators, read_rules
from pypact.model.body import (
    MISSING_BODY,
    BodyState,
    ContentType,
    is_handled_as_json,
)
from pypact.model.http import (
    NO_HEADERS,
    NO_QUERY,
    Headers,
    Query,
    Request,
    Response,
    split_header_value,
)
from pypact.model.interactions import Message, ProviderState
from pypact.model.json import Json
from pypact.model.rules import NO_GENERATORS, NO_RULES, MatchingRules

_Part = TypeVar("_Part", Request, Response)
_AnyPart = TypeVar("_AnyPart", Request, Response, Message)


def read_headers(data: JsonObject) -> Headers:
    """Read headers in either form; a string is split into values, a list is not."""
    return Headers(
        [
            (
                name,
                (value.strip(),)
                if isinstance(value, str) and "," not in value
                else _read_header_values(name, value),
            )
            for name, value in data.items()
        ]
    )


def write_value_lists(values: Headers | Query, _conversion: Conversion) -> JsonObject:
    """Return the JSON of headers of v4, or of a query of v3 and v4: lists of values."""
    return {name: list(items) for name, items in values.items()}


def write_header_strings(headers: Headers, conversion: Conversion) -> JsonObject:
    """Return the JSON of headers in v1 to v3: a string each.

    Separate values of other than list headers, as of Set-Cookie, cannot be expressed.
    """
    return {
        name: _join_header_values(name, values, conversion)
        for name, values in headers.items()
    }


def _read_header_values(name: str, data: Json) -> tuple[str, ...]:
    if isinstance(data, list):
        return tuple(base.read_string(value) for value in data)
    return split_header_value(name, base.read_string(data))


def _join_header_values(
    name: str, values: tuple[str, ...], conversion: Conversion
) -> Json:
    text = ", ".join(values)
    if split_header_value(name, text) != tuple(value.strip() for value in values):
        if conversion.is_same_version:
            return list(values)
        number = f"the {len(values)} separate" if values else "an empty list of"
        conversion.drop(f"{number} values of the header '{name}'")
    return text


def read_query(data: Json, place: str) -> Query:
    """Read a query in either form; null and an empty string are an empty query."""
    if data is None or data == "":
        return NO_QUERY
    if data == []:
        base.is_empty(data, place, "a string or an object")
        return NO_QUERY
    if isinstance(data, str):
        return Query.from_text(data)
    if isinstance(data, dict):
        return Query((name, _read_query_values(value)) for name, value in data.items())
    raise InvalidPact(
        place, read=base.describe_value(data), wanted="a string or an object"
    )


def read_ordered_query(data: Json, place: str) -> Query:
    """Read a query of v1, whose parameters are compared in order.

    Peers: the reference ignores the order, which the official cases of v1 require.
    """
    query = read_query(data, place)
    text = query.encoded()
    return Query.from_text(text, ordered=True) if text else query


def write_query_string(query: Query, conversion: Conversion) -> Json:
    """Return the query string of v1.1 and v2: as read, else sorted by name."""
    if query.text is None:
        query = Query(sorted(query.items()))
    return write_ordered_query(query, conversion)


def write_ordered_query(query: Query, conversion: Conversion) -> Json:
    """Return the query string of v1: as read, else in order of definition."""
    if not all(values for _, values in query.items()):
        if conversion.is_same_version:
            return write_value_lists(query, conversion)
        names = ", ".join(name for name, values in query.items() if not values)
        conversion.drop(f"a query parameter with an empty list of values ({names})")
    return query.encoded()


def _read_query_values(data: Json) -> tuple[str | None, ...]:
    values = data if isinstance(data, list) else [data]
    return tuple(None if value is None else base.read_string(value) for value in values)


States = tuple[ProviderState, ...]
"""The provider states of an interaction."""


def read_states(data: JsonObject, place: str) -> States:
    """Read the provider states in any of their forms."""
    if "providerStates" in data:
        states = data["providerStates"]
        here = f"{place}.providerStates"
        if not isinstance(states, list):
            if states is not None and not base.is_empty(states, here, "a list"):
                read = base.describe_value(states)
                tolerate(here, f"expected a list, got {read}; read as no states")
            return ()
        return tuple(_read_state(s, f"{here}[{i}]") for i, s in enumerate(states))
    for name in ("providerState", "provider_state"):
        state = data.get(name)
        if state not in (None, ""):
            return (ProviderState(base.read_string(state)),)
    return ()


def write_states(states: States, _conversion: Conversion) -> JsonObject:
    """Return the member for provider states in v3 and v4."""
    return {"providerStates": [_write_state(state) for state in states]}


def write_single_state(states: States, conversion: Conversion) -> JsonObject:
    """Return the member for the provider state in v1 and v2: the name of one state."""
    if conversion.is_same_version and (
        states[1:] or states[0].params or not states[0].name
    ):
        return write_states(states, conversion)
    for state in states[1:]:
        conversion.drop(f"the second provider state '{state.name}'")
    if states[0].params:
        conversion.drop(f"the parameters of the provider state '{states[0].name}'")
    return {"providerState": states[0].name}


def _read_state(data: Json, place: str) -> ProviderState:
    if not isinstance(data, dict):
        tolerate(place, "expected a provider state object; used the value as its name")
        return ProviderState(base.read_string(data))
    name, params = data.get("name"), data.get("params")
    if name is None:
        name = "unknown provider states"
        tolerate(place, f"a provider state without a name; used {name!r}")
    if params is None:
        params = {}
    elif not isinstance(params, dict):
        tolerate(place, "expected an object of provider state parameters; left out")
        params = {}
    return ProviderState(base.read_string(name), params)


def _write_state(state: ProviderState) -> JsonObject:
    written: JsonObject = {"name": state.name}
    if state.params:
        written["params"] = dict(state.params)
    return written


STATE_MEMBERS = ("providerState", "provider_state", "providerStates")


def read_request(
    data: JsonObject, version_format: VersionFormat, place: str
) -> Request:
    """Read a request; absent members have their defaults."""
    method, path = data.get("method"), data.get("path")
    if path is None or (
        not path and path != "" and base.is_empty(path, f"{place}.path", "a path")
    ):
        path = "/"
    if method is None or (
        not method and base.is_empty(method, f"{place}.method", "a method")
    ):
        method = "GET"
    request = Request(
        method=base.read_string(method).upper(),
        **_read_target(base.read_string(path), data, version_format, place),
        unknown={}
        if data.keys() <= _REQUEST_MEMBERS
        else base.read_unknown(data, _REQUEST_MEMBERS, place),
        **_read_parts(data, version_format, place, "requestMatchingRules"),
    )
    return _read_ruby(request, read_request, data, version_format, place)


def _read_ruby(
    part: _Part,
    read: Callable[[JsonObject, VersionFormat, str], _Part],
    data: JsonObject,
    version_format: VersionFormat,
    place: str,
) -> _Part:
    """Return `part`, or what `read` gives without the Ruby matchers in `data`."""
    if not ruby.is_ruby_part(data, part.body.content):
        return part
    part = add_ruby_rules(
        lambda plain: read(plain, version_format, place), data, version_format, place
    )
    if is_handled_as_json(part.content_type) or not part.rules.get("body"):
        return part
    # The Ruby tools compare such a body as JSON, whatever type is declared.
    return replace(part, body=replace(part.body, content_type=_JSON))


def add_ruby_rules(
    read: Callable[[JsonObject], _AnyPart],
    data: JsonObject,
    version_format: VersionFormat,
    place: str,
) -> _AnyPart:
    """Read a part without its Ruby matchers, and add their rules."""
    found = ruby.split_part(data, place, has_entity=version_format.can_mix)
    part = read(found.data)
    own: MatchingRules = part.rules
    added: MatchingRules = found.rules
    rules = {
        category: {**added.get(category, {}), **own.get(category, {})}
        for category in (*added, *own)
    }
    return replace(part, rules=rules, written=keep_written(data))


def keep_written(data: JsonObject) -> JsonObject:
    """Return the members of a part that can be written in several forms."""
    return {name: data[name] for name in _WRITTEN_MEMBERS if name in data}


def _read_target(
    written: str, data: JsonObject, version_format: VersionFormat, place: str
) -> dict[str, Any]:
    """Return the path, the query and the target as written of a request.

    Old tools write the query, and a fragment, into the path.
    """
    own = data.get("query")
    path, hash_sign, fragment = written.partition("#")
    path, question_mark, query_text = path.partition("?")
    if not question_mark and not hash_sign:
        query = version_format.read_query(own, f"{place}.query")
        return {"path": path, "query": query}
    problems = [f"dropped '#{fragment}'"] if hash_sign else []
    if question_mark:
        problems.append(f"read '?{query_text}' as the query")
    reason = "a path has no query or fragment; "
    tolerate(f"{place}.path", reason + " and ".join(problems))
    if own and not isinstance(own, str):
        in_path = version_format.read_query(query_text, f"{place}.query")
        listed = version_format.read_query(own, f"{place}.query")
        query = Query([*in_path.items(), *listed.items()])
    else:
        text = "&".join(text for text in (query_text, own) if text)
        query = version_format.read_query(text, f"{place}.query")
    return {"path": path or "/", "query": query, "written": keep_written(data)}


def read_response(
    data: JsonObject, version_format: VersionFormat, place: str
) -> Response:
    """Read a response; absent members have their defaults."""
    response = Response(
        status=_read_status(data.get("status"), f"{place}.status"),
        unknown={}
        if data.keys() <= _RESPONSE_MEMBERS
        else base.read_unknown(data, _RESPONSE_MEMBERS, place),
        **_read_parts(data, version_format, place, "responseMatchingRules"),
    )
    return _read_ruby(response, read_response, data, version_format, place)


def _read_parts(
    data: JsonObject, version_format: VersionFormat, place: str, old_rules: str
) -> dict[str, Any]:
    """Return the parts of a request or response; `old_rules` is an older rules key."""
    headers = NO_HEADERS
    if "headers" in data:
        headers = read_headers(base.get_optional_object(data, "headers", place))
    body = MISSING_BODY
    if "body" in data:
        declared = headers.first("content-type")
        body = version_format.read_body(data["body"], declared, f"{place}.body")
    rules = "matchingRules" if "matchingRules" in data else old_rules
    return {
        "headers": headers,
        "body": body,
        "rules": read_rules(data[rules], f"{place}.{rules}")
        if rules in data
        else NO_RULES,
        "generators": read_generators(data["generators"], f"{place}.generators")
        if "generators" in data
        else NO_GENERATORS,
    }


def write_request(request: Request, conversion: Conversion) -> JsonObject:
    """Return the JSON of a request without its empty parts."""
    written: JsonObject = {"method": request.method.upper(), "path": request.path}
    if len(request.query) or request.query.text:
        write_query = conversion.version_format.write_query
        written["query"] = write_query(request.query, conversion)
    return _add_parts(written, request, conversion)


def write_response(response: Response, conversion: Conversion) -> JsonObject:
    """Return the JSON of a response without its empty parts."""
    return _add_parts({"status": response.status}, response, conversion)


def _add_parts(
    written: JsonObject, part: Request | Response, conversion: Conversion
) -> JsonObject:
    version_format = conversion.version_format
    if len(part.headers):
        written["headers"] = version_format.write_headers(part.headers, conversion)
    if part.body.state is not BodyState.MISSING:
        declared = part.headers.first("content-type")
        written["body"] = version_format.write_body(part.body, declared, conversion)
    return add_rules(written, part, conversion)


def add_rules(
    written: JsonObject, part: Request | Response | Message, conversion: Conversion
) -> JsonObject:
    """Add the matching rules, generators and unknown members of a part to its JSON."""
    version_format = conversion.version_format
    if rules := part.rules and version_format.write_rules(part.rules, conversion):
        written["matchingRules"] = rules
    if generators := part.generators and version_format.write_generators(
        part.generators, conversion
    ):
        written["generators"] = generators
    if part.written is not None and conversion.is_same_version:
        others = {k: v for k, v in written.items() if k not in _WRITTEN_MEMBERS}
        written = {**others, **part.written}
    return {**part.unknown, **written} if conversion.keeps_unknown else written


def _read_status(data: Json, place: str) -> int:
    if data is None or (not data and base.is_empty(data, place, "an integer")):
        return 200
    if isinstance(data, str) and _STATUS.fullmatch(data):
        tolerate(place, f"expected an integer, got the string {data!r}")
        return int(data)
    # Some JSON libraries write each number with a decimal point.
    is_number = isinstance(data, (int, Decimal)) and not isinstance(data, bool)
    if is_number and -_STATUS_LIMIT < data < _STATUS_LIMIT and data == int(data):
        return int(data)
    raise InvalidPact(place, read=base.describe_value(data), wanted="an integer")


# Members that files write in several forms.
_WRITTEN_MEMBERS = (
    "path",
    "query",
    "headers",
    "body",
    "contents",
    "metadata",
    "metaData",
    "matchingRules",
    "generators",
)
_JSON = ContentType("application", "json")
_STATUS = compile_later(r"\s*[1-9][0-9]{2}\s*", re.ASCII)
_STATUS_LIMIT = 1_000_000  # int() of a huge exponent would run for minutes
_COMMON_MEMBERS = {"headers", "body", "matchingRules", "generators"}
_REQUEST_MEMBERS = _COMMON_MEMBERS | {"method", "path", "query", "requestMatchingRules"}
_RESPONSE_MEMBERS = _COMMON_MEMBERS | {"status", "responseMatchingRules"}
