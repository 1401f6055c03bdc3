"""Find out what the assertion that failed a test compares."""

from __future__ import annotations

import ast
import functools
import linecache
import traceback
from collections.abc import Iterator
from types import CodeType

from pypact.frames import is_library_file


def is_assertion_on_example(error: BaseException, code: CodeType | None) -> bool:
    """Return whether a statement of the test compares something with a literal.

    Such a literal comes from the example of the contract, so that another value must
    fail. A statement that uses `calls`, or `received` of a message, compares with the
    response instead.
    """
    statement = _find_assertion(error, code)
    if statement is None:
        return False
    nodes = list(ast.walk(statement))
    if any(map(_is_received, nodes)):
        return False
    compared = [
        one
        for one in nodes
        if isinstance(one, ast.Compare)
        or (isinstance(one, ast.Call) and _is_assertion(one.func))
    ]
    return any(
        isinstance(inner, (ast.Constant, ast.List, ast.Dict))
        or (isinstance(inner, ast.Name) and inner.id.isupper())
        for one in compared
        for inner in _walk_operands(one)
    )


def is_assertion_of_truth(error: BaseException, code: CodeType | None) -> bool:
    """Return whether a statement of the test asserts that a value it reads is true.

    The test fails with an empty string or 0, whether or not the client needs another
    one: `assert user.name`.
    """
    statement = _find_assertion(error, code)
    asserted: list[ast.expr] = []
    if isinstance(statement, ast.Assert):
        asserted = [statement.test]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        if isinstance(function, ast.Attribute) and function.attr == "assertTrue":
            asserted = statement.value.args[:1]
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


def _find_assertion(error: BaseException, code: CodeType | None) -> ast.stmt | None:
    """Return the statement of the test file that raised an AssertionError."""
    if not isinstance(error, AssertionError) or code is None:
        return None
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if not is_library_file(one.filename)]
    if not own or own[-1].filename != code.co_filename or own[-1].lineno is None:
        return None
    return _find_statement(own[-1].filename, own[-1].lineno)


def _is_received(node: ast.AST) -> bool:
    """Return whether an expression reads what the client or the handler got."""
    return (isinstance(node, ast.Name) and node.id == "calls") or (
        isinstance(node, ast.Attribute) and node.attr == "received"
    )


def _walk_operands(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of an expression, without the names of what it reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Subscript) and child is node.slice:
            continue
        if isinstance(node, ast.Call) and child in node.args and _reads(node.func):
            continue
        yield from _walk_operands(child)


def _reads(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("get", "pop")


def _is_assertion(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr.startswith("assert")


def _find_statement(filename: str, number: int) -> ast.stmt | None:
    """Return the innermost statement at a line of a source file."""
    try:
        tree = _parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return None
    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            end = node.end_lineno or node.lineno
            if node.lineno <= number <= end and (
                found is None or node.lineno >= found.lineno
            ):
                found = node
    return found


@functools.lru_cache(maxsize=8)
def _parse(source: str) -> ast.Module:
    return ast.parse(source)
