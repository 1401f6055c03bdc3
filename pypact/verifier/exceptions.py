"""Find the provider's exceptions, and format their tracebacks.

Frameworks turn an exception into a 500 response: it is then found in a log record, in a
traceback written as text, or by monitoring (PEP 669, from Python 3.12 on) which
exceptions escape provider code; for Litestar also before 3.12, by its own hooks. An
exception that other provider code handles is not reported. Frames of installed
packages, of the standard library and of pypact are omitted and counted, unless there
are no others.

Source: docs/internals/verification.md, "Exceptions by framework".
"""

from __future__ import annotations

import logging
import sys
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple

from pypact._lazy import compile_later
from pypact.frames import is_generated, is_library_code, is_library_file, shorten_path
from pypact.targets.base import MOST_CHARACTERS, describe_exception, read_message
from pypact.verifier.routes import iterate_layers


def format_traceback(error: BaseException) -> tuple[str, ...]:
    """Format the traceback of an exception, followed by its causes, as lines."""
    lines: list[str] = []
    for relation, related in _iterate_chain(error):
        if relation:
            lines.append(f"{relation} {describe_exception(related)}")
        frames = _extract_frames(related)
        if all(is_library for is_library, _ in frames):
            # As in FastAPI's ResponseValidationError, only the message has the cause.
            lines += _rest_of_message(related)
        lines += _select_frames(frames)
        lines += _format_group(related)
    return tuple(lines)


def _iterate_chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    seen: set[int] = set()
    relation, found = "", error
    while id(found) not in seen:
        seen.add(id(found))
        yield relation, found
        if found.__cause__ is not None:
            relation, found = "caused by", found.__cause__
        elif found.__context__ is not None and not found.__suppress_context__:
            relation, found = "while handling", found.__context__


def _format_group(error: BaseException) -> Iterator[str]:
    """Format the members of an exception group (Python 3.11 and later)."""
    members = getattr(error, "exceptions", ())
    if not isinstance(members, tuple):
        return
    for member in members[:_FEWEST]:
        if isinstance(member, BaseException):
            yield f"with {describe_exception(member)}"
            yield from (f"  {line}" for line in format_traceback(member))
    if len(members) > _FEWEST:
        yield f"({len(members) - _FEWEST} other exceptions not shown)"


def _extract_frames(error: BaseException) -> list[tuple[bool, str]]:
    """Return a pair for each frame: whether it belongs to a library, and its line."""
    walked = traceback.walk_tb(error.__traceback__)
    summaries = traceback.extract_tb(error.__traceback__)
    return [
        (is_library_code(frame.f_code, frame.f_globals), _frame_line(*summary))
        for (frame, _), summary in zip(walked, summaries, strict=True)
    ]


def _rest_of_message(error: BaseException) -> list[str]:
    """Return the lines of the message after the first, which the headline has."""
    rest = [line for line in read_message(error).splitlines()[1:] if line.strip()]
    lines = [line[:MOST_CHARACTERS] for line in rest[:_MOST_MESSAGE_LINES]]
    hidden = len(rest) - len(lines)
    return [*lines, f"({hidden} other lines not shown)"] if hidden else lines


def _frame_line(file: str, number: object, function: str, code: str | None) -> str:
    return f"{shorten_path(file)}:{number} in {function}  ->  {code}"


def _select_frames(frames: list[tuple[bool, str]]) -> list[str]:
    """Return the lines of frames outside of libraries, or the last if there are none.

    `frames` are pairs: whether the frame belongs to a library, and its line.
    """
    own = [line for is_library, line in frames if not is_library]
    shown = own or [line for _, line in frames[-_FEWEST:]]
    groups = [(line, len(list(same))) for line, same in groupby(shown)]
    lines = [f"{line}  ({n} times)" if n > 1 else line for line, n in groups]
    hidden = len(frames) - len(shown) + max(0, len(lines) - _MOST)
    lines = lines[-_MOST:]
    return [*lines, f"({hidden} other frames not shown)"] if hidden else lines


_FEWEST = 3
_MOST = 12
_MOST_MESSAGE_LINES = 10


class ProviderLog(logging.Handler):
    """A log handler that collects records of level WARNING and above.

    It is a context manager: while it is entered, it is attached to the root logger. It
    can be entered again after it was left, with no records.
    """

    def __init__(self) -> None:
        # The handler itself accepts all levels: frameworks that find such a handler do
        # not add one that writes to stderr.
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.is_entered = False

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.records.append(record)

    def __enter__(self) -> ProviderLog:  # noqa: PYI034 -- Self is new in Python 3.11
        self.records = []
        self.is_entered = True
        logging.root.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.root.removeHandler(self)
        self.is_entered = False

    def take(self) -> list[logging.LogRecord]:
        """Return the collected records, and clear them."""
        records, self.records = self.records, []
        return records


def find_logged_exception(records: list[logging.LogRecord]) -> BaseException | None:
    """Return the last logged exception, with its traceback."""
    for record in reversed(records):
        _, error, raised_at = record.exc_info or (None, None, None)
        if error is not None and record.name != "asyncio":  # which logs other tasks
            return _restore_traceback(error, raised_at)
    return None


def _restore_traceback(
    error: BaseException, traceback: TracebackType | None
) -> BaseException:
    """Restore the traceback of an exception if a framework has removed it."""
    if error.__traceback__ is None:
        error.__traceback__ = traceback
    return error


