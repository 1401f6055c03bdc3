"""Flows: coroutines that plain callers and running event loops share."""

import asyncio
import contextvars

import pytest

import pypact
from pypact.verifier.flow import run_flow

TENANT = contextvars.ContextVar("tenant", default="none")


def test_a_flow_runs_outside_of_any_event_loop():
    async def flow():
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return "done"

    assert "done" == run_flow(flow())


def test_a_flow_that_suspends_is_closed_and_refused():
    closed = []

    async def flow():
        try:
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="outside of an event loop"):
        run_flow(flow())

    assert [True] == closed


def tenant_app(environ, start_response):
    start_response("200 OK", [("X-Tenant", TENANT.get())])
    return [b""]


@pytest.fixture
def tenant_verifier(write_pact, build_interaction):
    """Return a verifier whose state sets a context variable that the app reads."""
    interaction = build_interaction("/", "a tenant")
    interaction["response"]["headers"] = {"X-Tenant": "blue"}
    verifier = pypact.Verifier("Users", app=tenant_app, pacts=write_pact(interaction))

    @verifier.state("a tenant")
    def tenant():
        token = TENANT.set("blue")
        yield
        TENANT.reset(token)  # fails in another context than that of the setup

    return verifier


def test_a_state_and_the_application_share_the_callers_context(tenant_verifier):
    assert tenant_verifier.verify(reports=[]).is_ok


@pytest.mark.asyncio
async def test_a_state_and_the_application_share_the_tasks_context(tenant_verifier):
    assert (await tenant_verifier.averify(reports=[])).is_ok


@pytest.mark.asyncio
async def test_cancelling_tears_the_states_down_and_calls_after_each(
    write_pact, build_interaction, seen
):
    log = []
    is_waiting = asyncio.Event()
    verifier = pypact.Verifier(
        "Users", app=seen, pacts=write_pact(build_interaction("/", "a", "b"))
    )

    @verifier.state("a")
    async def first():
        yield
        await asyncio.sleep(0)
        log.append("teardown")

    @verifier.state("b")
    async def second():
        is_waiting.set()
        await asyncio.Event().wait()

    verifier.after_each(lambda response: log.append(f"after {response}"))
    task = asyncio.ensure_future(verifier.averify(reports=[]))
    await is_waiting.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["teardown", "after None"] == log
    assert [] == seen.environs


def test_an_abandoned_verification_still_tears_plain_states_down(
    write_pact, build_interaction, seen
):
    log = []

    class Suspending:
        def __await__(self):
            yield

    verifier = pypact.Verifier(
        "Users", app=seen, pacts=write_pact(build_interaction("/", "a", "b"))
    )

    @verifier.state("a")
    def first():
        yield
        log.append("teardown")

    verifier.state("b")(Suspending)
    verifier.after_each(lambda: log.append("after"))
    [case] = verifier.select().cases
    verification = verifier.aexamine(case)
    verification.send(None)
    verification.close()

    assert ["teardown"] == log
