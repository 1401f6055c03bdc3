"""Which exception is told of where a framework shows none."""

import contextlib
import sys

import pytest

from pypact.verifier.tracebacks import traceback_lines
from pypact.verifier.unwinding import Unwinding


def failing():
    raise KeyError("of the team")


def swallowing():
    with contextlib.suppress(KeyError), contextlib.ExitStack() as framework:
        framework.callback(failing)  # called by code that is not the team's


def handling_it_there():
    try:
        return {}["handled where it was raised"]
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


def answering_that_there_is_nothing():
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
def unwinding():
    made = Unwinding(None)
    yield made
    made.close()


since_312 = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="the interpreter cannot be asked before 3.12"
)


@since_312
def test_an_exception_that_left_a_function_is_kept_once(unwinding):
    unwinding.open()
    swallowing()

    assert "of the team" == unwinding.take().args[0]
    assert None is unwinding.take()


@since_312
@pytest.mark.parametrize(
    "handling",
    [handling_it_there, handling_it_next_to_it, answering_that_there_is_nothing],
)
def test_what_is_handled_is_not_kept(unwinding, handling):
    unwinding.open()
    handling()

    assert None is unwinding.take()


@since_312
def test_the_place_is_known_though_a_framework_forgets_it(unwinding):
    unwinding.open()
    losing_its_traceback()

    assert "in failing" in traceback_lines(unwinding.take())[-1]


@since_312
def test_each_call_begins_anew(unwinding):
    unwinding.open()
    swallowing()
    unwinding.open()

    assert None is unwinding.take()


@since_312
def test_nothing_watches_after_the_close(unwinding):
    unwinding.open()
    unwinding.close()
    swallowing()

    assert None is unwinding.take()
    assert [None, None] == [sys.monitoring.get_tool(number) for number in (3, 4)]


@since_312
def test_who_opened_last_is_told_and_the_tool_is_one(unwinding):
    other = Unwinding(None)
    unwinding.open()
    other.open()
    swallowing()
    assert None is unwinding.take()
    assert other.take() is not None

    unwinding.open()
    swallowing()
    other.close()
    swallowing()

    assert unwinding.take() is not None
    assert 1 == [sys.monitoring.get_tool(number) for number in (3, 4)].count("pypact")


@since_312
def test_what_other_tools_have_reserved_is_left_to_them(unwinding):
    for number in (3, 4):
        sys.monitoring.use_tool_id(number, "another")
    try:
        unwinding.open()
        swallowing()
        assert None is unwinding.take()
    finally:
        for number in (3, 4):
            sys.monitoring.free_tool_id(number)


def test_litestar_is_asked_where_the_interpreter_cannot_be(monkeypatch):
    import litestar

    monkeypatch.setattr("pypact.verifier.unwinding._monitoring", lambda: None)

    @litestar.get("/users")
    async def users() -> dict:
        return failing()

    app = litestar.Litestar([users])
    before = list(app.after_exception)
    from pypact.model.http import Request
    from pypact.targets import AsgiTarget

    target, unwinding = AsgiTarget(app), Unwinding(app)
    unwinding.open()
    answer = target.send(Request.from_http("GET", "/users", []))
    raised = unwinding.take()
    unwinding.close()
    target.close()

    assert 500 == answer.status
    assert "of the team" == raised.args[0]
    assert before == app.after_exception