def format_records(records: list[logging.LogRecord]) -> tuple[str, ...]:
    """Format log records as lines: level, logger, message and exception."""
    return tuple(line for record in records for line in _record_lines(record))


def _record_lines(record: logging.LogRecord) -> list[str]:
    try:
        message = record.getMessage()
    except (TypeError, ValueError) as problem:
        message = f"{record.msg} (cannot be formatted: {problem})"
    first, *rest = message.splitlines() or [""]
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and (exception := describe_exception(error)) not in first:
        first = f"{first} [{exception}]"
    return [f"{record.levelname} {record.name}: {first}", *(f"  {one}" for one in rest)]


class ExceptionSummary(NamedTuple):
    """An exception as text: one line that names it, and the lines of its traceback."""

    headline: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, error: BaseException) -> ExceptionSummary:
        return cls(describe_exception(error), format_traceback(error))


def parse_traceback(texts: Iterable[str]) -> ExceptionSummary | None:
    """Return the last traceback of the first string that contains one."""
    for text in texts:
        found = list(_BEGINNING.finditer(text))
        if found:
            return _parse_lines(text[found[-1].end() :].splitlines())
    return None


def _parse_lines(lines: list[str]) -> ExceptionSummary | None:
    frames: list[tuple[bool, str]] = []
    for index, line in enumerate(lines):
        if frame := _FRAME.match(line):
            file, number, function = frame.groups()
            following = lines[index + 1].strip() if index + 1 < len(lines) else ""
            code = "" if _FRAME.match(f"  {following}") else following
            is_library = is_library_file(file) or is_generated(file)
            frames.append((is_library, _frame_line(file, number, function, code)))
        elif line and not line[0].isspace():
            return ExceptionSummary(line.strip(), tuple(_select_frames(frames)))
    return None


_BEGINNING = compile_later(r"Traceback \(most recent call last\):\n")
_FRAME = compile_later(r'  File "(.+)", line (\d+), in (.+)')


class EscapedExceptionMonitor:
    """A monitor that captures the last exception that escapes the provider's code."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._last: tuple[Exception, TracebackType | None] | None = None
        self._own: dict[str, bool] = {}
        self._stop: Callable[[], None] | None = None

    def open(self) -> None:
        """Start monitoring, unless it is running, and drop a captured exception."""
        self._last = None
        if self._stop is not None or _subscription.activate(self):
            return
        if self._stop is None:
            self._stop = _hook_into_litestar(self._app, self.keep)

    def take(self) -> BaseException | None:
        """Return the captured exception, and drop it."""
        last, self._last = self._last, None
        return None if last is None else _restore_traceback(*last)

    def close(self) -> None:
        """Stop monitoring."""
        self._last = None
        _subscription.remove(self)
        if self._stop is not None:
            self._stop()
            self._stop = None

    def keep(self, error: Exception) -> None:
        """Capture an exception, with its traceback up to here."""
        self._last = error, error.__traceback__

    def record_unwind(self, frame: FrameType, error: Exception) -> None:
        """Capture an exception that unwinds `frame`, if it escapes the provider's code.

        It escapes if the frame is provider code and its caller is not.
        """
        caller = frame.f_back
        if frame.f_code.co_name in _MAY_FAIL or not self._is_own(frame):
            return
        if caller is None or not self._is_own(caller):
            self.keep(error)

    def _is_own(self, frame: FrameType) -> bool:
        name = frame.f_code.co_filename
        if name not in self._own:
            self._own[name] = not is_library_code(frame.f_code, frame.f_globals)
        return self._own[name]


class _Subscription:
    """The process's use of `sys.monitoring`, on behalf of the monitor opened last."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[EscapedExceptionMonitor] = weakref.WeakSet()
        self._active: Callable[[], EscapedExceptionMonitor | None] = _no_monitor
        self._tool: int | None = None

    def activate(self, monitor: EscapedExceptionMonitor) -> bool:
        """Report exceptions to `monitor`; return False if that is impossible."""
        if self._active() is monitor:
            return True
        if self._tool is None:
            self._tool = self._reserve_tool()
            if self._tool is None:
                return False
        self._open.add(monitor)
        self._active = weakref.ref(monitor)
        return True

    def remove(self, monitor: EscapedExceptionMonitor) -> None:
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
        for number in (3, 4) if monitoring is not None else ():
            if monitoring.get_tool(number) is None:
                event = monitoring.events.PY_UNWIND
                monitoring.use_tool_id(number, "pypact")
                monitoring.register_callback(number, event, self._on_unwind)
                monitoring.set_events(number, event)
                return number
        return None

    def _on_unwind(self, _code: CodeType, _offset: int, error: BaseException) -> None:
        monitor = self._active()
        if monitor is not None and isinstance(error, Exception):
            monitor.record_unwind(sys._getframe(1), error)  # noqa: SLF001 -- no public way to the frame


def _monitoring() -> Any:
    return getattr(sys, "monitoring", None)  # since Python 3.12


def _no_monitor() -> None:
    return None


_subscription = _Subscription()


def _hook_into_litestar(
    app: Any, keep: Callable[[Exception], None]
) -> Callable[[], None]:
    """Call `keep` with exceptions that Litestar handles; return how to stop that."""

    async def hook(error: Exception, _scope: object) -> None:
        keep(error)

    lists = [
        layer.after_exception
        for layer in iterate_layers(app)
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
