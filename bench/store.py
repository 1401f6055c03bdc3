"""Measure the cost of a block in a script, without pytest, with its writing.

Run it with `python bench/store.py [BLOCKS]`. A block defines an interaction, sends one
GET and ends; its CPU time, with the completion of the contract at the end, is compared
with the same GET to a ready response. The goal: at most 2.0 ms above it at 1000 blocks,
and at least 12 times faster than pact-python, which is measured as well if
PYPACT_PACT_PYTHON names an interpreter that has it.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import requests
from interception import Ready

import pypact

URL = "https://users.example.com"
HEADERS = {"Content-Type": "application/json"}
ROUNDS = 3


def run_ready(count: int) -> None:
    """Send the requests to a ready response."""
    with requests.Session() as session:
        session.mount("https://", Ready())
        for number in range(count):
            session.get(f"{URL}/users/{number}", timeout=5).json()


def run_blocks(count: int) -> None:
    """Run the blocks of one pact, and complete its contract."""
    with requests.Session() as session, tempfile.TemporaryDirectory() as folder:
        pact = pypact.Consumer("Web").has_pact_with(
            "Users", base_url=URL, pact_dir=folder
        )
        for number in range(count):
            (
                pact.upon_receiving(f"user {number}")
                .with_request("GET", f"/users/{number}")
                .will_respond_with(200, headers=HEADERS, body={"id": number})
            )
            with pact.intercept():
                session.get(f"{URL}/users/{number}", timeout=5).json()
        pact.write()


def measure(run: Callable[[int], None], count: int) -> float:
    """Return the lowest CPU seconds of one block, over some rounds."""
    run(2)
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        run(count)
        found.append((time.process_time() - began) / count)
    return min(found)


def measure_peer(count: int) -> float | None:
    """Return the CPU seconds of one block of pact-python; None if it is not there."""
    python = os.environ.get("PYPACT_PACT_PYTHON")
    if not python:
        return None
    done = subprocess.run(
        [python, "-c", _PACT_PYTHON, str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


_PACT_PYTHON = """
import sys, tempfile, time, urllib.request
from pact import Pact

def run(number, folder):
    pact = Pact("Web", "Users").with_specification("V4")
    (
        pact.upon_receiving(f"user {number}")
        .with_request("GET", f"/users/{number}")
        .will_respond_with(200)
        .with_body('{"id": %d}' % number, "application/json")
    )
    with pact.serve() as server:
        urllib.request.urlopen(f"{server.url}/users/{number}").read()
    pact.write_file(folder)

count = int(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    run(0, folder)
    began = time.process_time()
    for number in range(1, count):
        run(number, folder)
    print((time.process_time() - began) / (count - 1))
"""


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ready, block = measure(run_ready, count), measure(run_blocks, count)
    print(f"CPU time of one block, {count} blocks")
    print(f"  a ready response (the floor)   {ready * 1e3:8.2f} ms")
    print(f"  pypact                         {block * 1e3:8.2f} ms")
    print(f"  pypact above the floor         {(block - ready) * 1e3:8.2f} ms")
    peer = measure_peer(count)
    if peer is not None:
        print(f"  pact-python                    {peer * 1e3:8.2f} ms")
        print(f"  pact-python / pypact           {peer / block:8.1f}")


if __name__ == "__main__":
    main()
