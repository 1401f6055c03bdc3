"""A FastAPI provider with a lifespan, an overridden dependency, and a token.

Run it with `pytest examples/test_fastapi.py`. The application starts once, in the same
event loop that its requests run in, and stops when the tests are over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

import pypact

# --- The provider: production code, independent of pypact -----------------------------


class Task(BaseModel):
    """A task to do."""

    number: int
    text: str
    done: bool = False


class Change(BaseModel):
    """A change of a task."""

    done: bool


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, set[str]]]:
    """Create the state that all requests share, once per start."""
    app.state.starts = getattr(app.state, "starts", 0) + 1
    yield {"tokens": {"issued-at-start"}}


app = FastAPI(lifespan=lifespan)


def all_tasks() -> dict[int, Task]:
    """Return the tasks; in production they come from a database."""
    raise RuntimeError("there is no database here")


def authorized(
    request: Request, authorization: Annotated[str | None, Header()] = None
) -> None:
    """Reject requests without a valid token."""
    token = (authorization or "").removeprefix("Bearer ")
    if token not in request.state.tokens:
        raise HTTPException(401)


Tasks = Annotated[dict[int, Task], Depends(all_tasks)]


@app.get("/tasks/{number}", dependencies=[Depends(authorized)])
async def show(number: int, tasks: Tasks) -> Task:
    """Show one task."""
    if number not in tasks:
        raise HTTPException(404)
    return tasks[number]


@app.put("/tasks/{number}", dependencies=[Depends(authorized)])
async def change(number: int, update: Change, tasks: Tasks) -> Task:
    """Change one task."""
    tasks[number].done = update.done
    return tasks[number]


# --- The provider's test --------------------------------------------------------------

verifier = pypact.Verifier("Tasks", app=app, pacts=Path(__file__).parent / "pacts")


@pytest.fixture
def tasks() -> Iterator[dict[int, Task]]:
    """Replace the database by tasks of this test."""
    found: dict[int, Task] = {}
    app.dependency_overrides[all_tasks] = lambda: found
    yield found
    app.dependency_overrides.clear()


@verifier.state("task {number:int} is to be done")
def task(number: int, tasks: dict[int, Task]) -> None:
    """Create a task; `tasks` is the fixture above."""
    tasks[number] = Task(number=number, text="feed the cat")


@verifier.request_filter
def authorize(request) -> None:  # noqa: ANN001 -- pypact's request
    """Replace the contract's token by a valid one, which reports never show."""
    if "Authorization" in request.headers:
        request.replace_header("Authorization", "Bearer issued-at-start")


@verifier.each()
def test_contract(interaction, tasks) -> None:  # noqa: ANN001, ARG001 -- fixtures
    """Verify one interaction."""
    interaction.verify()
    assert app.state.starts == 1
