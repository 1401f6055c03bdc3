"""Define the generators: one function and one row of the table for each type.

A function receives the generator's attributes, the example and the context, and raises
ValueError if it cannot generate a value. `register` adds a third party's generator.

Source: docs/internals/specification.md, "7.1 Table", "7.2 When", "7.3 ProviderState".
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import random
import re
import string
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later, import_later
from pypact._process import set_row
from pypact.generators import expressions
from pypact.model.json import Json
from pypact.model.rules import MOST_CHARACTERS, Generator
from pypact.rules.scalars import is_integer, is_number, to_string

if TYPE_CHECKING:
    from pypact.rules import bounded_match, dates
    from pypact.rules import regex as regexes
else:
    bounded_match = import_later("pypact.rules.bounded_match")
    dates = import_later("pypact.rules.dates")
    regexes = import_later("pypact.rules.regex")

Attributes: TypeAlias = Mapping[str, Json]
"""The attributes of a generator, as in the contract."""

Context: TypeAlias = Mapping[str, Json]
"""Values for generators.

The values that state functions returned, by name; `mockServer`: {"url": …}; and
`baseDate`, `baseTime`, `baseDateTime` (ISO 8601) in place of the current time.
"""


Mode: TypeAlias = Literal["consumer", "provider"]
"""The side under test.

In "consumer" mode responses are generated for the consumer, in "provider" mode
requests for the provider.
"""

GeneratorFunction: TypeAlias = Callable[[Attributes, Json, Context], Json]
"""A function of a generator's attributes, the example, and the context.

It returns a value, or raises ValueError if it cannot generate one.
"""

NOT_GENERATED = object()
"""The result of `run_generator` if no value was generated; the example is kept."""


@dataclass(frozen=True, slots=True)
class GeneratorKind:
    """A kind of generator: one row of `GENERATORS`.

    `make` generates a value; it runs in `modes`. `accepts` are the attributes read from
    integration JSON, by default all but `value`. `uses_states` is true if the value
    comes from provider states: only such generators run if an app of the team responds
    to the consumer. `follows_example` is true if it gives a string for an example that
    is one, else a number.

    Source: docs/internals/specification.md, "7. Generators".
    """

    type: str
    make: GeneratorFunction
    modes: tuple[Mode, ...] = ("consumer", "provider")
    accepts: tuple[str, ...] | None = None
    uses_states: bool = False
    follows_example: bool = False


_LOG = logging.getLogger(__name__)
LONGEST_PROBLEM = 1_000
MOST_CHARACTERS_IN_ALL = 1_000_000
"""The most characters that are generated for one message."""


def register(kind: GeneratorKind) -> Callable[[], None]:
    """Add a kind of generator, or replace the one of the same type.

    `register(GeneratorKind("Shout", shout))` makes `{"type": "Shout"}` call
    `shout(attributes, example, context)`, which returns the value, or raises ValueError
    to keep the example. Return a function that undoes it.
    """
    return set_row(GENERATORS, kind.type, kind)


def run_generator(
    generator: Generator,
    example: Json,
    *,
    mode: Mode,
    context: Context,
    warn: Callable[..., None] = _LOG.warning,
) -> Json:
    """Return a generated value; NOT_GENERATED in another mode or if it fails.

    `warn` logs the failures; it takes a format and its values.
    """
    kind = GENERATORS.get(generator.type)
    if kind is None:
        known = ", ".join(GENERATORS)
        warn("unknown generator %r; known generators: %s", generator.type[:100], known)
        return NOT_GENERATED
    if mode not in kind.modes:
        return NOT_GENERATED
    try:
        return kind.make(generator.attributes, example, context)
    except (ValueError, ArithmeticError) as error:
        problem = str(error)[:LONGEST_PROBLEM]
        warn("generator %s failed, the example is kept: %s", generator.type, problem)
        return NOT_GENERATED


def generate_random_int(attributes: Attributes, example: Json, _: Context) -> Json:
    """Generate an integer; a string if the example is a string."""
    number = RANDOM.randint(
        _read_size(attributes, "min", 0), _read_size(attributes, "max", 10)
    )
    return str(number) if isinstance(example, str) else number


def generate_random_decimal(attributes: Attributes, example: Json, _: Context) -> Json:
    """Generate a number if the example is a number, else a string of one."""
    digits = _read_length(attributes, "digits")
    text = _random_decimal_string(digits)
    if not is_number(example):
        return text
    return int(text) if digits == 1 else Decimal(text)


def generate_random_hexadecimal(
    attributes: Attributes, _example: Json, _: Context
) -> Json:
    """Generate a string of upper-case hexadecimal digits."""
    return _random_characters("0123456789ABCDEF", _read_length(attributes, "digits"))


def generate_random_string(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a string of ASCII letters and digits."""
    letters = string.ascii_letters + string.digits
    return _random_characters(letters, _read_length(attributes, "size"))


