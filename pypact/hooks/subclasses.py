"""Wrap a method in all subclasses that override it, and in those defined later.

Clients such as httplib2 derive from the connections of `http.client`, and open sockets
in methods of their own.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import wrapt

from pypact.hooks import Undo
from pypact.hooks.patching import wrap_methods


def wrap_overrides(base: type, name: str, wrapper: Callable[..., Any]) -> Undo:
    """Wrap each override of a method; the returned function restores the originals."""
    undo = contextlib.ExitStack()

    def wrap(owner: type) -> None:
        undo_one = _wrap_override(owner, base, name, wrapper)
        if undo_one is not None:
            undo.callback(undo_one)

    try:
        for owner in set(find_subclasses(base)):
            wrap(owner)
        undo.callback(_watch_subclasses(base, wrap))
    except BaseException:
        undo.close()
        raise
    return undo.close


def find_subclasses(base: type) -> Iterator[type[Any]]:
    """Yield the subclasses of a class, and theirs; some perhaps repeatedly."""
    # Through `type`, as a subclass may itself be a class of classes.
    owners: list[type[Any]] = type.__subclasses__(base)
    for owner in owners:
        yield owner
        yield from find_subclasses(owner)


def find_class(module: str, name: str) -> Any:
    """Return a class by the module that defines it, even if that has another one now.

    vcrpy replaces classes by their names while a cassette is active.
    """
    found = getattr(sys.modules[module], name)
    if _is_defined_as(found, module, name):
        return found
    classes = find_subclasses(object)
    return next((one for one in classes if _is_defined_as(one, module, name)), found)


def _is_defined_as(found: Any, module: str, name: str) -> bool:
    return (found.__module__, found.__qualname__) == (module, name)


def _wrap_override(
    owner: type, base: type, name: str, wrapper: Callable[..., Any]
) -> Undo | None:
    definer = next(one for one in owner.__mro__ if name in vars(one))
    if definer is owner:
        return wrap_methods([(owner, name, wrapper)])
    if issubclass(definer, base):
        return None  # it is wrapped there
    # The method is that of a class which is not derived from `base`, so that it is
    # wrapped for this subclass only.
    wrapped = wrapt.FunctionWrapper(vars(definer)[name], wrapper)
    setattr(owner, name, wrapped)

    def unwrap() -> None:
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
