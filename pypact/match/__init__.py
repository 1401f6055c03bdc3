"""Define expected values by matchers instead of by equality."""

from typing import TYPE_CHECKING

from pypact import former_names
from pypact.former_names import explain_attribute
from pypact.generate import from_provider_state
from pypact.match.matchers import (
    all_of,
    any_of,
    array_contains,
    boolean,
    content_type,
    date,
    datetime,
    decimal,
    each_key,
    each_key_like,
    each_like,
    each_value,
    email,
    equal_to,
    hexadecimal,
    http_date,
    include,
    integer,
    ipv4,
    ipv6,
    like,
    not_empty,
    null,
    number,
    regex,
    semver,
    status_code,
    string,
    term,
    time,
    unordered,
    url,
    uuid,
)
from pypact.match.nodes import Matcher, absent
from pypact.match.split import example
from pypact.match.variants import one_of

__all__ = [
    "Matcher",
    "absent",
    "all_of",
    "any_of",
    "array_contains",
    "boolean",
    "content_type",
    "date",
    "datetime",
    "decimal",
    "each_key",
    "each_key_like",
    "each_like",
    "each_value",
    "email",
    "equal_to",
    "example",
    "from_provider_state",
    "hexadecimal",
    "http_date",
    "include",
    "integer",
    "ipv4",
    "ipv6",
    "like",
    "not_empty",
    "null",
    "number",
    "one_of",
    "regex",
    "semver",
    "status_code",
    "string",
    "term",
    "time",
    "unordered",
    "url",
    "uuid",
]

# Type checkers must not see it: for them every name would exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        raise explain_attribute("pypact.match", name, former_names.MATCH)
