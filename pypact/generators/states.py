"""Which value did the provider's state return for this expression?

Source: semantics section 7.3, "ProviderState".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from pypact.model.json_text import Json
from pypact.rules.values import text_form

__all__ = ["provider_state"]


def provider_state(
    attributes: Mapping[str, Json], _example: Json, context: Mapping[str, Json]
) -> Json:
    """Evaluate the expression with the values of the provider states.

    The value is converted to the `dataType` of the generator.

    Raises: ValueError, if a name has no value, or the value cannot be converted.
    """
    expression = attributes.get("expression")
    if not isinstance(expression, str):
        raise ValueError("the generator has no expression")  # noqa: TRY004 -- file data
    value = _to_json(_evaluate(expression, context))
    data_type = str(attributes.get("dataType", "RAW")).upper()
    return _CONVERSIONS.get(data_type, _keep_type)(value)


def _evaluate(expression: str, context: Mapping[str, Json]) -> Json:
    if "${" not in expression:
        return _look_up(expression, context)
    sole = _NAME.fullmatch(expression)
    if sole is not None and sole[1].strip():
        return _look_up(sole[1], context)
    if "${" in _NAME.sub("", expression):
        raise ValueError(f"expression '{expression}': missing }}")
    return _NAME.sub(
        lambda found: _look_up_string(found[1], context) if found[1].strip() else "",
        expression,
    )


def _look_up_string(name: str, context: Mapping[str, Json]) -> str:
    value = _to_json(_look_up(name, context))
    return "" if value is None else text_form(value)


def _look_up(name: str, context: Mapping[str, Json]) -> Json:
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
    return Decimal(repr(float(value if value is not None else 0)))


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
        raise ValueError(f"expected a value of type {expected}, got {text_form(value)}")  # noqa: TRY004 -- data


_NAME = re.compile(r"\$\{([^}]*)\}")

_CONVERSIONS: dict[str, Callable[[Json], Json]] = {
    "STRING": text_form,
    "INTEGER": _to_integer,
    "DECIMAL": _to_decimal,
    "FLOAT": _to_decimal,
    "BOOLEAN": _to_boolean,
    "RAW": _keep_type,
}
