"""Which exception left the team's own code, though its framework shows it nowhere?

What one function of the team raises and another handles is not told of: that is no
failure.

From Python 3.12 on the interpreter can be asked (PEP 669), at no cost while nothing
fails. Before, only what a framework offers itself helps; Litestar does, which neither
logs an exception nor raises it.

Source: verification.md, section 2.4.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any

from pypact.verifier.provider_log import placed
from pypact.verifier.routes import layers_of
from pypact.verifier.tracebacks import is_foreign

__all__ = ["Unwinding"]


class Unwinding:
    """Keeps the last exception that left the team's code, while it is open."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._last: tuple[Exception, TracebackType | None] | None = None
        self._own: dict[str, bool] = {}
        self._stop: Callable[[], None] | None = None

    def open(self) -> None:
        """Begin to watch, if need be, and forget what was."""
        self._last = None
        if _watch.tells(self):
            return
        if self._stop is None:
            self._stop = _told_by_litestar(self._app, self.keep)

    def take(self) -> BaseException | None:
        """Give the exception, and forget it."""
        last, self._last = self._last, None
        return None if last is None else placed(*last)

    def close(self) -> None:
        """Watch no more."""
        self._last = None
        _watch.forget(self)
        if self._stop is not None:
            self._stop()
            self._stop = None

    def keep(self, raised: Exception) -> None:
        """Keep an exception, with the place where it is."""
        self._last = raised, raised.__traceback__

    def left(self, frame: FrameType, raised: Exception) -> None:
        """Keep an exception that leaves `frame`, if it leaves the team's code."""
        caller = frame.f_back
        if frame.f_code.co_name in _MAY_FAIL or not self._is_own(frame):
            return
        if caller is None or not self._is_own(caller):
            self.keep(raised)

    def _is_own(self, frame: FrameType) -> bool:
        name = frame.f_code.co_filename
        own = self._own.get(name)
        if own is None:
            own = not is_foreign(frame.f_code, frame.f_globals)
            self._own[name] = own
        return own


class _Watch:
    """The interpreter's one tool of ours; tells the one that opened last."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[Unwinding] = weakref.WeakSet()
        self._last: Callable[[], Unwinding | None] = _nobody
        self._tool: int | None = None

    def tells(self, who: Unwinding) -> bool:
        """Tell `who` from now on; False where the interpreter cannot be asked."""
        if self._last() is who:
            return True
        if self._tool is None:
            self._tool = self._reserved()
            if self._tool is None:
                return False
        self._open.add(who)
        self._last = weakref.ref(who)
        return True

    def forget(self, who: Unwinding) -> None:
        """Tell `who` no more; give the tool back if there is nobody else."""
        self._open.discard(who)
        if self._last() is who:
            self._last = _nobody
        if self._tool is not None and not self._open:
            monitoring = _monitoring()
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_UNWIND, None)
            monitoring.free_tool_id(self._tool)
            self._tool = None

    def _reserved(self) -> int | None:
        """Reserve one of the tool numbers that are nobody's by name, if one is free."""
        monitoring = _monitoring()
        if monitoring is None:
            return None
        for number in (3, 4):
            if monitoring.get_tool(number) is None:
                event = monitoring.events.PY_UNWIND
                monitoring.use_tool_id(number, "pypact")
                monitoring.register_callback(number, event, self._left)
                monitoring.set_events(number, event)
                return number
        return None

    def _left(self, _code: CodeType, _offset: int, raised: BaseException) -> None:
        told = self._last()
        if told is not None and isinstance(raised, Exception):
            told.left(sys._getframe(1), raised)  # noqa: SLF001 -- there is no other way to it


def _monitoring() -> Any:
    return getattr(sys, "monitoring", None)  # since Python 3.12


def _nobody() -> None:
    return None


_watch = _Watch()


def _told_by_litestar(
    app: Any, keep: Callable[[Exception], None]
) -> Callable[[], None]:
    """Have `keep` called with what Litestar makes an answer of."""

    async def hook(raised: Exception, scope: object) -> None:
        del scope
        keep(raised)

    lists = [
        layer.after_exception
        for layer in layers_of(app)
        if type(layer).__module__.partition(".")[0] == "litestar"
        and isinstance(getattr(layer, "after_exception", None), list)
    ]
    for hooks in lists:
        hooks.append(hook)

    def stop() -> None:
        for hooks in lists:
            hooks.remove(hook)

    return stop


# Who calls these takes an exception for the answer that there is nothing.
_MAY_FAIL = frozenset(
    (
        "__anext__",
        "__get__",
        "__getattr__",
        "__getattribute__",
        "__getitem__",
        "__index__",
        "__missing__",
        "__next__",
    )
)
