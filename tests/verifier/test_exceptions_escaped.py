"""Capturing exceptions that escape provider code and are swallowed by a framework."""

import contextlib
import sys

import pytest

from pypact.verifier.exceptions import EscapedExceptionMonitor, format_traceback


def failing():
    raise KeyError("of the provider")


def swallowing():
    with contextlib.suppress(KeyError), contextlib.ExitStack() as framework:
        framework.callback(failing)  # called by code of the standard library


def handling_it_there():
    try:
        return {}["handled in the function that raises"]
    except KeyError:
        return "200"


def handling_it_next_to_it():
    try:
        return failing()
    except KeyError:
        return "200"


class Lazy:
    def __getattr__(self, name):
        raise AttributeError(name)

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration


def signalling_a_missing_value():
    lazy = Lazy()
    with contextlib.ExitStack() as framework:
        framework.callback(hasattr, lazy, "anything")
        framework.callback(list, lazy)


def losing_its_traceback():
    try:
        with contextlib.ExitStack() as framework:
            framework.callback(failing)
    except KeyError as error:
        error.__traceback__ = None


@pytest.fixture
def monitor():
    made = EscapedExceptionMonitor(None)
    yield made
    made.close()


since_312 = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring exists since Python 3.12"
)


@since_312
def test_an_escaped_exception_is_returned_once(monitor):
    monitor.open()
    swallowing()

    assert "of the provider" == monitor.take().args[0]
    assert None is monitor.take()


@since_312
@pytest.mark.parametrize(
    "handling",
    [handling_it_there, handling_it_next_to_it, signalling_a_missing_value],
)
def test_a_handled_exception_is_not_captured(monitor, handling):
    monitor.open()
    handling()

    assert None is monitor.take()


@since_312
def test_a_removed_traceback_is_restored(monitor):
    monitor.open()
    losing_its_traceback()

    assert "in failing" in format_traceback(monitor.take())[-1]


@since_312
def test_opening_again_drops_a_captured_exception(monitor):
    monitor.open()
    swallowing()
    monitor.open()

    assert None is monitor.take()


@since_312
def test_closing_stops_the_monitoring(monitor):
    monitor.open()
    monitor.close()
    swallowing()

    assert None is monitor.take()
    assert [None, None] == [sys.monitoring.get_tool(number) for number in (3, 4)]


@since_312
def test_the_monitor_opened_last_is_served_and_all_share_one_tool(monitor):
    other = EscapedExceptionMonitor(None)
    monitor.open()
    other.open()
    swallowing()
    assert None is monitor.take()
    assert other.take() is not None

    monitor.open()
    swallowing()
    other.close()
    swallowing()

    assert monitor.take() is not None
    assert 1 == [sys.monitoring.get_tool(number) for number in (3, 4)].count("pypact")


@since_312
def test_tool_ids_of_other_tools_are_not_used(monitor):
    for number in (3, 4):
        sys.monitoring.use_tool_id(number, "another")
    try:
        monitor.open()
        swallowing()
        assert None is monitor.take()
    finally:
        for number in (3, 4):
            sys.monitoring.free_tool_id(number)


def test_litestar_hooks_are_used_without_sys_monitoring(monkeypatch):
    import litestar

    monkeypatch.setattr("pypact.verifier.exceptions._monitoring", lambda: None)

    @litestar.get("/users")
    async def users() -> dict:
        return failing()

    app = litestar.Litestar([users])
    before = list(app.after_exception)
    from pypact.model.http import Request
    from pypact.targets import AsgiTarget

    target, monitor = AsgiTarget(app), EscapedExceptionMonitor(app)
    monitor.open()
    answer = target.send(Request.from_http("GET", "/users", []))
    raised = monitor.take()
    monitor.close()
    target.close()

    assert 500 == answer.status
    assert "of the provider" == raised.args[0]
    assert before == app.after_exception
