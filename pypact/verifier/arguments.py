"""Which arguments does a function of the user's get?

Source: verification.md, section 4.1. A parameter is given the value of its name: of the
values at hand, of what is always there, or of whoever runs the test (a fixture, an
attribute of a test case).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pypact.verifier.exchange import ValueFor

__all__ = ["MissingValue", "arguments_for", "parameters_of"]


class MissingValue(LookupError):
    """A required parameter for which no value is available.

    `known` lists the names that have values, as a string for error messages.
    """

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = ", ".join(known) or "none"


def arguments_for(
    function: Callable[..., Any],
    values: Mapping[str, Any],
    always: Mapping[str, Any],
    value_for: ValueFor,
) -> dict[str, Any]:
    """Return the keyword arguments for `function`, looked up by parameter name.

    Each name is looked up in `values`, then in `always`; a parameter that is in neither
    and has no default is passed to `value_for`. A `**kwargs` parameter receives the
    `values` that no other parameter takes.

    Raises: MissingValue. Errors that `value_for` raises itself are not caught.
    """
    arguments: dict[str, Any] = {}
    parameters = parameters_of(function)
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = (key for key in values if key not in parameters)
            arguments.update({key: values[key] for key in rest})
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise MissingValue(
                    f"{name} (positional-only; arguments are passed by name)", values
                )
        elif name in values:
            arguments[name] = values[name]
        elif name in always:
            arguments[name] = always[name]
        elif parameter.default is parameter.empty:
            arguments[name] = _value_from_caller(name, values, value_for)
    return arguments


def parameters_of(
    function: Callable[..., Any],
) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function, by name; the result is cached."""
    try:
        return _cached_parameters(function)
    except TypeError:  # not hashable, so it cannot be cached
        return inspect.signature(function).parameters


@functools.lru_cache(maxsize=512)
def _cached_parameters(
    function: Callable[..., Any],
) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _value_from_caller(
    name: str, values: Mapping[str, Any], value_for: ValueFor
) -> Any:
    try:
        return value_for(name)
    except LookupError as error:
        if error.args != (name,):
            raise  # raised inside the fixture, not because the name is unknown
        raise MissingValue(name, values) from None
