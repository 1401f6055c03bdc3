"""Wrap a method in all subclasses that override it, and in those defined later.

Clients such as httplib2 derive from the connections of `http.client`, and open sockets
in methods of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wrapt

from pypact.frames import find_subclasses
from pypact.hooks import Undo
from pypact.hooks.patching import forget_place, note_place, wrap_methods


def wrap_overrides(base: type, name: str, wrapper: Callable[..., Any]) -> Undo:
    """Wrap each override of a method; the returned function restores the originals."""
    undo: list[Undo] = []

    def restore() -> None:
        while undo:
            undo.pop()()

    def wrap(owner: type) -> None:
        undo_one = _wrap_override(owner, base, name, wrapper)
        if undo_one is not None:
            undo.append(undo_one)

    try:
        owners = set(find_subclasses(base))
        overriding = [owner for owner in owners if name in owner.__dict__]
        undo.append(wrap_methods([(owner, name, wrapper) for owner in overriding]))
        for owner in owners.difference(overriding):
            wrap(owner)
        undo.append(_watch_subclasses(base, wrap))
    except BaseException:
        restore()
        raise
    return restore


def _wrap_override(
    owner: type, base: type, name: str, wrapper: Callable[..., Any]
) -> Undo | None:
    for definer in owner.__mro__:
        if name in definer.__dict__:
            break
    if definer is owner:
        return wrap_methods([(owner, name, wrapper)])
    if issubclass(definer, base):
        return None  # it is wrapped there
    # The method is that of a class which is not derived from `base`, so that it is
    # wrapped for this subclass only.
    wrapped = wrapt.FunctionWrapper(vars(definer)[name], wrapper)
    setattr(owner, name, wrapped)
    note_place(owner, name)

    def unwrap() -> None:
        forget_place(owner, name)
        if vars(owner).get(name) is wrapped:
            delattr(owner, name)

    return unwrap


def _watch_subclasses(base: Any, report: Callable[[type], None]) -> Undo:
    """Call `report` with each new subclass, until the returned function is called."""

    def init_subclass(cls: Any, /, **options: Any) -> None:
        super(base, cls).__init_subclass__(**options)
        report(cls)

    hook: Any = classmethod(init_subclass)
    setattr(base, _INIT_SUBCLASS, hook)

    def stop() -> None:
        if vars(base).get(_INIT_SUBCLASS) is hook:
            delattr(base, _INIT_SUBCLASS)

    return stop


_INIT_SUBCLASS = "__init_subclass__"
