"""A Flask and SQLAlchemy provider: one test per interaction, each rolled back.

Run it with `pytest examples/test_flask_sqlalchemy.py`. The fixture `session` resets
the database after each interaction; state functions receive it by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.pool import StaticPool

import pypact
from pypact.ext.sqlalchemy import flask_rollback

# --- The provider: production code, independent of pypact -----------------------------


class Base(DeclarativeBase):
    """The base class of all tables."""


db = SQLAlchemy(model_class=Base)


class Line(db.Model):
    """One article of an order."""

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    article: Mapped[str]
    count: Mapped[int]


class Order(db.Model):
    """An order with its articles."""

    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[list[Line]] = relationship()


def create_app() -> Flask:
    """Return the app of the shop, with a database in memory."""
    app = Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": StaticPool}
    db.init_app(app)

    @app.get("/orders/<int:number>")
    def show(number: int) -> tuple[dict[str, object], int]:
        order = db.session.get(Order, number)
        if order is None:
            return {"error": "there is no such order"}, 404
        lines = [{"article": one.article, "count": one.count} for one in order.lines]
        return {"id": order.id, "lines": lines}, 200

    @app.post("/orders")
    def create() -> tuple[dict[str, object], int]:
        order = Order(lines=[Line(**line) for line in request.get_json()["lines"]])
        db.session.add(order)
        db.session.commit()
        return {"id": order.id}, 201

    with app.app_context():
        db.create_all()
    return app


# --- The provider's test --------------------------------------------------------------

app = create_app()
verifier = pypact.Verifier("Shop", app=app, pacts=Path(__file__).parent / "pacts")


@pytest.fixture
def session() -> Iterator[object]:
    """Roll back, after each interaction, all changes committed during it."""
    with flask_rollback(app, db) as found:
        yield found


@verifier.state("order {number:int} exists")
def order_exists(number: int, session) -> None:  # noqa: ANN001 -- the fixture above
    """Create an order; `number` comes from the name of the state."""
    session.add(Order(id=number, lines=[Line(article="coffee", count=1)]))
    session.commit()


@verifier.state("there are no orders")
def no_orders(session) -> None:  # noqa: ANN001 -- the fixture above
    """Check that there are none: the fixture has reset the database."""
    assert session.query(Order).count() == 0


@verifier.each()
def test_contract(interaction, session) -> None:  # noqa: ANN001, ARG001 -- fixtures
    """Verify one interaction."""
    interaction.verify()
