"""Report the first import of a client library.

Nothing of pypact may remain outside of blocks, so the finder is removed with the hooks;
`wrapt.register_post_import_hook` cannot be undone.

Source: docs/internals/interception.md, "Patching and restoring".
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType


class ImportWatcher:
    """A finder that calls `report(name)` after the first import of a module."""

    def __init__(self, names: Iterable[str], report: Callable[[str], None]) -> None:
        self._waiting = set(names)
        self._report = report

    def start(self) -> None:
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        self._waiting.clear()
        # It is None while the interpreter shuts down.
        if sys.meta_path and self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._waiting:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next(filter(None, specs), None)
        if spec is not None:
            self._call_after(spec)
        return spec

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
                self._report(spec.name)

        loader.exec_module = exec_module  # type: ignore[method-assign] # see above
