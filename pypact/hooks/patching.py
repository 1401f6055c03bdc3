"""Patch client libraries, also those imported later.

Other tools may wrap the same methods before, during and after a block; each original is
restored only where our wrapper is still the outermost. `ImportWatcher` is a meta path
finder that is present only while a hook waits for its library
(`wrapt.register_post_import_hook` cannot be undone).

Source: docs/internals/design.md, "Decision 5: Where to hook", "Decision 6: Owned
origins"; docs/internals/interception.md, "Patching and restoring".
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
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
    if getattr(found, "_self_wrapper", None) is wrapper:
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


class ImportWatcher(importlib.abc.MetaPathFinder):
    """A meta path finder that reports the first import of certain modules.

    `imported(name)` is called once for each of `names`, after its module has been
    executed. Finding and loading are left to the other finders.
    """

    def __init__(self, names: Iterable[str], imported: Callable[[str], None]) -> None:
        self._waiting = set(names)
        self._imported = imported

    def start(self) -> None:
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._waiting:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._call_after(spec)
                return spec
        return None

    def _call_after(self, spec: importlib.machinery.ModuleSpec) -> None:
        loader = spec.loader
        if loader is None:  # a namespace package: it has no code to hook
            return
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            if module.__name__ != spec.name:  # one loader may serve many modules
                run(module)
                return
            # The replacement is an attribute of the instance: deleting it uncovers the
            # loader's own method.
            vars(loader).pop("exec_module", None)
            run(module)
            if spec.name in self._waiting:
                self._waiting.discard(spec.name)
                self._imported(spec.name)

        loader.exec_module = exec_module  # type: ignore[method-assign] # see above
