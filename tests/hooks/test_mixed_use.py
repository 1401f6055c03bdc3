"""Several clients, threads, tasks, processes and blocks at the same time."""

import asyncio
import contextvars
import gc
import http.client
import os
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests
import urllib3
from client_families import FAMILIES

import pypact
from pypact.hooks import claims
from pypact.hooks.origins import parse_origin

BASE = "https://users.example.com"


@pytest.fixture
def make(tmp_path):
    def make(provider="Users", base_url=BASE, body="hi", consumer="Web"):
        pact = pypact.Consumer(consumer).has_pact_with(
            provider, base_url=base_url, pact_dir=tmp_path
        )
        (
            pact.upon_receiving("a request")
            .with_request("GET", "/")
            .will_respond_with(200, body=body)
        )
        return pact

    return make


def patched():
    """Return the current values of the attributes that the hooks patch."""
    return [
        vars(owner)[name]
        for owner, name in [
            (urllib3.HTTPConnectionPool, "_make_request"),
            (urllib3.connectionpool.HTTPSConnectionPool, "_prepare_proxy"),
            (http.client.HTTPConnection, "connect"),
            (http.client.HTTPSConnection, "connect"),
            (http.client.HTTPConnection, "putrequest"),
            (httpx.HTTPTransport, "handle_request"),
            (httpx.AsyncHTTPTransport, "handle_async_request"),
            (aiohttp.BaseConnector, "connect"),
        ]
    ]


def test_all_clients_are_intercepted_at_once(make):
    async def in_tasks():
        async with (
            httpx.AsyncClient(verify=False) as one,
            aiohttp.ClientSession() as two,
        ):

            async def fetch_with_aiohttp():
                async with two.get(f"{BASE}/") as found:
                    return await found.text()

            async def fetch_with_httpx():
                return (await one.get(f"{BASE}/")).text

            fetches = [
                fetch()
                for _ in range(10)
                for fetch in (fetch_with_aiohttp, fetch_with_httpx)
            ]
            in_thread = asyncio.to_thread(
                lambda: requests.get(f"{BASE}/", timeout=5).text
            )
            return await asyncio.gather(in_thread, *fetches)

    with make().intercept() as calls:
        found = [
            requests.get(f"{BASE}/", timeout=5).text,
            httpx.get(f"{BASE}/", verify=False).text,
            urllib3.request("GET", f"{BASE}/").data.decode(),
            urllib.request.urlopen(f"{BASE}/", timeout=5).read().decode(),
            *asyncio.run(in_tasks()),
        ]

    assert ["hi"] * 25 == found
    assert 25 == len(calls)
    assert {__file__} == {call.caller.rpartition(":")[0] for call in calls}


def test_threads_of_every_client_family_get_responses(make):
    pact = make()
    barrier = threading.Barrier(len(FAMILIES) * 2)

    def work(family):
        with family() as client:
            barrier.wait(60)
            return [client.request("GET", "http://u.test/").content for _ in range(10)]

    pact = make(base_url="http://u.test")
    with pact.intercept() as calls, ThreadPoolExecutor(barrier.parties) as executor:
        found = list(executor.map(work, FAMILIES * 2))

    assert [[b"hi"] * 10] * barrier.parties == found
    assert barrier.parties * 10 == len(calls)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_blocks_of_several_providers_end_in_any_order(make, order):
    before = patched()
    origins = [f"https://p{number}.test" for number in range(3)]
    blocks = [
        make(f"P{number}", origin, body=f"of {number}").intercept()
        for number, origin in enumerate(origins)
    ]
    for block in blocks:
        block.__enter__()
    with requests.Session() as session, httpx.Client(verify=False) as client:
        for number in order:
            assert f"of {number}" == session.get(origins[number], timeout=5).text
            assert f"of {number}" == client.get(origins[number]).text
            blocks[number].__exit__(None, None, None)

    assert all(one is other for one, other in zip(before, patched(), strict=True))


def test_parallel_threads_may_have_different_pacts_for_one_origin(make):
    barrier = threading.Barrier(2)

    def test(number):
        pact = make(body=f"of {number}", consumer=f"Web {number}")
        with pact.intercept() as calls:
            barrier.wait(60)
            found = [
                requests.get(f"{BASE}/", timeout=5).text,
                httpx.get(f"{BASE}/", verify=False).text,
                asyncio.run(fetch_with_aiohttp()),
            ]
            # A worker thread that is started in the context of the test.
            with ThreadPoolExecutor(1) as executor:
                context = contextvars.copy_context()
                worker = executor.submit(
                    context.run, lambda: requests.get(f"{BASE}/", timeout=5).text
                )
                found.append(worker.result(10))
            barrier.wait(60)
        return found, len(calls)

    async def fetch_with_aiohttp():
        async with aiohttp.ClientSession() as session, session.get(f"{BASE}/") as found:
            return await found.text()

    with ThreadPoolExecutor(2) as executor:
        found = list(executor.map(test, range(2)))

    assert [(["of 0"] * 4, 4), (["of 1"] * 4, 4)] == found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_gets_responses_and_is_not_counted(make):
    with make().intercept() as calls:
        requests.get(f"{BASE}/", timeout=5)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:  # no exit handlers, no test runner
            text = requests.get(f"{BASE}/", timeout=5).text
            os.write(writing, text.encode() + f" {len(calls)}".encode())
            os._exit(0)
        os.close(writing)
        assert 0 == os.waitpid(child, 0)[1]
        with os.fdopen(reading, "rb") as pipe:
            assert b"hi 2" == pipe.read()

    assert 1 == len(calls)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_request_of_a_forked_child_only_is_reported_as_missing(make):
    with (
        pytest.raises(pypact.MissingRequests, match="forked"),
        make().intercept(),
    ):
        child = os.fork()
        if not child:
            requests.get(f"{BASE}/", timeout=5)
            os._exit(0)
        assert 0 == os.waitpid(child, 0)[1]


def open_descriptors():
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


@pytest.mark.slow
def test_ten_thousand_blocks_leave_nothing(make):
    before = patched()
    threads, finders = threading.active_count(), list(sys.meta_path)
    origin = parse_origin(BASE)

    def run(times):
        for _ in range(times):
            leave = claims.activate(
                claims.Claim(origin, lambda call: None, lambda *_: None, "one")
            )
            leave()
        gc.collect()
        return len(gc.get_objects())

    run(100)
    descriptors = open_descriptors()
    first, second = run(5_000), run(5_000)

    assert second - first < 100
    assert all(one is other for one, other in zip(before, patched(), strict=True))
    assert (threads, finders) == (threading.active_count(), list(sys.meta_path))
    assert descriptors == open_descriptors()


def test_many_blocks_with_calls_leave_nothing(make):
    def run(times):
        with requests.Session() as session, httpx.Client(verify=False) as client:
            for _ in range(times):
                pact = make()
                with pact.intercept():
                    session.get(f"{BASE}/", timeout=5)
                    client.get(f"{BASE}/")
        gc.collect()
        return len(gc.get_objects())

    run(10)
    first, second = run(40), run(40)

    assert second - first < 40
