"""Find out what the assertion compares that made a test fail.

An assertion that compares with the example of a contract must fail with any other
response. Such an assertion has a fixed value on one side: a literal, or a variable with
the value of the example.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from pypact.frames import is_library_file

if TYPE_CHECKING:
    from pypact.strategies.messages import Change


def is_assertion_on_example(
    error: BaseException, code: CodeType | None, changes: Sequence[Change] = ()
) -> bool:
    """Return whether the test failed because a statement compares with the example.

    `code` is that of the test, and `changes` are the values that differ from the
    example. A statement that uses `calls`, or `received` of a message, compares with
    the response instead.
    """
    frame, checks = _find_assertion(error, code)
    if frame is None or any(map(_reads_response, checks)):
        return False
    values = _Values(frame, changes)
    return any(_compares_with_example(check, values) for check in checks)


def is_assertion_of_truth(error: BaseException, code: CodeType | None) -> bool:
    """Return whether the test failed because it asserts that a value is true.

    An assertion such as `assert user.name` fails for an empty string or 0, even if the
    client accepts them.
    """
    asserted: list[ast.expr] = []
    for statement in _find_assertion(error, code)[1]:
        if isinstance(statement, ast.Assert):
            asserted.append(statement.test)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            if isinstance(function, ast.Attribute) and function.attr == "assertTrue":
                asserted += statement.value.args[:1]
    operands = [
        operand
        for one in asserted
        for operand in (one.values if isinstance(one, ast.BoolOp) else [one])
    ]
    return any(
        isinstance(one, (ast.Name, ast.Attribute, ast.Subscript))
        or (isinstance(one, ast.Call) and _reads(one.func))
        for one in operands
    )


def _find_assertion(
    error: BaseException, code: CodeType | None
) -> tuple[FrameType | None, Sequence[ast.AST]]:
    """Return the frame of the failed assertion, and the statements at its line."""
    if code is None or not _is_failed_assertion(error):
        return None, ()
    own = [
        (frame, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not is_library_file(frame.f_code.co_filename)
    ]
    if not own or not _is_of_test(own[-1][0], code):
        return None, ()
    frame, number = own[-1]
    text = "".join(linecache.getlines(frame.f_code.co_filename))
    return frame, _find_checks(text, number)


def _is_failed_assertion(error: BaseException) -> bool:
    outcomes = sys.modules.get("_pytest.outcomes")
    is_failure = outcomes is not None and isinstance(error, outcomes.Failed)
    return is_failure or isinstance(error, AssertionError)


def _is_of_test(frame: FrameType, test: CodeType) -> bool:
    """Return whether a frame runs the test itself or one of its helpers.

    The client's functions may be in the same file, so helpers are found by their names.
    """
    code = frame.f_code
    if code is test or any(one is code for one in _list_nested(test)):
        return True
    if code.co_filename != test.co_filename and not _TEST_FILE.match(
        Path(code.co_filename).name
    ):
        return False
    unittest = sys.modules.get("unittest.case")
    is_method = unittest is not None and isinstance(
        frame.f_locals.get("self"), unittest.TestCase
    )
    return is_method or _HELPER.match(code.co_name) is not None


def _list_nested(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _list_nested(one)


@functools.lru_cache(maxsize=64)
def _find_checks(text: str, number: int) -> Sequence[ast.AST]:
    """Return the innermost statements at a line.

    For one that only raises, as `pytest.fail()` does, return the conditions before it.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    last = max((one.lineno for one in around), default=0)
    found: list[ast.AST] = []
    for statement in around:
        if statement.lineno != last or isinstance(statement, ast.If):
            continue
        if isinstance(statement, ast.Raise) or _FAIL.match(ast.unparse(statement)):
            found += [one.test for one in around if isinstance(one, ast.If)]
        else:
            found.append(statement)
    return found


def _reads_response(check: ast.AST) -> bool:
    """Return whether a statement reads what the client or the handler got."""
    return any(
        (isinstance(node, ast.Name) and node.id == "calls")
        or (isinstance(node, ast.Attribute) and node.attr == "received")
        for node in ast.walk(check)
    )


