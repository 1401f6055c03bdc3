"""Check the options that a verifier passes to its target, and find their secrets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pypact import former_names
from pypact.errors import InvalidExpectation
from pypact.masking import (
    find_header_secrets,
    find_marked_secrets,
    find_set_header_secrets,
)
from pypact.similar_names import find_similar_name
from pypact.targets import TargetOptions


def refuse_unknown_options(
    options: Mapping[str, Any], verifier: Callable[..., object]
) -> None:
    """Raise InvalidExpectation for an option that is not one of a target.

    The error also suggests names of the verifier's own options.
    """
    known = TargetOptions.__annotations__
    for name in options:
        if name in known:
            continue
        former = former_names.VERIFIER_ARGUMENTS.get(name)
        if former is not None:
            raise InvalidExpectation(f"Verifier has no option {name!r}; {former}")
        own = inspect.signature(verifier).parameters
        near = find_similar_name(name, [*own, *known])
        meant = "" if near is None else f"; did you mean {near!r}?"
        raise InvalidExpectation(f"Verifier has no option {name!r}{meant}")


def select_http_options(options: TargetOptions) -> dict[str, Any]:
    """Return the options that apply to any HTTP connection."""
    names = ("timeout", "tls", "verify", "cert", "proxy")
    return {name: value for name, value in options.items() if name in names}


def find_option_secrets(
    options: TargetOptions, state_headers: Mapping[str, str]
) -> frozenset[str]:
    """Return the values in the options that all output must mask."""
    environ = options.get("environ_extra", {})
    variables = [
        (key.removeprefix("HTTP_").replace("_", "-"), value)
        for key, value in environ.items()
        if isinstance(value, str)
    ]
    return frozenset().union(
        find_marked_secrets(environ),
        find_marked_secrets(options.get("scope_extra", {})),
        find_header_secrets(variables),
        *(find_set_header_secrets(*header) for header in state_headers.items()),
    )
