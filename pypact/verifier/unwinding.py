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
    """Captures the last exception that escapes the provider's own code, while open."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._last: tuple[Exception, TracebackType | None] | None = None
        self._own: dict[str, bool] = {}
        self._stop: Callable[[], None] | None = None

    def open(self) -> None:
        """Start monitoring, unless it is running, and drop a captured exception."""
        self._last = None
        if _subscription.activate(self):
            return
        if self._stop is None:
            self._stop = _hook_into_litestar(self._app, self.keep)

    def take(self) -> BaseException | None:
        """Return the captured exception, and drop it."""
        last, self._last = self._last, None
        return None if last is None else placed(*last)

    def close(self) -> None:
        """Stop monitoring."""
        self._last = None
        _subscription.remove(self)
        if self._stop is not None:
            self._stop()
            self._stop = None

    def keep(self, raised: Exception) -> None:
        """Capture an exception, with its traceback up to here."""
        self._last = raised, raised.__traceback__

    def left(self, frame: FrameType, raised: Exception) -> None:
        """Capture an exception that unwinds `frame`, if it escapes the provider's code.

        It escapes if the frame is provider code and its caller is not.
        """
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


class _Subscription:
    """The process-wide use of `sys.monitoring`; it serves the monitor opened last."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[Unwinding] = weakref.WeakSet()
        self._active: Callable[[], Unwinding | None] = _no_monitor
        self._tool: int | None = None

    def activate(self, monitor: Unwinding) -> bool:
        """Report exceptions to `monitor` from now on.

        Returns False if `sys.monitoring` is missing, or has no free tool id.
        """
        if self._active() is monitor:
            return True
        if self._tool is None:
            self._tool = self._reserve_tool()
            if self._tool is None:
                return False
        self._open.add(monitor)
        self._active = weakref.ref(monitor)
        return True

    def remove(self, monitor: Unwinding) -> None:
        """Stop reporting to `monitor`; free the tool id if no other monitor is open."""
        self._open.discard(monitor)
        if self._active() is monitor:
            self._active = _no_monitor
        if self._tool is not None and not self._open:
            monitoring = _monitoring()
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_UNWIND, None)
            monitoring.free_tool_id(self._tool)
            self._tool = None

    def _reserve_tool(self) -> int | None:
        """Reserve a tool id that PEP 669 assigns to no special tool, if one is free."""
        monitoring = _monitoring()
        if monitoring is None:
            return None
        for number in (3, 4):
            if monitoring.get_tool(number) is None:
                event = monitoring.events.PY_UNWIND
                monitoring.use_tool_id(number, "pypact")
                monitoring.register_callback(number, event, self._on_unwind)
                monitoring.set_events(number, event)
                return number
        return None

    def _on_unwind(self, _code: CodeType, _offset: int, raised: BaseException) -> None:
        monitor = self._active()
        if monitor is not None and isinstance(raised, Exception):
            monitor.left(sys._getframe(1), raised)  # noqa: SLF001 -- no public way to the frame


def _monitoring() -> Any:
    return getattr(sys, "monitoring", None)  # since Python 3.12


def _no_monitor() -> None:
    return None


_subscription = _Subscription()


def _hook_into_litestar(
    app: Any, keep: Callable[[Exception], None]
) -> Callable[[], None]:
    """Add hooks that call `keep` with exceptions that Litestar turns into responses.

    Returns a function that removes the hooks.
    """

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


# Callers of these methods expect an exception: it means that there is no such value.
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
