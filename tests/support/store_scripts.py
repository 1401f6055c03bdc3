"""Programs that run blocks, for tests that need processes of their own.

`python store_scripts.py FOLDER NAME COUNT JOURNAL_FROM` runs COUNT blocks without the
pytest plugin, and prints the description of each block after it has ended. With a
NAME of "kills", it instead kills COUNT processes that run blocks, one after the other,
at random moments, and prints each loss.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

import pypact
from pypact.formats import store
from pypact.formats.journal import get_journal_path

FILE = "Web-Users.json"


def make_pact(folder):
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url="https://users.example.com", pact_dir=folder
    )


def run_block(pact, session, name):
    """Run one block with one GET; the description of its interaction is `name`."""
    (
        pact.upon_receiving(name)
        .with_request("GET", f"/{name}")
        .will_respond_with(200, {"Content-Type": "application/json"}, {"id": name})
    )
    with pact.intercept():
        session.get(f"https://users.example.com/{name}", timeout=5).json()


def start(folder, name, count, *, journal_from=200, **options):
    """Start this file as a program, with a temporary folder of its own."""
    temporary = Path(folder).parent / f"tmp-{name}"
    temporary.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(temporary), **options}
    return subprocess.Popen(
        [sys.executable, __file__, str(folder), name, str(count), str(journal_from)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_descriptions(folder):
    """Return the descriptions in the contract as other tools read it, sorted."""
    data = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
    return sorted(one["description"] for one in data["interactions"])


def run_blocks(folder, name, count, file):
    """Run blocks, and write the description of each after it has ended."""
    pact, session = make_pact(folder), requests.Session()
    for number in range(count):
        run_block(pact, session, f"{name}-{number}")
        os.write(file, f"{name}-{number}\n".encode())


def kill_at_random(folder, kills):
    """Kill processes at random moments; write each loss, and how many left files.

    The processes are forked, because starting them would take most of the time.
    """
    finished, left = set(), 0
    path = Path(folder) / FILE
    run_blocks(folder, "first", 1, sys.stderr.fileno())  # imports all that is needed
    for kill in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            run_blocks(folder, f"k{kill}", 10**6, writing)
        os.close(writing)
        with open(reading, encoding="ascii") as output:  # noqa: PTH123 -- a descriptor
            first = output.readline()
            time.sleep(random.random() * 0.05)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            finished |= {line.strip() for line in (first, *output) if line[-1:] == "\n"}
        left += len(list(path.parent.iterdir())) > 1 + journal_exists(path)
        read_descriptions(folder)  # other tools can read it as well
        found = {one.description for one in pypact.read_pact(path).interactions}
        for lost in finished - found:
            sys.stdout.write(f"kill {kill}: {lost} is lost\n")
        if kill % 10 == 9:  # begin again, so that the contract stays small
            path.unlink()
            finished.clear()
    run_blocks(folder, "last", 1, sys.stderr.fileno())
    sys.stdout.write(f"{left} of {kills} kills left files for the next writer\n")


def journal_exists(path):
    return get_journal_path(path).exists()


def main():
    folder, name, count, journal_from = sys.argv[1:]
    store.JOURNAL_FROM = int(journal_from)
    # A test run in the background ignores SIGINT, and so would this process.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if name == "kills":
        kill_at_random(folder, int(count))
    else:
        run_blocks(folder, name, int(count), sys.stdout.fileno())


if __name__ == "__main__":
    main()
