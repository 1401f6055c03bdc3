"""Measure what a team feels of pypact's speed, and print a verdict for each row.

Run it with `python bench/table.py` (about five minutes), or `--quick` (under two, with
fewer rounds and without the peer). The peer, pact-python 4.2, is installed into
`--peer FOLDER` (by default `.tox/peer`) when it is first needed. All times are CPU
seconds, and all ratios are of one run: compare nothing else between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
import venv
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import fromstring

import clients
import interception
import paths
import requests
import verification
from timing import compare, lowest

import pypact
from pypact.matching.body import compile_body
from pypact.model.body import ContentType, ExpectedBody
from pypact.model.json import parse_json
from pypact.model.rules import Rule, RuleList
from pypact.targets import create_target


class Row(NamedTuple):
    """One measured value, and the most that is wanted (with `is_least`, the least)."""

    number: str
    what: str
    value: float
    wanted: float
    unit: str = "x"
    is_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the value is as wanted."""
        is_met = (
            self.value >= self.wanted if self.is_least else self.value <= self.wanted
        )
        return "met" if is_met else "MISSED"

    def __str__(self) -> str:
        sign = ">=" if self.is_least else "<="
        value, wanted = f"{self.value:,.2f}", f"{sign} {self.wanted:,g}"
        measured = f"{self.number:<4} {self.what:<52} {value:>9} {self.unit:<6}"
        return f"{measured} {wanted:>9}  {self.verdict}"


class Settings(NamedTuple):
    """How thoroughly to measure."""

    rounds: int
    peer: str | None


# -- the consumer's side ---------------------------------------------------------------


def measure_requests(settings: Settings) -> Iterator[Row]:
    """Row 1: one intercepted `requests.get` in one Session."""
    with requests.Session() as ready, requests.Session() as session:
        ready.mount("https://", interception.Ready())
        get = partial(_get, session)
        get_ready = partial(_get, ready)
        for count in (1, 10_000):
            with interception.with_pypact(count):
                one = compare(get, get_ready, times=200, rounds=settings.rounds)
            yield Row("1", f"requests, one of {count:,} interactions", one, 1.55)
    calls = paths.count_session_get()
    yield Row("1", "requests in one Session", calls, 800, "calls")
    beyond = calls - paths.count_session_get(is_ready=True)
    yield Row("1", "the same, beyond a ready response", beyond, 185, "calls")


def _get(session: requests.Session) -> object:
    return session.get(interception.URL, timeout=5).json()


def measure_clients(settings: Settings) -> Iterator[Row]:
    """Row 2: one intercepted call of other clients."""
    del settings
    asking: dict[str, tuple[Callable[[], Any], float]] = {
        "urllib3": (clients.by_urllib3, 1.9),
        "http.client": (clients.by_http_client, 2.3),
        "httpx": (lambda: clients.by_httpx("httpx"), 1.4),
        "httpx, async": (clients.by_httpx_async, 1.45),
    }
    for name, (ask, wanted) in asking.items():
        rows = clients.measure(ask)
        pair = rows["pypact"], rows["the floor"]
        assert isinstance(pair[0], float)
        assert isinstance(pair[1], float)
        yield Row("2", name, pair[0] / pair[1], wanted)


def measure_test(settings: Settings) -> Iterator[Row]:
    """Rows 3 and 4: a whole test under pytest, and the first of a session."""
    yield Row("3", "a whole test under pytest", paths.count_test(), 1200, "calls")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths.write_tests(folder / "with", paths.TESTS)
        paths.write_tests(folder / "without", paths.TESTS_WITHOUT)
        pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        commands = {
            "with": ([*pytest, "with"], folder),
            "without": ([*pytest, "without"], folder),
            **_IMPORT_REQUESTS,
        }
        seconds = run_children(set_up_python(folder / "python"), commands, settings)
    first = seconds["with"] - seconds["without"]
    floor = seconds["requests"] - seconds["bare"]
    yield Row("4", "the first pact test / import requests", first / floor, 0.5)


def measure_definition(settings: Settings) -> Iterator[Row]:
    """Row 5: the definition of one interaction."""
    with paths.entered(paths.defining) as define, requests.Session() as ready:
        ready.mount("https://", interception.Ready())
        get = partial(_get, ready)
        one = compare(define, get, times=100, rounds=settings.rounds)
    yield Row("5", "a definition / one ready requests.get", one, 0.25)


# -- the provider's side ---------------------------------------------------------------


