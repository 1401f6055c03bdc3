"""Roll back a database to its state before an interaction.

An outer transaction is begun on one connection, and the engine shares that connection
with everything that connects through it: sessions, `engine.begin()`, state functions
and the app. A commit only ends a savepoint; the outer transaction is rolled back at the
end of the block.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pypact.errors import InvalidExpectation

__all__ = ["flask_rollback", "rollback"]


@contextlib.contextmanager
def rollback(engine: Any, *, session: Any = None) -> Iterator[Any]:
    """Roll back, at the end of the block, all changes that were made through `engine`.

    `engine` is an `Engine` of SQLAlchemy 2; sessions may be bound to it by `binds`. A
    scoped `session` is removed before and after the block. The block receives the
    connection that the engine shares, for code that does not use the engine itself: a
    session bound to that connection needs `join_transaction_mode="create_savepoint"`.

    Raises: InvalidExpectation, for anything but an `Engine`, for an engine that is
    already being rolled back, and for a session of another engine.
    """
    _check_arguments(engine, session)
    remove = getattr(session, "remove", lambda: None)
    with contextlib.closing(engine.connect()) as connection:
        remove()
        with _open_transaction(connection), _share_connection(engine, connection):
            try:
                yield connection
            finally:
                remove()


@contextlib.contextmanager
def flask_rollback(app: Any, db: Any) -> Iterator[Any]:
    """Roll back, at the end of the block, all changes through Flask-SQLAlchemy's `db`.

    All binds of `db` are rolled back. The block runs in the app context of `app` and
    receives `db.session`.

    Raises: InvalidExpectation, as `rollback` does.
    """
    with app.app_context(), contextlib.ExitStack() as undo:
        for engine in set(db.engines.values()):
            undo.enter_context(rollback(engine))
        undo.callback(db.session.remove)
        db.session.remove()
        yield db.session


def _check_arguments(engine: Any, session: Any) -> None:
    from sqlalchemy import Connection, Engine  # noqa: PLC0415 -- an optional extra

    dialect = getattr(engine, "dialect", None)  # an asynchronous engine also has one
    if getattr(dialect, "is_async", False):
        raise InvalidExpectation(
            f"rollback: {engine!r} is asynchronous; its connections belong to an event "
            "loop and cannot be shared: have the teardown of the state delete its data"
        )
    if not isinstance(engine, Engine):
        raise InvalidExpectation(
            f"rollback: expected an Engine of SQLAlchemy, got {engine!r}"
        )
    if "connect" in vars(engine):
        raise InvalidExpectation(f"rollback: {engine!r} is already being rolled back")
    options = getattr(getattr(session, "session_factory", session), "kw", {})
    bind = options.get("bind")
    of_bind = bind.engine if isinstance(bind, Connection) else bind
    if of_bind is not None and of_bind is not engine:
        raise InvalidExpectation(
            f"rollback: the session is bound to {bind!r}, not to {engine!r}"
        )


@contextlib.contextmanager
def _open_transaction(connection: Any) -> Iterator[None]:
    """Run the block in a transaction that is rolled back, even with sqlite3."""
    driver = connection.connection.dbapi_connection
    is_sqlite = connection.dialect.name == "sqlite" and hasattr(
        driver, "isolation_level"
    )
    before = driver.isolation_level if is_sqlite else None
    if is_sqlite:
        # The transactions that sqlite3 begins by itself would not be rolled back.
        driver.isolation_level = None
    transaction = connection.begin()
    try:
        # Event listeners of the app may have begun it, as SQLAlchemy recommends.
        if is_sqlite and not driver.in_transaction:
            connection.exec_driver_sql("BEGIN")
        yield
    finally:
        if transaction.is_active:
            transaction.rollback()
        if is_sqlite:
            driver.isolation_level = before


@contextlib.contextmanager
def _share_connection(engine: Any, connection: Any) -> Iterator[None]:
    """Patch `engine`, and engines derived from it, to share the connection."""
    with_options = engine.execution_options

    def execution_options(**options: Any) -> Any:
        other = with_options(**options)
        other.connect = lambda: connect().execution_options(**options)
        other.raw_connection = raw_connection
        return other

    def connect() -> _SharedConnection:
        return _SharedConnection(connection)

    def raw_connection() -> _SharedDriverConnection:
        return _SharedDriverConnection(connection)

    def refuse() -> None:
        raise InvalidExpectation(
            f"rollback: an engine derived from {engine!r} by execution_options() "
            "before the block would not be rolled back; derive it inside of the block"
        )

    # Patch this one engine only, not its class.
    patches = (execution_options, connect, raw_connection)
    vars(engine).update({patch.__name__: patch for patch in patches})
    pool = engine.pool
    pool.connect = refuse
    try:
        yield
    finally:
        del pool.connect
        for patch in patches:
            del vars(engine)[patch.__name__]


class _SavepointUser:
    """A base class that begins a savepoint on first use, as SQLAlchemy does."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._savepoint: Any = None

    def _begin(self) -> Any:
        if self._savepoint is None or not self._savepoint.is_active:
            self._savepoint = self._connection.begin_nested()
        return self._savepoint

    def commit(self) -> None:
        self._end("commit")

    def rollback(self) -> None:
        self._end("rollback")

    def close(self) -> None:
        self.rollback()

    def _end(self, how: str) -> None:
        savepoint, self._savepoint = self._savepoint, None
        if savepoint is not None and savepoint.is_active:
            getattr(savepoint, how)()


class _SharedConnection(_SavepointUser):
    """A replacement for a new connection, which uses the shared connection."""

    closed = False
    _is_autocommit = False

    @property  # type: ignore[misc]  # read-only here
    def __class__(self) -> Any:
        # SQLAlchemy checks the class of the connections that its dialects get.
        return type(self._connection)

    def __getattr__(self, name: str) -> Any:
        if name in _TRANSACTIONAL_METHODS and not self._is_autocommit:
            self._begin()
        return getattr(self._connection, name)

    def __enter__(self) -> _SharedConnection:  # noqa: PYI034 -- Self is new in Python 3.11
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def execution_options(self, **options: Any) -> _SharedConnection:
        # The isolation level is that of the outer transaction.
        level = options.pop("isolation_level", None)
        self._is_autocommit = level == "AUTOCOMMIT" or self._is_autocommit
        self._connection.execution_options(**options)
        return self

    def begin(self) -> Any:
        return self._begin()

    begin_twophase = begin

    def begin_nested(self) -> Any:
        self._begin()
        return self._connection.begin_nested()

    def in_transaction(self) -> bool:
        return self._savepoint is not None and bool(self._savepoint.is_active)

    def get_transaction(self) -> Any:
        return self._savepoint

    def close(self) -> None:
        super().close()
        self.closed = True


class _SharedDriverConnection(_SavepointUser):
    """A replacement for a new driver connection, which uses the shared one."""

    def __getattr__(self, name: str) -> Any:
        self._begin()
        return getattr(self._connection.connection, name)


_TRANSACTIONAL_METHODS = frozenset(
    ("execute", "scalar", "scalars", "exec_driver_sql", "_run_ddl_visitor")
)
