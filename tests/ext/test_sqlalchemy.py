"""Rolling back a database after each interaction."""

import contextlib

import flask
import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)

import pypact
from pypact.ext.sqlalchemy import flask_rollback, rollback


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture(params=["memory", "file"])
def engine(request, tmp_path):
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/a.db"
    made = create_engine(url)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def users(engine):
    with sessionmaker(engine)() as session:
        return sorted(session.scalars(select(User.id)))


def test_commits_of_a_session_are_rolled_back(engine):
    make = sessionmaker(engine)
    with make.begin() as session:
        session.add(User(id=1))

    with rollback(engine, session=make):
        with make() as session:
            session.add(User(id=2))
            session.commit()
            session.add(User(id=3))
            session.rollback()
        with make() as session:
            assert [1, 2] == sorted(session.scalars(select(User.id)))

    assert [1] == users(engine)
    assert make.kw["bind"] is engine


def test_a_scoped_session_has_its_old_bind_again(engine):
    session = scoped_session(sessionmaker(engine))
    with rollback(engine, session=session):
        session.add(User(id=1))
        session.commit()
    session.add(User(id=5))
    session.commit()
    session.remove()

    assert [5] == users(engine)


def test_changes_are_rolled_back_after_an_error(engine):
    make = sessionmaker(engine)
    with contextlib.suppress(ZeroDivisionError), rollback(engine, session=make):
        with make.begin() as session:
            session.add(User(id=1))
        _ = 1 / 0

    assert [] == users(engine)


def count(session):
    return session.scalar(select(func.count()).select_from(User))


def by_a_session_of_the_engine(engine):
    with Session(engine) as session:
        session.add(User(id=1))
        session.flush()
        session.rollback()
        session.add(User(id=2))
        session.commit()
        with contextlib.suppress(ZeroDivisionError), session.begin_nested():
            session.add(User(id=3))
            session.flush()
            _ = 1 / 0
        session.commit()


def by_binds(engine):
    make = scoped_session(sessionmaker(binds={User: engine}))
    make.add(User(id=2))
    make.commit()
    make.remove()


def by_begin(engine):
    with contextlib.suppress(ZeroDivisionError), engine.begin() as connection:
        connection.execute(insert(User).values(id=1))
        _ = 1 / 0
    with engine.begin() as connection:
        connection.execute(insert(User).values(id=2))


def by_connect(engine):
    with engine.connect() as connection:
        connection.execute(insert(User).values(id=1))
    connection = engine.connect()
    connection.execute(insert(User).values(id=2))
    connection.commit()
    assert connection.scalar(select(func.count()).select_from(User)) == 1
    connection.rollback()
    connection.close()
    assert connection.closed


def by_a_connection_with_a_begun_transaction(engine):
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(insert(User).values(id=1))
        transaction.rollback()
        with connection.begin():
            connection.execute(insert(User).values(id=2))
            nested = connection.begin_nested()
            connection.execute(insert(User).values(id=3))
            nested.rollback()


def by_commits_of_its_own(engine):
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("INSERT INTO users (id) VALUES (2)")


def by_the_driver(engine):
    raw = engine.raw_connection()
    raw.cursor().execute("INSERT INTO users (id) VALUES (1)")
    raw.rollback()
    raw.cursor().execute("INSERT INTO users (id) VALUES (2)")
    raw.commit()
    raw.close()


def by_a_bulk(engine):
    with sessionmaker(engine).begin() as session:
        session.execute(insert(User), [{"id": 2}])
        assert session.connection().scalar(text("SELECT count(*) FROM users")) == 1


@pytest.mark.parametrize(
    "write",
    [
        by_a_session_of_the_engine,
        by_binds,
        by_begin,
        by_connect,
        by_a_connection_with_a_begun_transaction,
        by_commits_of_its_own,
        by_the_driver,
        by_a_bulk,
    ],
)
def test_every_way_to_connect_is_rolled_back(engine, write):
    with rollback(engine):
        write(engine)
        assert [2] == users(engine)

    assert [] == users(engine)
    write(engine)
    assert users(engine)


def test_the_engine_can_be_inspected_and_create_tables(engine):
    with rollback(engine):
        Base.metadata.drop_all(engine)
        assert inspect(engine).get_table_names() == []
        Base.metadata.create_all(engine)
    assert inspect(engine).get_table_names() == ["users"]


def test_an_open_session_does_not_outlive_the_block(engine):
    session = scoped_session(sessionmaker(engine))
    with rollback(engine, session=session):
        kept = User(id=1)
        session.add(kept)
        session.flush()
    assert kept not in session
    assert 0 == count(session)
    session.remove()


def test_anything_but_an_engine_is_refused(engine):
    with (
        contextlib.closing(engine.connect()) as connection,
        pytest.raises(pypact.InvalidExpectation, match="expected an Engine"),
        rollback(connection),
    ):
        pass