def measure_verification(settings: Settings) -> Iterator[Row]:
    """Rows 6, 7 and 15: the verification of many interactions."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "thousand.json")
        path.write_text(json.dumps(verification.contract(1000)), encoding="utf-8")
        for number, (kind, create, most, calls) in enumerate(_APPS):
            app = create()
            verify = partial(_verify, app, path)
            target = create_target(create())
            requests = [one.request for one in pypact.read_pact(path).interactions]
            send = partial(_send_all, target, requests)
            ratio = compare(verify, send, rounds=settings.rounds)
            target.close()
            yield Row("6", f"1,000 interactions, {kind} / the app", ratio, most)
            count = paths.count(verify).in_all / 1000
            yield Row("6", f"each of these, {kind}", count, calls, "calls")
            if settings.peer is not None and number == 0:
                os.environ["PYPACT_PACT_PYTHON"] = settings.peer
                peer = verification.measure_pact_python(path)
                if isinstance(peer, float):
                    seconds = lowest(verify, times=1, rounds=settings.rounds)
                    what = "pact-python / pypact, 1,000 interactions"
                    yield Row("7", what, peer / seconds, 40, is_least=True)
                else:
                    print(f"pact-python: {peer}")
        many = Path(name, "many.json")
        many.write_text(json.dumps(verification.contract(10_000)), encoding="utf-8")
        app = verification.create_app()
        _verify(app, path)
        tracemalloc.start()
        _verify(app, many)
        peak = tracemalloc.get_traced_memory()[1] - many.stat().st_size
        tracemalloc.stop()
        yield Row("15", "memory for each of 10,000", peak / 10_000 / 1000, 3.5, "kB")


def _verify(app: Any, path: Path) -> None:
    pypact.Verifier("Users", app=app, pacts=path).verify(reports=[])


def _send_all(target: Any, requests: list[Any]) -> None:
    for request in requests:
        target.send(request)


_APPS = (
    ("Flask", verification.create_app, 2.4, 340),
    ("FastAPI", verification.create_fastapi_app, 2.4, 410),
)


# -- bodies and contracts --------------------------------------------------------------


def measure_reading(settings: Settings) -> Iterator[Row]:
    """Row 8: a contract of 10,000 interactions."""
    with tempfile.TemporaryDirectory() as name:
        path = paths.write_contract(
            Path(name, "many.json"), map(paths.interaction, range(10_000))
        )
        text = path.read_text(encoding="utf-8")
        parse = partial(json.loads, text)
        read = partial(pypact.read_pact, path)
        ratio = compare(read, parse, rounds=settings.rounds)
    yield Row("8", "reading 10,000 interactions / json.loads", ratio, 4)


def measure_json(settings: Settings) -> Iterator[Row]:
    """Rows 9 to 11: JSON bodies of 1 MB and of 10 kB."""
    items = list(map(_make_item, range(6500)))
    expected, actual = _encode_twice(items)
    parse = partial(json.loads, actual)
    rules = {"$": TYPE, **{f"$[{number}].name": TYPE for number in range(499)}}
    for name, given, wanted in (("no", {}, 3.0), ("500", rules, 3.5)):
        match = partial(_match, JSON, expected, actual, given)
        ratio = compare(match, parse, rounds=settings.rounds)
        yield Row("9", f"JSON of 1 MB, {name} rules / one parse", ratio, wanted)
    small = _encode_twice(items[:63])
    names = ("name", "id", "price", "flag", "tags", "tags[0]", "nested.s", "nested.x")
    paths_of = [f"$[{number}].{name}" for number in range(63) for name in names][:500]
    ruled = partial(_match, JSON, *small, dict.fromkeys(paths_of, TYPE))
    plain = partial(_match, JSON, *small, {})
    ratio = compare(ruled, plain, times=20, rounds=settings.rounds)
    yield Row("10", "JSON of 10 kB, 500 rule paths / none", ratio, 10)
    decimals = json.dumps([{**item, "price": item["id"] * 1.5} for item in items])
    with tempfile.TemporaryDirectory() as name:
        one = paths.interaction(1)
        one["response"] = {"status": 200, "body": {"content": parse_json(decimals)}}
        one["response"]["body"] |= {"contentType": "application/json", "encoded": False}
        path = Path(name, "decimals.json")
        path.write_text(paths.contract_text([one]), encoding="utf-8")
        read = partial(pypact.read_pact, path)
        parse = partial(json.loads, decimals)
        ratio = compare(read, parse, rounds=settings.rounds)
    yield Row("11", "JSON of 1 MB with decimals, read / one parse", ratio, 4.5)


def measure_xml(settings: Settings) -> Iterator[Row]:
    """Row 12: an XML body of 1 MB."""
    expected = _make_xml("  ")
    actual = _make_xml("")
    parse = partial(fromstring, actual)
    rules = dict.fromkeys(_XML_PATHS, TYPE)
    for name, given, wanted in (("no", {}, 7), ("4", rules, 11)):
        match = partial(_match, XML, expected, actual, given)
        what = f"XML of 1 MB, {name} rules / ElementTree's parse"
        yield Row("12", what, compare(match, parse, rounds=settings.rounds), wanted)
    tracemalloc.start()
    _match(XML, expected, actual, rules)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row("12", "XML of 1 MB, 4 rules, memory / the body", peak / len(actual), 15)


JSON = ContentType("application", "json")
XML = ContentType("application", "xml")
TYPE = RuleList((Rule("type"),))
_XML_PATHS = (
    "$.orders.order",
    "$.orders.order[*].customer.#text",
    "$.orders.order[*].@id",
    "$.orders.order[*].total.#text",
)


def _make_item(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"name {number}",
        "tags": ["a", "b", "c"],
        "price": number * 3,
        "nested": {"x": [1, 2, 3, {"y": None, "z": True}], "s": "text " * 5},
        "flag": number % 2 == 0,
    }


def _encode_twice(value: Any) -> tuple[bytes, bytes]:
    """Return equal JSON with different bytes."""
    compact = json.dumps(value, separators=(",", ":"))
    return json.dumps(value).encode(), compact.encode()


def _make_xml(indent: str) -> bytes:
    order = f"""
{indent}<order id="{{0}}" status="shipped">
{indent * 2}<customer>Customer number {{0}}</customer>
{indent * 2}<description>A longer description of the order {{0}}</description>
{indent * 2}<total currency="EUR">{{0}}.99</total>
{indent}</order>"""
    orders = "".join(order.format(number) for number in range(5200))
    return f"<?xml version='1.0'?>\n<orders>{orders}\n</orders>".encode()


def _match(
    content_type: ContentType,
    expected: bytes,
    actual: bytes,
    rules: dict[str, RuleList],
) -> None:
    plan = compile_body(ExpectedBody(expected, content_type, rules, strict=False))
    assert plan.check(actual, content_type) == []


# -- starting --------------------------------------------------------------------------


def measure_start(settings: Settings) -> Iterator[Row]:
    """Rows 13 and 14: commands and imports in processes of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths.write_contract(folder / "pact.json", [paths.interaction(1)])
        (folder / "shop.py").write_text(_APP, encoding="utf-8")
        verify = ["-m", "pypact", "verify"]
        arguments = ["pact.json", "--provider", "Users", "--app", "shop:app"]
        code = "from pypact import Consumer, match; match.like"
        commands = {
            "help": ([*verify, "--help"], folder),
            "app": (["-c", "import shop; shop.app"], folder),
            "whole": ([*verify, *arguments], folder),
            "start": (["-c", code], folder),
            **_IMPORT_REQUESTS,
        }
        seconds = run_children(set_up_python(folder / "python"), commands, settings)
    bare = seconds["bare"]
    floor = seconds["requests"] - bare
    for number, what, used, wanted in (
        ("13", "pypact verify --help", seconds["help"] - bare, 0.6),
        ("13", "pypact verify beyond the app", seconds["whole"] - seconds["app"], 0.9),
        ("14", "from pypact import Consumer, match", seconds["start"] - bare, 0.5),
    ):
        yield Row(number, f"{what} / import requests", used / floor, wanted)


