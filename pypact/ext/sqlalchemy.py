"""How does a database come back to what it was before an interaction?

One outer transaction is begun on one connection; everything that the state functions
and the app do runs inside of it, commits included, and it is rolled back at the end.

Two traps are seen to: Flask-SQLAlchemy 3 ignores a session's own `bind`, so its engine
is replaced by the connection; and the sqlite3 module begins transactions on its own,
behind SQLAlchemy's back, so that a rollback would be none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["flask_rollback", "rollback"]


@contextlib.contextmanager
def rollback(engine: Any, *, session: Any = None) -> Iterator[Any]:
    """Undo, at the end of the block, all that was done through one connection.

    `engine` is an `Engine` of SQLAlchemy 2. Gives a connection, to be used as the bind
    of the app's sessions; with `session` (a `scoped_session` or a `sessionmaker`) that
    is done here, and a `scoped_session` is given its old bind back afterwards. A commit
    inside is a savepoint's.
    """
    connection = engine.connect()
    try:
        with _really_in_a_transaction(connection), _bound(session, connection):
            yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def flask_rollback(app: Any, db: Any) -> Iterator[Any]:
    """Undo, at the end of the block, all that was done through Flask-SQLAlchemy's `db`.

    Enters the app's context; gives `db.session`. All binds of `db` are rolled back.
    """
    with app.app_context(), contextlib.ExitStack() as undo:
        engines = db.engines
        for key, engine in list(engines.items()):
            connection = undo.enter_context(contextlib.closing(engine.connect()))
            undo.enter_context(_really_in_a_transaction(connection))
            engines[key] = connection
            undo.callback(engines.__setitem__, key, engine)
        undo.callback(db.session.remove)
        db.session.remove()
        with _joining(db.session):
            yield db.session


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
        if is_sqlite:
            connection.exec_driver_sql("BEGIN")
        yield
    finally:
        if transaction.is_active:
            transaction.rollback()
        if is_sqlite:
            driver.isolation_level = before


@contextlib.contextmanager
def _bound(session: Any, connection: Any) -> Iterator[None]:
    if session is None:
        yield
        return
    factory = getattr(session, "session_factory", session)
    before = dict(factory.kw)
    remove = getattr(session, "remove", lambda: None)
    remove()
    factory.configure(bind=connection, join_transaction_mode=_SAVEPOINTS)
    try:
        yield
    finally:
        remove()
        factory.kw.clear()
        factory.kw.update(before)


@contextlib.contextmanager
def _joining(session: Any) -> Iterator[None]:
    factory = session.session_factory
    before = dict(factory.kw)
    factory.configure(join_transaction_mode=_SAVEPOINTS)
    try:
        yield
    finally:
        session.remove()
        factory.kw.clear()
        factory.kw.update(before)


# A session's commit ends a savepoint, never the transaction around it.
_SAVEPOINTS = "create_savepoint"
