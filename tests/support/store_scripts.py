"""Programs that run blocks, for tests that need processes of their own.

`python store_scripts.py FOLDER NAME COUNT [JOURNAL_FROM]` runs COUNT blocks without the
pytest plugin, and prints the description of each block after it has ended.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import requests

import pypact
from pypact.formats import store

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


def main():
    folder, name, count, journal_from = sys.argv[1:]
    store.JOURNAL_FROM = int(journal_from)
    pact, session = make_pact(folder), requests.Session()
    for number in range(int(count)):
        run_block(pact, session, f"{name}-{number}")
        sys.stdout.write(f"{name}-{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
