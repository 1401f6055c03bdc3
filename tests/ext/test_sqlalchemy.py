"""A rollback for each interaction that really is one."""

import contextlib

import flask
import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
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


def test_what_a_session_commits_is_undone(engine):
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


def test_a_failure_inside_is_undone_too(engine):
    make = sessionmaker(engine)
    with contextlib.suppress(ZeroDivisionError), rollback(engine, session=make):
        with make.begin() as session:
            session.add(User(id=1))
        _ = 1 / 0

    assert [] == users(engine)


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


def DeclarativeBase_of():  # noqa: N802 -- it makes a class
    return type("Base", (DeclarativeBase,), {})


def call(description, method, path, status, body, state):
    return {
        "description": description,
        "providerState": state,
        "request": {"method": method, "path": path},
        "response": {"status": status, "body": body},
    }


def test_each_interaction_finds_the_database_as_its_state_left_it(shop):
    app, db, item = shop
    contract = pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Shop"},
            "interactions": [
                call("one", "POST", "/items/1", 201, {"id": 1}, "no item exists"),
                call("two", "GET", "/items", 200, {"ids": []}, "no item exists"),
                call("three", "GET", "/items", 200, {"ids": [7]}, "item 7 exists"),
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
