"""A provider of FastAPI: its lifespan, a dependency of the test's own, and a token.

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

# --- The provider: production code, which knows nothing of pypact ---------------------


class Task(BaseModel):
    """Something to do."""

    number: int
    text: str
    done: bool = False


class Change(BaseModel):
    """What may be changed of a task."""

    done: bool


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, set[str]]]:
    """Make, once, what all requests share."""
    app.state.starts = getattr(app.state, "starts", 0) + 1
    yield {"tokens": {"issued-at-start"}}


app = FastAPI(lifespan=lifespan)


def all_tasks() -> dict[int, Task]:
    """Give the tasks; in production they come from a database."""
    raise RuntimeError("there is no database here")


def authorized(
    request: Request, authorization: Annotated[str | None, Header()] = None
) -> None:
    """Let only those in who have a token."""
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
async def change(number: int, wanted: Change, tasks: Tasks) -> Task:
    """Change one task."""
    tasks[number].done = wanted.done
    return tasks[number]


# --- The provider's test --------------------------------------------------------------

verifier = pypact.Verifier("Tasks", app=app, pacts=Path(__file__).parent / "pacts")


@pytest.fixture
def tasks() -> Iterator[dict[int, Task]]:
    """Put tasks of this test's own in place of the database."""
    found: dict[int, Task] = {}
    app.dependency_overrides[all_tasks] = lambda: found
    yield found
    app.dependency_overrides.clear()


@verifier.state("task {number:int} is to be done")
def task(number: int, tasks: dict[int, Task]) -> None:
    """Make a task; `tasks` is the fixture above."""
    tasks[number] = Task(number=number, text="feed the cat")


@verifier.request_filter
def authorize(request) -> None:  # noqa: ANN001 -- pypact's request
    """Replace the example's token by one that counts; it is shown in no report."""
    if "Authorization" in request.headers:
        request.replace_header("Authorization", "Bearer issued-at-start")


@verifier.each()
def test_contract(interaction, tasks) -> None:  # noqa: ANN001, ARG001 -- fixtures
    """Verify one interaction."""
    interaction.verify()
    assert app.state.starts == 1
