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
from collections.abc import Callable
from types import CodeType, TracebackType
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
        if self._stop is None:
            tool = _tool()
            if tool is None:
                self._stop = _told_by_litestar(self._app, self._keep)
            else:
                self._stop = _told_by_python(tool, self._left)

    def take(self) -> BaseException | None:
        """Give the exception, and forget it."""
        last, self._last = self._last, None
        return None if last is None else placed(*last)

    def close(self) -> None:
        """Watch no more."""
        self._last = None
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _keep(self, raised: Exception) -> None:
        self._last = raised, raised.__traceback__

    def _left(self, code: CodeType, _: int, raised: BaseException) -> None:
        if not isinstance(raised, Exception) or not self._is_own(code):
            return
        caller = sys._getframe(1).f_back  # noqa: SLF001 -- there is no other way to it
        if caller is None or not self._is_own(caller.f_code):
            self._keep(raised)

    def _is_own(self, code: CodeType) -> bool:
        name = code.co_filename
        own = self._own.get(name)
        if own is None:
            own = self._own[name] = not is_foreign(name)
        return own


def _tool() -> int | None:
    """Reserve one of the tool numbers that are nobody's by name, if one is free."""
    if sys.version_info >= (3, 12):
        for number in (3, 4):
            if sys.monitoring.get_tool(number) is None:
                sys.monitoring.use_tool_id(number, "pypact")
                return number
    return None


def _told_by_python(
    tool: int, left: Callable[[CodeType, int, BaseException], None]
) -> Callable[[], None]:
    """Have `left` called for each function left by an exception; gives what ends it."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]  # since Python 3.12
    event = monitoring.events.PY_UNWIND
    monitoring.register_callback(tool, event, left)
    monitoring.set_events(tool, event)

    def stop() -> None:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)

    return stop


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