def _compares_with_example(check: ast.AST, values: _Values) -> bool:
    if isinstance(check, ast.Assert) and _is_plain(check.test):
        return True
    expression = isinstance(check, ast.Expr)
    for node in ast.walk(check.test if isinstance(check, ast.Assert) else check):
        if isinstance(node, ast.Compare):
            if any(map(values.is_fixed, [node.left, *node.comparators])):
                return True
        elif isinstance(node, ast.Call):
            arguments = [*node.args, *(one.value for one in node.keywords)]
            if expression and _ASSERTION.search(ast.unparse(node.func)):
                if any(map(values.is_fixed, arguments)):
                    return True
                if len(arguments) == 1 and _is_plain(arguments[0]):
                    return True
            elif any(map(values.is_of_example, arguments)):
                return True
    return False


def _is_plain(node: ast.expr) -> bool:
    """Return whether an expression only reads a value, as in `assert user.active`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _is_plain(node.operand)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return isinstance(node.value, (ast.Name, ast.Call)) or _is_plain(node.value)
    return False


class _Values:
    """The variables of a frame, to be compared with examples and generated values."""

    def __init__(self, frame: FrameType, changes: Sequence[Change]) -> None:
        self._scopes = (frame.f_locals, frame.f_globals)
        self._examples = [one.before for one in changes]
        self._others = [one.after for one in changes]

    def is_fixed(self, node: ast.expr) -> bool:
        """Return whether an operand has the same value in each run.

        It consists of literals, of names in capitals and of values of the example.
        """
        has_literal = False
        for one in _walk_operand(node):
            if isinstance(one, (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)):
                has_literal = True
            elif isinstance(one, ast.Name):
                is_literal = self._is_literal(one.id)
                if is_literal is False:
                    return False
                has_literal = has_literal or is_literal is True
            elif isinstance(one, ast.Attribute) and self._has_example(one):
                return True
        return has_literal

    def is_of_example(self, node: ast.expr) -> bool:
        """Return whether an argument is part of an example, as in `startswith("A")`."""
        if not isinstance(node, ast.Constant) or node.value in ("", None):
            return False
        return any(
            node.value in one
            if isinstance(one, str) and isinstance(node.value, str)
            else node.value == one
            for one in self._examples
        )

    def _is_literal(self, name: str) -> bool | None:
        """Return whether a variable is fixed; None if its value is not compared."""
        if name.isupper() or name == "snapshot":
            return True
        value = next((one[name] for one in self._scopes if name in one), _MISSING)
        if value is _MISSING or isinstance(value, (type, ModuleType)):
            return None
        if inspect.isroutine(value):
            return None
        return self._holds_example(value)

    def _has_example(self, node: ast.Attribute) -> bool:
        """Return whether an attribute, as in `self.expected`, has the example."""
        if not isinstance(node.value, ast.Name):
            return False
        owner = next(
            (one[node.value.id] for one in self._scopes if node.value.id in one), None
        )
        value = inspect.getattr_static(owner, node.attr, _MISSING)
        return value is not _MISSING and self._holds_example(value)

    def _holds_example(self, value: Any) -> bool:
        has_other = any(_holds(value, one) for one in self._others)
        return not has_other and any(_holds(value, one) for one in self._examples)


def _walk_operand(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of an expression, without the keys and indexes that it reads.

    The strings between the values of a formatted string do not count.
    """
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Subscript) and child is node.slice:
            continue
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue
        if isinstance(node, ast.Call) and child in node.args and _reads(node.func):
            continue
        yield from _walk_operand(child)


def _reads(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("get", "pop")


def _holds(value: Any, part: Any, depth: int = 4) -> bool:
    """Return whether a value is, or contains, another one."""
    if type(value) is type(part) and value == part:
        return True
    if depth == 0 or isinstance(value, (bool, int, float, bytes, type(None))):
        return _is_number(value) and _is_number(part) and bool(value == part)
    if isinstance(value, str):
        is_string = isinstance(part, str) and len(part) > 1
        return is_string and part in value
    return any(_holds(one, part, depth - 1) for one in _list_members(value))


def _is_number(value: Any) -> bool:
    return not isinstance(value, (bool, str)) and hasattr(value, "__trunc__")


def _list_members(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    slots = [
        getattr(value, name, None)
        for owner in type(value).__mro__
        for name in _list_slots(owner)
    ]
    return [*getattr(value, "__dict__", {}).values(), *slots]


def _list_slots(owner: type) -> Sequence[str]:
    slots: Any = owner.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


_TEST_FILE = re.compile(r"conftest\.py$|test_.*\.py$|.*_tests?\.py$")
_HELPER = re.compile(r"_*(test|assert|check|verify|expect|ensure|compare)|<")
_ASSERTION = re.compile(r"assert|expect|should|verify|ensure|fail")
_FAIL = re.compile(r"[\w.]*\bfail\(")
_MISSING = object()
