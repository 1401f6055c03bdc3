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
    """Nothing has a value for the parameter `name`."""

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
    """Find the arguments of `function`, by the names of its parameters.

    `**rest` gets the `values` that no other parameter has.

    Raises: MissingValue; what a fixture raises goes out as it is.
    """
    arguments: dict[str, Any] = {}
    parameters = parameters_of(function)
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = (key for key in values if key not in parameters)
            arguments.update({key: values[key] for key in rest})
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise MissingValue(f"{name} (by position; all are by name)", values)
        elif name in values:
            arguments[name] = values[name]
        elif name in always:
            arguments[name] = always[name]
        elif parameter.default is parameter.empty:
            arguments[name] = _outer(name, values, value_for)
    return arguments


def parameters_of(
    function: Callable[..., Any],
) -> Mapping[str, inspect.Parameter]:
    """Read the parameters of a function, once for those that are called often."""
    try:
        return _parameters(function)
    except TypeError:  # not hashable
        return inspect.signature(function).parameters


@functools.lru_cache(maxsize=512)
def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _outer(name: str, values: Mapping[str, Any], value_for: ValueFor) -> Any:
    try:
        return value_for(name)
    except LookupError as error:
        if error.args != (name,):
            raise  # of the fixture's own code
        raise MissingValue(name, values) from None