@pytest.mark.parametrize("wrapped", [AsyncEngine, lambda engine: engine])
def test_an_asynchronous_engine_is_refused(engine, wrapped, monkeypatch):
    monkeypatch.setattr(engine.dialect, "is_async", True)
    asynchronous = wrapped(engine)
    with (
        pytest.raises(pypact.InvalidExpectation, match="belong to an event loop"),
        rollback(asynchronous),
    ):
        pass


def test_an_engine_is_not_rolled_back_twice(engine):
    with rollback(engine):
        with (
            pytest.raises(pypact.InvalidExpectation, match="already"),
            rollback(engine),
        ):
            pass
        by_begin(engine)
    assert [] == users(engine)


def test_a_session_of_another_engine_is_refused(engine):
    other = create_engine("sqlite://")
    with (
        pytest.raises(pypact.InvalidExpectation, match="session is bound to"),
        rollback(engine, session=sessionmaker(other)),
    ):
        pass
    other.dispose()


@pytest.fixture
def shop(tmp_path):
    db = SQLAlchemy(model_class=DeclarativeBase_of())
    app = flask.Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/shop.db"
    db.init_app(app)

    class Item(db.Model):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)

    @app.get("/items")
    def items():
        return {"ids": sorted(db.session.scalars(select(Item.id)))}

    @app.post("/raw/<int:number>")
    def raw(number):
        with db.engine.begin() as connection:
            connection.execute(insert(Item).values(id=number))
        with db.engine.connect() as connection:
            found = connection.scalar(select(func.count()).select_from(Item))
        return {"count": found}, 201

    @app.post("/items/<int:number>")
    def create(number):
        db.session.add(Item(id=number))
        db.session.commit()
        return {"id": number}, 201

    with app.app_context():
        db.create_all()
    yield app, db, Item
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def DeclarativeBase_of():  # noqa: N802 -- it returns a class
    return type("Base", (DeclarativeBase,), {})


def call(description, method, path, status, body, state):
    return {
        "description": description,
        "providerState": state,
        "request": {"method": method, "path": path},
        "response": {"status": status, "body": body},
    }


def test_each_interaction_sees_only_the_data_of_its_state(shop):
    app, db, item = shop
    contract = pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Shop"},
            "interactions": [
                call("one", "POST", "/items/1", 201, {"id": 1}, "no item exists"),
                call("two", "GET", "/items", 200, {"ids": []}, "no item exists"),
                call("three", "GET", "/items", 200, {"ids": [7]}, "item 7 exists"),
                call("raw", "POST", "/raw/8", 201, {"count": 2}, "item 7 exists"),
                call("four", "POST", "/items/7", 201, {"id": 7}, "no item exists"),
            ],
        }
    )
    verifier = pypact.Verifier("Shop", app=app, pacts=contract)

    @verifier.state("no item exists")
    def nothing():
        with flask_rollback(app, db):
            yield

    @verifier.state("item {id:int} exists")
    def one(id):
        with flask_rollback(app, db) as session:
            session.add(item(id=id))
            session.commit()
            yield

    assert verifier.verify(reports=[]).is_ok
    with app.app_context():
        assert [] == list(db.session.scalars(select(item.id)))


def add(connectable, id):
    with connectable.begin() as connection:
        connection.execute(insert(User).values(id=id))


def test_an_application_may_begin_sqlite_transactions_itself(tmp_path):
    """As SQLAlchemy's documentation of the sqlite3 driver recommends."""
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")

    @event.listens_for(engine, "connect")
    def connected(driver, record):
        driver.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN")

    Base.metadata.create_all(engine)
    with rollback(engine):
        add(engine, 1)
        assert [1] == users(engine)

    assert [] == users(engine)
    engine.dispose()


def test_an_autocommit_engine_is_rolled_back(engine):
    with rollback(engine):
        other = engine.execution_options(isolation_level="AUTOCOMMIT")
        with other.connect() as connection:
            connection.execute(insert(User).values(id=1))
        assert [1] == users(engine)

    assert [] == users(engine)


def test_a_previously_derived_engine_is_refused(engine):
    other = engine.execution_options(isolation_level="AUTOCOMMIT")

    with (
        rollback(engine),
        pytest.raises(pypact.InvalidExpectation, match="before the block"),
    ):
        other.connect()

    with other.connect() as connection:
        assert 0 == connection.scalar(select(func.count()).select_from(User))


def test_created_tables_are_rolled_back(engine):
    with rollback(engine):
        metadata = MetaData()
        metadata.reflect(engine)
        Table("others", metadata, Column("id", Integer))
        metadata.create_all(engine)
        assert ["others", "users"] == inspect(engine).get_table_names()

    assert ["users"] == inspect(engine).get_table_names()
