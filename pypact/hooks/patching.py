"""Wrap methods of client libraries, and restore them.

Other tools may wrap the same methods at any time. Our wrapper is placed inside of those
that are made with wrapt, and outside of all others.

Source: docs/internals/interception.md, "Patching and restoring".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, TypeAlias

import wrapt

from pypact.hooks import Undo

MethodWrapper: TypeAlias = tuple[type, str, Callable[..., Any]]
"""A class, the name of its method, and the wrapper (with the signature of wrapt's)."""


def wrap_methods(wrappings: Iterable[MethodWrapper]) -> Undo:
    """Wrap each method; the returned function restores the originals.

    A block outside of pytest installs and removes all hooks, so each step is cheap.
    """
    wrapped: list[_Wrapped] = []

    def unwrap() -> None:
        while wrapped:
            _unwrap_method(*wrapped.pop())

    try:
        for owner, name, wrapper in wrappings:
            wrapped.append((owner, name, wrapper, _wrap_method(owner, name, wrapper)))
    except BaseException:
        unwrap()
        raise
    return unwrap


def note_place(owner: type, name: str) -> None:
    """Note what a method is now, for `are_unchanged`."""
    _PLACES[owner, name] = owner.__dict__[name]


def forget_place(owner: type, name: str) -> None:
    """Forget what `note_place` noted."""
    _PLACES.pop((owner, name), None)


def are_unchanged() -> bool:
    """Return whether all wrapped methods are still what they were when wrapped."""
    for (owner, name), wrapped in _PLACES.items():
        if owner.__dict__.get(name) is not wrapped:
            return False
    return True


_Wrapped: TypeAlias = "tuple[type, str, Callable[..., Any], Any]"
"""A class, the name of its method, its wrapper, and the wrapped method."""

_PLACES: dict[tuple[type, str], object] = {}


def _wrap_method(owner: type, name: str, wrapper: Callable[..., Any]) -> Any:
    """Wrap a method inside of the wrappers that tracing tools made with wrapt.

    These then see the requests, and a tool that removes the outermost wrapper, as
    OpenTelemetry does, removes its own.
    """
    outer: Any = None
    found: Any = owner.__dict__[name]
    if type(found) is not FunctionType:
        outer, found = _find_inner(owner, name, wrapper)
    if _is_wrapper(found):
        # Another tool replaced the method during an earlier block, and has restored
        # our wrapper since.
        wrapped = found
    else:
        wrapped = wrapt.FunctionWrapper(found, wrapper)
        _replace(owner, name, outer, wrapped)
    _PLACES[owner, name] = owner.__dict__[name]
    return wrapped


def _unwrap_method(
    owner: type, name: str, wrapper: Callable[..., Any], wrapped: Any
) -> None:
    _PLACES.pop((owner, name), None)
    original = wrapped.__wrapped__
    if owner.__dict__.get(name) is wrapped:
        setattr(owner, name, original)
        return
    # If our wrapper is inside of something else, it stays there; without active claims
    # it only calls the original.
    outer, found = _find_inner(owner, name, wrapper)
    if found is wrapped:
        _replace(owner, name, outer, original)


def _find_inner(owner: type, name: str, wrapper: Callable[..., Any]) -> tuple[Any, Any]:
    """Return our wrapper of a method, or else the method, and what is around it."""
    outer, found = None, vars(owner)[name]
    while _is_wrapper(found) and found._self_wrapper != wrapper:  # noqa: SLF001 # wrapt makes names that begin so public
        outer, found = found, found.__wrapped__
    return outer, found


def _is_wrapper(found: object) -> bool:
    # By its name, as some tools have a copy of wrapt.
    return type(found).__name__ == "FunctionWrapper"


def _replace(owner: type, name: str, outer: Any, value: object) -> None:
    if outer is None:
        setattr(owner, name, value)
    else:
        outer.__wrapped__ = value
