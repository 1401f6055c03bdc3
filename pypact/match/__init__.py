"""What may a user ask of a value, other than that it be equal to the example?"""

from pypact.generate import from_provider_state
from pypact.match.combined import all_of, any_of
from pypact.match.containers import (
    array_contains,
    each_key,
    each_key_like,
    each_like,
    each_value,
)
from pypact.match.dates import date, datetime, time
from pypact.match.nodes import Matcher
from pypact.match.scalars import (
    boolean,
    content_type,
    decimal,
    equal_to,
    integer,
    like,
    not_empty,
    null,
    number,
    status_code,
    string,
)
from pypact.match.split import (
    Parts,
    Texts,
    Value,
    example,
    split,
    split_text,
    split_value,
)
from pypact.match.texts import (
    email,
    hexadecimal,
    include,
    ipv4,
    regex,
    semver,
    term,
    url,
    uuid,
)

__all__ = [
    "Matcher",
    "Parts",
    "Texts",
    "Value",
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
    "include",
    "integer",
    "ipv4",
    "like",
    "not_empty",
    "null",
    "number",
    "regex",
    "semver",
    "split",
    "split_text",
    "split_value",
    "status_code",
    "string",
    "term",
    "time",
    "url",
    "uuid",
]
