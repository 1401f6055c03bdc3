"""How does a database come back to what it was before an interaction?

One outer transaction is begun on one connection, and the engine lends that to all who
ask it for one: sessions, `engine.begin()`, what the state functions do and what the app
does. A commit ends a savepoint, and the transaction is rolled back at the end.

The sqlite3 module begins transactions on its own, behind SQLAlchemy's back, so that a
rollback would be none; that is seen to.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pypact.errors import InvalidExpectation

__all__ = ["flask_rollback", "rollback"]


@contextlib.contextmanager
def rollback(engine: Any, *, session: Any = None) -> Iterator[Any]:
    """Undo, at the end of the block, all that was done through `engine`.

    `engine` is an `Engine` of SQLAlchemy 2, also one that sessions are bound to by
    `binds`. A `scoped_session` is removed before and after. Gives the one connection,
    for those who have no way to the engine: a session that is bound to it needs
    `join_transaction_mode="create_savepoint"`.

    Raises: InvalidExpectation for what is no such engine, one that is rolled back
    already, and a session of another engine.
    """
    _refuse(engine, session)
    remove = getattr(session, "remove", lambda: None)
    with contextlib.closing(engine.connect()) as connection:
        remove()
        with _really_in_a_transaction(connection), _lent_by(engine, connection):
            try:
                yield connection
            finally:
                remove()


@contextlib.contextmanager
def flask_rollback(app: Any, db: Any) -> Iterator[Any]:
    """Undo, at the end of the block, all that was done through Flask-SQLAlchemy's `db`.

    Enters the app's context; gives `db.session`. All binds of `db` are rolled back.

    Raises: InvalidExpectation as `rollback` does.
    """
    with app.app_context(), contextlib.ExitStack() as undo:
        for engine in set(db.engines.values()):
            undo.enter_context(rollback(engine))
        undo.callback(db.session.remove)
        db.session.remove()
        yield db.session


def _refuse(engine: Any, session: Any) -> None:
    from sqlalchemy import Connection, Engine  # noqa: PLC0415 -- an optional extra

    dialect = getattr(engine, "dialect", None)  # an asynchronous engine has it as well
    if getattr(dialect, "is_async", False):
        raise InvalidExpectation(
            f"rollback: {engine!r} is asynchronous, its connections belong to a loop "
            "and cannot be lent to all: let the state's teardown delete what it made"
        )
    if not isinstance(engine, Engine):
        raise InvalidExpectation(
            f"rollback: wanted an Engine of SQLAlchemy, not {engine!r}"
        )
    if "connect" in vars(engine):
        raise InvalidExpectation(f"rollback: {engine!r} is being rolled back already")
    options = getattr(getattr(session, "session_factory", session), "kw", {})
    bind = options.get("bind")
    of_bind = bind.engine if isinstance(bind, Connection) else bind
    if of_bind is not None and of_bind is not engine:
        raise InvalidExpectation(
            f"rollback: the session is bound to {bind!r}, not to {engine!r}"
        )


@contextlib.contextmanager
def _really_in_a_transaction(connection: Any) -> Iterator[None]:
    """Begin a transaction that a rollback ends, also with the sqlite3 module."""
    driver = connection.connection.dbapi_connection
    is_sqlite = connection.dialect.name == "sqlite" and hasattr(
        driver, "isolation_level"
    )
    before = driver.isolation_level if is_sqlite else None
    if is_sqlite:
        driver.isolation_level = None  # it begins nothing by itself from now on
    transaction = connection.begin()
    try:
        # An application may have listeners that begin it, as SQLAlchemy recommends.
        if is_sqlite and not driver.in_transaction:
            connection.exec_driver_sql("BEGIN")
        yield
    finally:
        if transaction.is_active:
            transaction.rollback()
        if is_sqlite:
            driver.isolation_level = before


@contextlib.contextmanager
def _lent_by(engine: Any, connection: Any) -> Iterator[None]:
    """Let `engine`, and those made of it with other options, lend the connection."""
    with_options = engine.execution_options

    def execution_options(**options: Any) -> Any:
        other = with_options(**options)
        other.connect = lambda: connect().execution_options(**options)
        other.raw_connection = raw_connection
        return other

    def connect() -> _Lent:
        return _Lent(connection)

    def raw_connection() -> _LentDriver:
        return _LentDriver(connection)

    lending = {
        "connect": connect,
        "execution_options": execution_options,
        "raw_connection": raw_connection,
    }

    def refuse() -> None:
        raise InvalidExpectation(
            f"rollback: an engine that was made of {engine!r} by execution_options() "
            "before is not rolled back; make it inside of the block"
        )

    # Of this one engine; its class is as it was.
    vars(engine).update(lending)
    pool = engine.pool
    pool.connect = refuse
    try:
        yield
    finally:
        del pool.connect
        for name in lending:
            del vars(engine)[name]


class _Borrowed:
    """Begins a savepoint when it is first used, as a connection does a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._savepoint: Any = None

    def _begin(self) -> Any:
        if self._savepoint is None or not self._savepoint.is_active:
            self._savepoint = self._connection.begin_nested()
        return self._savepoint

    def commit(self) -> None:
        savepoint, self._savepoint = self._savepoint, None
        if savepoint is not None and savepoint.is_active:
            savepoint.commit()

    def rollback(self) -> None:
        savepoint, self._savepoint = self._savepoint, None
        if savepoint is not None and savepoint.is_active:
            savepoint.rollback()

    def close(self) -> None:
        self.rollback()


class _Lent(_Borrowed):
    """The connection, for one who thinks to have one of his own."""

    closed = False
    _commits_itself = False

    @property  # type: ignore[misc]  # read only, to those who ask
    def __class__(self) -> Any:
        # SQLAlchemy asks what its dialects are given.
        return type(self._connection)

    def __getattr__(self, name: str) -> Any:
        if name in _IN_A_TRANSACTION and not self._commits_itself:
            self._begin()
        return getattr(self._connection, name)

    def __enter__(self) -> _Lent:  # noqa: PYI034 -- Self is new in Python 3.11
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def execution_options(self, **options: Any) -> _Lent:
        # The level of isolation is the one of the transaction around.
        level = options.pop("isolation_level", None)
        self._commits_itself = level == "AUTOCOMMIT" or self._commits_itself
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


class _LentDriver(_Borrowed):
    """The driver's connection, for one who thinks to have one of his own."""

    def __getattr__(self, name: str) -> Any:
        self._begin()
        return getattr(self._connection.connection, name)


_IN_A_TRANSACTION = frozenset(
    ("execute", "scalar", "scalars", "exec_driver_sql", "_run_ddl_visitor")
)