def generate_regex_match(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a string that matches a regular expression."""
    # Import rstr only when such a generator runs.
    from pypact.generators.strings import generate_matching_string  # noqa: PLC0415 -- see above

    return generate_matching_string(_read_string_attribute(attributes, "regex"), RANDOM)


def generate_uuid(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a UUID in one of four formats; an unknown format gives the default."""
    value = uuid.UUID(int=RANDOM.getrandbits(128), version=4)
    return _UUID_FORMATS.get(str(attributes.get("format")), str)(value)


def _random_decimal_string(digits: int) -> str:
    if digits < 1:
        raise ValueError(f"'digits' must be at least 1, got {digits}")
    if digits == 1:
        return RANDOM.choice(string.digits)
    before = RANDOM.randint(1, max(1, digits - 2))
    lead = string.digits if before == 1 else string.digits[1:]
    text = RANDOM.choice(lead) + _random_characters(string.digits, digits - 1)
    return f"{text[:before]}.{text[before:]}"


def _random_characters(alphabet: str, count: int) -> str:
    return "".join(RANDOM.choices(alphabet, k=count))


def _read_size(attributes: Attributes, name: str, default: int) -> int:
    value: Json = attributes.get(name)
    return int(value) if is_integer(value) else default


def _read_length(attributes: Attributes, name: str) -> int:
    length = _read_size(attributes, name, 10)
    if length > MOST_CHARACTERS:
        problem = f"'{name}' is {length}, at most {MOST_CHARACTERS} are generated"
        raise ValueError(problem)
    return length


def _read_string_attribute(attributes: Attributes, name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the generator has no string '{name}'")  # noqa: TRY004 -- file data
    return value


def _read_optional_string(attributes: Attributes, name: str) -> str | None:
    return _read_string_attribute(attributes, name) if attributes.get(name) else None


# One random source for all generators, so that a user can seed it.
RANDOM = random.Random()  # noqa: S311 -- nothing generated is a secret
_UUID_FORMATS: dict[str, Callable[[uuid.UUID], str]] = {
    "simple": lambda value: value.hex,
    "upper-case-hyphenated": lambda value: str(value).upper(),
    "URN": lambda value: value.urn,
}


def _make_date_kind(
    type_: str,
    change: Callable[[str, dt.datetime], dt.datetime],
    base: str,
    pattern: str,
) -> GeneratorKind:
    """Return a kind that writes the current time, or that of `base` in the context."""

    def generate(attributes: Attributes, _example: Json, context: Context) -> Json:
        expression = _read_optional_string(attributes, "expression") or ""
        written = _read_optional_string(attributes, "format") or pattern
        if len(expression) + len(written) > _LONGEST_DATE:
            problem = f"'format' and 'expression' have more than {_LONGEST_DATE}"
            raise ValueError(f"{problem} characters")
        moment = change(expression, _read_base_datetime(context, base))
        return dates.format_date(written, moment)

    return GeneratorKind(type_, generate, accepts=("format", "expression"))


_LONGEST_DATE = 2_000


def _read_base_datetime(context: Context, name: str) -> dt.datetime:
    value = context.get(name)
    if value is None:
        return dt.datetime.now().astimezone()
    # Python 3.10's fromisoformat does not accept a Z.
    return dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", str(value)))


def generate_mock_server_url(
    attributes: Attributes, _example: Json, context: Context
) -> Json:
    """Generate a URL: the mock server's base URL and the first group of the regex."""
    server = context.get("mockServer")
    base = server.get("url") or server.get("href") if isinstance(server, dict) else None
    if not isinstance(base, str):
        raise ValueError("the context has no mock server URL")  # noqa: TRY004 -- data
    example = _read_string_attribute(attributes, "example")
    pattern = regexes.compile_regex(_read_string_attribute(attributes, "regex"))
    if pattern.groups == 0:
        raise ValueError(f"the regular expression '{pattern.pattern}' has no group")
    try:
        found = bounded_match.search_bounded(pattern, example)
    except bounded_match.MatchTimeoutError as error:
        raise ValueError(f"'{pattern.pattern}': {error}") from None
    if found is None:
        return example
    start, end, group = found
    return example[:start] + _join_url(base, group) + example[end:]


def _join_url(base: str, rest: str) -> str:
    # Peers: the reference adds no slash if the group does not start with one.
    return base.rstrip("/") + (rest if rest.startswith("/") or not rest else f"/{rest}")


def generate_from_provider_state(
    attributes: Attributes, _example: Json, context: Context
) -> Json:
    """Evaluate the expression with the values of the provider states."""
    expression = attributes.get("expression")
    if not isinstance(expression, str):
        raise ValueError("the generator has no expression")  # noqa: TRY004 -- file data
    value = _to_json(_evaluate(expression, context))
    data_type = str(attributes.get("dataType", "RAW")).upper()
    return _CONVERSIONS.get(data_type, _keep_type)(value)


def _evaluate(expression: str, context: Context) -> Json:
    if "${" not in expression:
        return _look_up(expression, context)
    # Checked first: for each "${" without an end, `_NAME` would read all that follows.
    if "${" in expression.rpartition("}")[2]:
        raise ValueError(f"expression '{expression}': missing }}")
    sole = _NAME.fullmatch(expression)
    if sole is not None and sole[1].strip():
        return _look_up(sole[1], context)
    # The length is counted first: each of thousands of names can have a long value.
    values: list[str] = []
    length = 0
    for name in _NAME.findall(expression):
        values.append(_look_up_string(name, context) if name.strip() else "")
        length += len(values[-1])
        if length > MOST_CHARACTERS_IN_ALL:
            raise ValueError(
                f"the values of an expression have more than "
                f"{MOST_CHARACTERS_IN_ALL:,} characters"
            )
    remaining = iter(values)
    return _NAME.sub(lambda _: next(remaining), expression)


def _look_up_string(name: str, context: Context) -> str:
    value = _to_json(_look_up(name, context))
    return "" if value is None else to_string(value)


def _look_up(name: str, context: Context) -> Json:
    name = name.strip()
    for values in (context.get("providerState"), context):
        if isinstance(values, Mapping) and name in values:
            return values[name]
    raise ValueError(f"no provider state returned a value for '{name}'")


def _to_json(value: Json) -> Json:
    """Return the value as JSON; a state function may return any Python object."""
    if value is None or isinstance(value, (bool, int, str, Decimal)):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): _to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    return str(value)


def _to_integer(value: Json) -> int:
    _refuse_container(value, "integer")
    return int(value) if value is not None else 0


def _to_decimal(value: Json) -> Decimal:
    _refuse_container(value, "decimal")
    number = float(value if value is not None else 0)
    if not math.isfinite(number):
        raise ValueError(f"'{value}' is not a finite number")
    return Decimal(repr(number))


def _to_boolean(value: Json) -> bool:
    _refuse_container(value, "boolean")
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError(f"'{value}' is not a boolean")
        return value == "true"
    return value is not None and value > 0


def _keep_type(value: Json) -> Json:
    return value


def _refuse_container(value: Json, expected: str) -> None:
    if isinstance(value, (dict, list)):
        raise ValueError(f"expected a value of type {expected}, got {to_string(value)}")  # noqa: TRY004 -- data


_NAME = compile_later(r"\$\{([^}]*)\}")
_CONVERSIONS: dict[str, Callable[[Json], Json]] = {
    "STRING": to_string,
    "INTEGER": _to_integer,
    "DECIMAL": _to_decimal,
    "FLOAT": _to_decimal,
    "BOOLEAN": _to_boolean,
    "RAW": _keep_type,
}


# In the order of docs/internals/specification.md, "7.1 Table".
_KINDS = (
    GeneratorKind(
        "RandomInt", generate_random_int, accepts=("min", "max"), follows_example=True
    ),
    GeneratorKind(
        "RandomDecimal",
        generate_random_decimal,
        accepts=("digits",),
        follows_example=True,
    ),
    GeneratorKind(
        "RandomHexadecimal", generate_random_hexadecimal, accepts=("digits",)
    ),
    GeneratorKind("RandomString", generate_random_string, accepts=("size",)),
    GeneratorKind("Regex", generate_regex_match, accepts=("regex",)),
    GeneratorKind("Uuid", generate_uuid, accepts=("format",)),
    _make_date_kind("Date", expressions.change_date, "baseDate", "yyyy-MM-dd"),
    _make_date_kind("Time", expressions.change_time, "baseTime", "HH:mm:ss"),
    _make_date_kind(
        "DateTime",
        expressions.change_datetime,
        "baseDateTime",
        "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    ),
    GeneratorKind("RandomBoolean", lambda *_: RANDOM.random() < 0.5, accepts=()),
    GeneratorKind(
        "ProviderState",
        generate_from_provider_state,
        ("provider",),
        accepts=("expression", "dataType"),
        uses_states=True,
    ),
    GeneratorKind(
        "MockServerURL",
        generate_mock_server_url,
        ("consumer",),
        accepts=("example", "regex"),
    ),
)
GENERATORS = {kind.type: kind for kind in _KINDS}
