import builtins
import traceback

import pytest

from pypact.targets.lifespan import extract_last_exception


def text_of(raised):
    return "".join(traceback.format_exception(raised))


def failing(cause=None):
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("no database\n  host: unknown\nTry another.") from cause
    return caught.value


SAID = "RuntimeError: no database\n  host: unknown\nTry another."


def test_the_exception_is_kept_with_all_its_lines_and_no_frames():
    assert SAID == extract_last_exception(text_of(failing()))
    assert SAID == extract_last_exception(text_of(failing(cause=ValueError("first"))))


def test_a_string_without_a_traceback_is_kept_whole():
    assert "no database:\n  - host" == extract_last_exception(
        " no database:\n  - host\n"
    )
    assert "" == extract_last_exception("\n")


def test_an_exception_without_a_message_is_its_name():
    text = "Traceback (most recent call last):\n  File 'a'\nOSError\n"

    assert "OSError" == extract_last_exception(text)


def test_a_syntax_error_keeps_its_position():
    with pytest.raises(SyntaxError) as caught:
        compile("a = = 1", "settings.py", "exec")

    assert "SyntaxError: invalid syntax" == extract_last_exception(
        text_of(caught.value)
    )


@pytest.mark.parametrize("depth", [1, 2])
def test_the_last_exception_of_a_group_is_kept(depth):
    group_of = getattr(builtins, "ExceptionGroup", None)
    if group_of is None:
        pytest.skip("Python has groups of exceptions from 3.11 on")
    raised = failing()
    for _ in range(depth):
        with pytest.raises(group_of) as caught:
            raise group_of("unhandled errors", [ValueError("first"), raised])
        raised = caught.value

    assert SAID == extract_last_exception(text_of(raised))


def test_an_exception_that_was_never_raised_is_found_in_a_group():
    group_of = getattr(builtins, "ExceptionGroup", None)
    if group_of is None:
        pytest.skip("Python has groups of exceptions from 3.11 on")
    group = group_of("unhandled errors", [failing(), ValueError("not\nraised")])

    assert "ValueError: not\nraised" == extract_last_exception(text_of(group))
