"""ASGI apps as live providers: in threads and in a running loop, without leaks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import fastapi
import httpx
import pytest
import requests

import pypact

BASE = "https://users.example.com"
OPEN_FILES = Path("/proc/self/fd")


@pytest.fixture
def steps():
    return []


@pytest.fixture
def app(steps):
    @asynccontextmanager
    async def lifespan(app):
        steps.append("up")
        yield
        steps.append("down")

    made = fastapi.FastAPI(lifespan=lifespan)

    @made.get("/users/{number}")
    async def show(number: int):
        await asyncio.sleep(0)
        return {"id": number}

    return made


def define(pact):
    return (
        pact.upon_receiving("a user")
        .with_request("GET", "/users/1")
        .will_respond_with(200, body={"id": 1})
    )


def test_a_thread_pool_may_call_the_app(pact, app, steps):
    define(pact)
    with pact.intercept(app=app) as calls, ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda _: requests.get(f"{BASE}/users/1", timeout=5).json(), range(16)
            )
        )

    assert [{"id": 1}] * 16 == found
    assert 16 == len(calls)
    assert ["up", "down"] == steps


@pytest.mark.asyncio
async def test_a_consumer_in_a_running_loop_may_call_the_app(pact, app, steps):
    define(pact)
    async with httpx.AsyncClient() as client:
        with pact.intercept(app=app):
            found = (await client.get(f"{BASE}/users/1")).json()

    assert {"id": 1} == found
    assert ["up", "down"] == steps


@pytest.mark.asyncio
async def test_the_app_is_recorded_in_a_running_loop(pact, app, steps, pact_dir):
    async with httpx.AsyncClient() as client:
        with pact.record(app=app):
            await client.get(f"{BASE}/users/3")

    assert ["up", "down"] == steps
    contract = pypact.read_pact(pact_dir / "Web-Users.json")
    assert ["GET /users/3"] == [one.description for one in contract.interactions]


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="the system lists no open files")
def test_no_descriptor_is_left_by_many_blocks(pact, app):
    def block():
        define(pact)
        with pact.intercept(app=app):
            requests.get(f"{BASE}/users/1", timeout=5)
        return len(list(OPEN_FILES.iterdir()))

    before = block()
    for _ in range(20):
        after = block()

    assert before == after
