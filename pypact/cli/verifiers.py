"""Import verifiers and state functions that the command line names."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pypact._lazy import compile_later
from pypact.cli.options import (
    build_verifier_arguments,
    import_provider_app,
    parse_headers,
)
from pypact.errors import InvalidExpectation
from pypact.sources import resolve_source
from pypact.targets.detect import import_object
from pypact.verifier import Verifier


def split_import_string(arguments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the import string among the arguments, or "", and the other arguments.

    `package.module:name` is an import string, unless there is a file with that name.
    """
    found = [one for one in arguments if _is_import_string(one)]
    if len(found) > 1:
        names = " and ".join(found)
        raise click.UsageError(f"expected one verifier, got {names}")
    paths = tuple(one for one in arguments if one not in found)
    return (found[0] if found else ""), paths


def _is_import_string(text: str) -> bool:
    return _IMPORT_STRING.fullmatch(text) is not None and not Path(text).exists()


def add_working_directory() -> None:
    """Make the modules in the working directory importable."""
    if os.getcwd() not in sys.path:  # noqa: PTH109 -- sys.path holds strings
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 -- the same


def import_verifier(text: str) -> Verifier:
    """Import the verifier that `package.module:name` names.

    Raises: InvalidExpectation if there is none, or it is something else.
    """
    found = import_object(text, text)
    if not isinstance(found, Verifier):
        raise InvalidExpectation(f"{text}: expected a pypact.Verifier, got {found!r}")
    return found


def import_states(text: str) -> Any:
    """Import what `--states` names: a mapping, a function or a verifier.

    Raises: InvalidExpectation if there is none, or it is something else.
    """
    if not _IMPORT_STRING.fullmatch(text):
        raise InvalidExpectation(
            f"--states {text!r} is not a string like 'package.module:states'"
        )
    found = import_object(text, f"--states {text}")
    if not isinstance(found, (Verifier, Mapping)) and not callable(found):
        raise InvalidExpectation(
            f"--states {text}: expected a mapping of state names to functions, a "
            f"function or a pypact.Verifier, got {found!r}"
        )
    return found


def build_verifier(
    base: Verifier | None,
    provider: str | None,
    sources: Sequence[Any],
    given: dict[str, Any],
) -> Verifier:
    """Return the verifier that the options describe.

    `base` is the verifier that the options are applied to, None for a new one. Without
    a `provider` or any `sources` of contracts, those of `base` are used.

    Raises: InvalidExpectation, for options that do not fit together.
    """
    headers = parse_headers(given["headers"], "--header")
    states = import_states(given["states"]) if given["states"] else None
    if isinstance(states, Verifier):
        if base is not None:
            raise click.UsageError("--states names a verifier, and PACTS another one")
        base, states = states, None
    app = import_provider_app(given, needs_provider=base is None)
    is_own = app is None and not given["base_url"] and not given["django"]
    is_remote = base.is_remote if base is not None and is_own else given["base_url"]
    settings = build_verifier_arguments(given, app, is_remote=bool(is_remote))
    if states is not None:
        settings["states"] = states
    if provider:
        settings["provider"] = provider
    if sources:
        settings["pacts"] = [resolve_source(one) for one in sources]
    verifier = base.replace(**settings) if base is not None else Verifier(**settings)
    if headers:

        @verifier.request_filter
        def header_option(request: Any) -> None:
            for name, value in headers:
                request.set_header(name, value)

    return verifier


_NAME = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_IMPORT_STRING = compile_later(rf"{_NAME}:{_NAME}(\(\))?")
