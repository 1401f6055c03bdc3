"""Nothing is lost: kills, parallel processes, many blocks, two sessions at once.

Each test has a short form, which always runs, and a long form with the marker `stress`.
The figures of the long form are in docs/internals/reliability.md, "What was measured".
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from store_scripts import FILE, read_descriptions, start

import pypact
from pypact.formats.store import complete_file

SESSION = """
import pytest, requests
from store_scripts import make_pact, run_block

@pytest.mark.parametrize("number", range({count}))
def test_one(number):
    with requests.Session() as session:
        run_block(make_pact({folder!r}), session, f"{name}-{{number}}")
"""
BUSY = "while True: pass"


def long(*values):
    return pytest.param(*values, marks=pytest.mark.stress)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pacts").mkdir()
    return tmp_path / "pacts"


def list_names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def busy(request):
    """Run `request.param` processes that only take CPU time."""
    hogs = [
        subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(request.param)
    ]
    yield
    for hog in hogs:
        hog.kill()
        hog.wait()


@pytest.mark.parametrize(
    ("kills", "journal_from"), [(20, 5), long(1000, 5), long(1000, 10**9)]
)
def test_finished_blocks_survive_kills_at_random_moments(folder, kills, journal_from):
    with start(folder, "kills", kills, journal_from=journal_from) as process:
        output, errors = process.communicate()

    assert 0 == process.returncode, errors
    [summary] = output.splitlines()  # other lines name what is lost
    assert f"of {kills} kills left files" in summary
    assert [FILE] == list_names(folder)


@pytest.mark.parametrize(("kills", "journal_from"), [(1, 5), long(50, 5)])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_finished_blocks_survive_signals_at_random_moments(
    folder, kills, journal_from, how
):
    seed = random.randrange(10**6)
    moments = random.Random(seed)
    finished = set()
    for number in range(kills):
        with start(folder, f"k{number}", 10**6, journal_from=journal_from) as process:
            finished.add(process.stdout.readline().strip())
            time.sleep(moments.random() * 0.1)
            process.send_signal(how)
            finished.update(process.stdout.read().split("\n")[:-1])
            process.stderr.read()
        found = {
            one.description for one in pypact.read_pact(folder / FILE).interactions
        }
        lost = finished - {""} - found

        assert not lost, f"seed {seed}, kill {number}"
        if number % 10 == 9:  # begin again, so that a run does not take hours
            complete_file(folder / FILE)
            assert finished - {""} <= set(read_descriptions(folder))
            (folder / FILE).unlink()
            finished.clear()
    with start(folder, "last", 1) as process:
        process.communicate()
    assert [FILE] == list_names(folder)


@pytest.mark.parametrize(
    ("processes", "blocks", "runs", "busy", "journal_from"),
    [(3, 3, 1, 0, 5), long(16, 100, 10, 0, 200), long(16, 100, 3, 18, 200)],
    indirect=["busy"],
)
def test_parallel_processes_lose_nothing(
    folder, processes, blocks, runs, busy, journal_from
):
    names = [f"p{one}" for one in range(processes)]
    expected = sorted(f"{name}-{number}" for name in names for number in range(blocks))
    for _ in range(runs):
        running = [
            start(folder, name, blocks, journal_from=journal_from) for name in names
        ]
        errors = [process.communicate()[1] for process in running]

        assert [""] * processes == errors
        assert expected == read_descriptions(folder)
        assert [FILE] == list_names(folder)
        (folder / FILE).unlink()


@pytest.mark.parametrize(("count", "journal_from"), [(30, 20), long(10_000, 200)])
def test_many_blocks_are_written_to_one_contract(folder, count, journal_from):
    with start(folder, "b", count, journal_from=journal_from) as process:
        _, errors = process.communicate()

    assert "" == errors
    assert count == len(read_descriptions(folder))
    assert [FILE] == list_names(folder)


@pytest.mark.parametrize("count", [5, long(300)])
def test_two_sessions_at_once_lose_nothing(tmp_path, folder, count):
    running = []
    for name in ("x", "y"):
        module = tmp_path / name / "test_session.py"
        module.parent.mkdir()
        module.write_text(SESSION.format(count=count, folder=str(folder), name=name))
        support = os.path.dirname(sys.modules["store_scripts"].__file__)  # noqa: PTH120 -- a string
        options = ["-q", "-p", "no:cacheprovider", "--rootdir", module.parent]
        options += ["-p", "pypact.pytest_plugin"]
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "pytest", *options, module],
                env={
                    **os.environ,
                    "PYTHONPATH": support,
                    "PYTEST_ADDOPTS": "",
                    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                },
                cwd=module.parent,
                stdout=subprocess.PIPE,
            )
        )
    output = [process.communicate()[0].decode() for process in running]

    assert [0, 0] == [process.returncode for process in running], output
    names = sorted(f"{name}-{number}" for name in "xy" for number in range(count))
    assert names == read_descriptions(folder)
    assert [FILE] == list_names(folder)