def set_up_python(folder: Path) -> str:
    """Return a Python with a copy of pypact, installed as from a wheel.

    An editable installation imports a finder at each start, which hides the time of
    what both import.
    """
    venv.create(folder, symlinks=os.name != "nt")
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", show], capture_output=True, check=True)
    packages = Path(os.fsdecode(done.stdout.strip()))
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(others), encoding="utf-8")
    source = Path(pypact.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, packages / "pypact", ignore=ignored)
    return python


def run_children(
    python: str,
    commands: Mapping[str, tuple[list[str], Path]],
    settings: Settings,
) -> dict[str, float]:
    """Return the lowest CPU seconds of each command, which must succeed.

    Commands have arguments of Python and a folder. They run in turn, and first once so
    that compiled modules are there.
    """
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON")
    }
    environ["PYTHONPYCACHEPREFIX"] = str(Path(python).parents[1] / "compiled")
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(1 + settings.rounds):
        for name, (arguments, folder) in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [python, *arguments],
                cwd=folder,
                env=environ,
                check=True,
                capture_output=True,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            user = after.ru_utime - before.ru_utime
            found[name].append(user + after.ru_stime - before.ru_stime)
    return {name: min(seconds[1:]) for name, seconds in found.items()}


_IMPORT_REQUESTS = {
    "requests": (["-c", "import requests"], Path()),
    "bare": (["-c", "pass"], Path()),
}
_APP = """
import flask
app = flask.Flask("users")

@app.get("/users/<int:number>")
def show_user(number):
    return {"id": number, "name": "Ann", "tags": ["a"]}
"""


# -- all -------------------------------------------------------------------------------

MEASUREMENTS = (
    measure_requests,
    measure_clients,
    measure_test,
    measure_definition,
    measure_verification,
    measure_reading,
    measure_json,
    measure_xml,
    measure_start,
)


def set_up_peer(folder: Path) -> str:
    """Return a Python with pact-python 4.2 and Flask, installed if necessary."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        print(f"installing pact-python into {folder} ...")
        venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "-q", "pact-python==4.2.0", "flask"]
        subprocess.run(command, check=True)
    return str(python)


def main() -> None:
    """Measure, and print one line for each row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no peer")
    parser.add_argument(
        "--peer",
        type=Path,
        default=Path(".tox/peer"),
        help="where the peer is installed",
    )
    given = parser.parse_args()
    peer = None if given.quick else set_up_peer(given.peer.absolute())
    settings = Settings(rounds=3 if given.quick else 7, peer=peer)
    missed = []
    for measure in MEASUREMENTS:
        for row in measure(settings):
            print(row, flush=True)
            if row.verdict != "met":
                missed.append(row.number)
    print(f"missed: {', '.join(sorted(set(missed), key=int)) or 'none'}")


if __name__ == "__main__":
    main()
