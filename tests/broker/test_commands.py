"""`pypact broker` sends what the official client sends, and exits as it does."""

import base64
import json
import shlex
from pathlib import Path

import pytest
from broker import WsgiAdapter, called_as
from click.testing import CliRunner
from deploying_broker import DeployingBroker
from foreign import pact_cli, run_foreign, served
from transcripts import Replay, commands, exchanges

from pypact.cli import main

URL = "http://broker.test"


def pact(name="get thing", expected_id=10, consumer="Foo Web", provider="Bar API"):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [
            {
                "description": name,
                "providerState": "thing exists",
                "request": {"method": "GET", "path": "/things/1"},
                "response": {"status": 200, "body": {"id": expected_id}},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture(autouse=True)
def files(folder):
    """Pact files in the working directory."""
    files = {
        "pact1.json": pact(),
        "pact1b.json": pact(expected_id=11),
        "two/a.json": pact(),
        "two/b.json": pact("other"),
        "conflict/a.json": pact(),
        "conflict/b.json": pact(expected_id=11),
        "pairs/a.json": pact(provider="Baz"),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    (folder / "bad.json").write_text("{no")
    (folder / "empty").mkdir()


def run(line, **variables):
    """Run a command in this process."""
    variables = {
        "PACT_BROKER_BASE_URL": URL,
        "PACT_BROKER_HTTP_RETRIES": "0",
        **variables,
    }
    return CliRunner().invoke(main, ["broker", *shlex.split(line)], env=variables)


def simplified(body):
    """Return a request's body with the published pact instead of its base64 form."""
    for contract in body.get("contracts", ()) if isinstance(body, dict) else ():
        if not contract["content"].startswith("<"):
            content = json.loads(base64.b64decode(contract["content"]))
            content["metadata"].pop("pactRust", None)
            contract["content"] = content
    return body


def requests_of(broker):
    """Return what a broker received, without what every client sends differently."""
    received = [
        [
            call.method,
            call.path,
            simplified(call.body),
            call.headers["accept"],
            call.headers.get("content-type") if call.body is not None else None,
            call.headers.get("authorization"),
            call.headers.get("x-team"),
        ]
        for call in broker.calls
    ]
    broker.calls.clear()
    return sorted(received, key=get_place)


def get_place(sent):
    """Return a key that sorts the published pairs, which have no certain order."""
    is_publishing = sent[1] == "/contracts/publish"
    return sent[2]["contracts"][0]["providerName"] if is_publishing else ""


def prepared(broker=None):
    """Return a broker with two published versions, environments and deployments."""
    broker = broker or DeployingBroker()
    broker.add(pact(), version="1.0.0", tags=["dev"])
    broker.add(pact(expected_id=11), version="1.1.0", branch="feat")
    broker.branches.append(("Bar API", "main", "2.0.0"))
    good, bad = broker.pacts
    broker.verified = {
        (good.sha, "Bar API", "2.0.0"): {"success": True},
        (bad.sha, "Bar API", "2.0.0"): {"success": False},
    }
    sender = WsgiAdapter(broker)
    import requests

    with requests.Session() as session:
        session.mount(URL, sender)
        for name in ("test", "production"):
            session.post(
                f"{URL}/environments", json={"name": name, "production": False}
            )
        root = f"{URL}/pacticipants"
        deployed = "deployed-versions/environment/UUID-1"
        released = "released-versions/environment/UUID-2"
        session.post(f"{root}/Bar%20API/versions/2.0.0/{deployed}", json={})
        session.post(f"{root}/Foo%20Web/versions/1.0.0/{deployed}", json={})
        blue = {"applicationInstance": "blue"}
        session.post(f"{root}/Foo%20Web/versions/1.0.0/{deployed}", json=blue)
        session.post(f"{root}/Foo%20Web/versions/1.0.0/{released}", json={})
    broker.calls.clear()
    return broker


# The exit code and the command line.
LINES = [
    (line[2:], int(line[0]))
    for line in """
0 publish pact1.json -a 3 --branch main -t dev --build-url http://ci/1
0 publish pact1.json -a 3 -t dev,qa --merge
0 publish pact1.json -a 3 -o json
1 publish pact1b.json -a 1.0.0
1 publish pact1b.json -a 1.0.0 --merge
0 publish two -a 3
1 publish conflict -a 3
0 publish pact1.json pairs -a 3
1 publish bad.json -a 3
1 publish nowhere.json -a 3
1 publish empty -a 3
2 publish pact1.json
2 publish -a 3
0 can-i-deploy -a "Foo Web" -e 1.0.0 --to-environment test
1 can-i-deploy -a "Foo Web" -e 1.1.0 --to-environment test
0 can-i-deploy -a "Foo Web" -e 1.1.0 --to-environment test --dry-run
1 can-i-deploy -a "Foo Web" -e 1.0.0 --to-environment production
1 can-i-deploy -a "Foo Web" -e 9.9.9 --to-environment test
1 can-i-deploy -a "Foo Web" -e 1.0.0 --to-environment nope
0 can-i-deploy -a "Foo Web" --latest dev --to prod
0 can-i-deploy -a "Foo Web" -e 1.0.0 --to-environment test -o json
0 can-i-deploy -a "Foo Web" -e 1.0.0 -a "Bar API" --main-branch
1 can-i-deploy -a "Foo Web" -e 1.0.0 --ignore "Bar API" --version 2 --ignore X
0 can-i-deploy -a "Foo Web" --branch main -l --tag dev -e 1.0.0
1 can-i-deploy -a 'A&B/ü +~!()*?#%[]=:;@,$' --to-environment 'tést &'
1 can-i-deploy -a "Foo Web" -e 1.0.0 --to-environment production\
    --retry-while-unknown 2 --retry-interval 0
2 can-i-deploy --to-environment test
2 can-i-deploy -a
0 can-i-merge -a "Foo Web" -e 1.0.0
0 record-deployment -a "Foo Web" -e 1.1.0 --environment test
0 record-deployment -a "Foo Web" -e 1.1.0 --environment test -o json
0 record-deployment -a "Foo Web" -e 1.1.0 --environment test\
    --application-instance green
1 record-deployment -a "Foo Web" -e 1.1.0 --environment nope
1 record-deployment -a "Foo Web" -e 9 --environment test
2 record-deployment -a "Foo Web" --environment test
0 record-release -a "Foo Web" -e 1.1.0 --environment production
1 record-release -a "Foo Web" -e 1.1.0 --environment nope
0 record-undeployment -a "Foo Web" --environment test
0 record-undeployment -a "Foo Web" --environment test --application-instance blue
1 record-undeployment -a "Foo Web" --environment test --application-instance red
1 record-undeployment -a "Foo Web" --environment production
1 record-undeployment -a "Foo Web" --environment nope
0 record-support-ended -a "Foo Web" -e 1.0.0 --environment production
1 record-support-ended -a "Foo Web" -e 1.1.0 --environment production
1 record-support-ended -a "Foo Web" -e 1.0.0 --environment nope
0 list-environments
0 list-environments -o json
0 list-environments -u ann -p s3cret
0 list-environments -k t0ken
0 list-environments --custom-header 'X-Team: web'
0 create-environment --name uat
0 create-environment --name uat --display-name U --production --contact-name\
    Ann --contact-email-address ann@example.org -o id
1 create-environment --name test
2 create-environment
0 update-environment --uuid UUID-1 --name t2 --display-name T --production
1 update-environment --uuid UUID-1
1 update-environment --uuid UUID-9 --name t2
0 describe-environment --uuid UUID-1
1 describe-environment --uuid UUID-9
1 delete-environment --uuid UUID-9
0 describe-version -a "Foo Web" -e 1.0.0
0 describe-version -a "Foo Web"
0 describe-version -a "Foo Web" --latest dev -o json
1 describe-version -a "Foo Web" -e 9
0 describe-version -a "Foo Web" --environment test
0 describe-version -a "Foo Web" --environment test --released
1 describe-version -a "Foo Web" --environment nope
0 list-latest-pact-versions
0 get-pacts --provider "Bar API"
0 get-pacts --provider "Bar API" --branch feat --latest -o json
0 get-pacts --provider "Bar API" --consumer "Foo Web"
0 get-pacts --provider "Bar API" --download --download-dir out
1 get-pacts --provider Nope
0 provider-states list --provider "Bar API"
0 provider-states list --provider "Bar API" --environment test
2 provider-states list --provider "Bar API" --branch a --environment b
2 frobnicate
2 list-environments --retries x
""".strip().splitlines()
]


EACH_LINE = pytest.mark.parametrize(
    ("line", "code"), LINES, ids=[line for line, _ in LINES]
)
# The requests of the official client for each line, see below.
EXPECTED = json.loads(
    Path(__file__).with_name("client_requests.json").read_text(encoding="utf-8")
)


@EACH_LINE
def test_a_command_sends_the_requests_of_the_official_client(line, code):
    broker = prepared()

    with called_as(broker, URL):
        result = run(line)

    assert code == result.exit_code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert EXPECTED.get(line, []) == requests_of(broker)
    if "json" in line.split() and code == 0:
        json.loads(result.stdout)


@pytest.mark.parametrize(
    "line",
    [
        "publish pact1.json -a 3 --merge --tag dev qa",
        "publish -a 3 --tag dev qa --merge pact1.json",
        "publish -a 3 --merge -t dev qa pact1.json",
        "publish --tag dev --merge --tag qa 'pact1.js*' -a 3",
    ],
)
def test_tags_may_be_separated_by_spaces(line):
    broker = prepared()

    with called_as(broker, URL):
        result = run(line)

    assert 0 == result.exit_code, result.output
    same = "publish pact1.json -a 3 -t dev,qa --merge"
    assert EXPECTED[same] == requests_of(broker)


@pytest.mark.foreign
@pytest.mark.enable_socket
@EACH_LINE
def test_the_requests_are_those_of_the_official_client(line, code, folder):
    broker = prepared()
    with served(broker) as port:
        options = ["--broker-base-url", f"http://127.0.0.1:{port}", "--retries", "0"]
        if "frobnicate" in line or "retries" in line:
            options = []
        result = run_foreign(
            pact_cli(), "broker", *shlex.split(line), *options, cwd=folder
        )

    assert code == result.returncode, result.stdout + result.stderr
    assert EXPECTED.get(line, []) == requests_of(broker)


def recorded_lines():
    try:
        found = commands()
    except pytest.skip.Exception:
        return []
    known = {line.split()[0] for line, _ in LINES} - {"frobnicate"}
    return [
        (line.removeprefix("pact broker "), numbers)
        for line, numbers in found
        if line.startswith("pact broker ") and line.split()[2] in known
    ]


NAMES = ("Foo Web", "Bar API")


@pytest.mark.spec
@pytest.mark.parametrize(
    ("line", "numbers"), recorded_lines(), ids=[str(n[0]) for _, n in recorded_lines()]
)
def test_a_recorded_command_is_repeated(line, numbers):
    """The requests are those of the official client, in its order."""
    recorded = [exchanges()[number] for number in numbers]
    for one in recorded:
        one.path = one.path.removesuffix("?")
    for name in NAMES:
        line = line.replace(name, shlex.quote(name))
    replay = Replay(*recorded)

    with called_as(replay, URL):
        result = run(line)

    own = [(method, path, simplified(body)) for method, path, body in replay.received]
    assert [(one.method, one.path) for one in recorded] == [sent[:2] for sent in own]
    for one, (*_, body) in zip(recorded, own, strict=True):
        if one.request and "contracts" in one.request:
            assert body["contracts"][0].pop("content")
            del one.request["contracts"][0]["content"]
        assert one.request == body
    is_yes = recorded[-1].answer.get("summary", {"deployable": True})["deployable"]
    is_good = recorded[-1].status < 300 and is_yes is True and "nope" not in line
    assert (0 if is_good else 1) == result.exit_code, result.output
