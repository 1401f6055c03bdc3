"""Wrap methods of client libraries, and restore them.

Other tools may wrap the same methods at any time, so an original is restored only where
our wrapper is still the outermost.

Source: docs/internals/interception.md, "Patching and restoring".
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import wrapt

from pypact.hooks import Undo

MethodWrapper: TypeAlias = tuple[type, str, Callable[..., Any]]
"""A class, the name of its method, and the wrapper (with the signature of wrapt's)."""


def wrap_methods(wrappings: Iterable[MethodWrapper]) -> Undo:
    """Wrap each method; the returned function restores the originals."""
    with contextlib.ExitStack() as undo:
        for owner, name, wrapper in wrappings:
            undo.callback(_wrap_method(owner, name, wrapper))
        return undo.pop_all().close


def _wrap_method(owner: type, name: str, wrapper: Callable[..., Any]) -> Undo:
    found = vars(owner)[name]
    if getattr(found, "_self_wrapper", None) == wrapper:
        # Another tool replaced the method during an earlier block, and has restored
        # our wrapper since.
        wrapped = found
    else:
        wrapped = wrapt.FunctionWrapper(found, wrapper)
        setattr(owner, name, wrapped)

    def unwrap() -> None:
        # If another tool has wrapped the method since, our wrapper stays inside of
        # that one; without active claims it only calls the original.
        if vars(owner)[name] is wrapped:
            setattr(owner, name, wrapped.__wrapped__)

    return unwrap
