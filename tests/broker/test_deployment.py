"""From the consumer's contract to the deployment, by the Python interface."""

import base64
import datetime as dt
import doctest
import json
import logging
from email.utils import format_datetime
from pathlib import Path

import pytest
from broker import called_as
from click.testing import CliRunner
from deploying_broker import DeployingBroker
from foreign import pact_cli, run_foreign, served

import pypact
from pypact import select, transport
from pypact.broker import Broker, VersionSelector, base, matrix, tables
from pypact.cli import main
from pypact.errors import (
    BrokerError,
    InvalidExpectation,
    InvalidPact,
    MergeConflict,
    NotDeployable,
    StoreError,
)

URL = "http://broker.test"


def pact(consumer="Web", provider="Users", name="a user", status=200):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [
            {
                "description": name,
                "request": {"method": "GET", "path": "/users/1"},
                "response": {"status": status},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture(autouse=True)
def contract(folder):
    """The contract of Web and Users, in the working directory."""
    write("pacts/web-users.json", pact())


def write(path, content):
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(json.dumps(content))


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


@pytest.fixture
def server():
    broker = DeployingBroker()
    with called_as(broker, URL):
        yield broker


def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]


def verify(url, version="2.0"):
    broker = Broker(
        url,
        selectors=[select.main_branch()],
        provider_version=version,
        provider_branch="main",
        publish=True,
        retries=0,
    )
    return pypact.Verifier("Users", app=app, pacts=broker).verify(reports=[])


def carry_to_production(url, check=lambda *_: None):
    """Do each step for Web 1.0 and Users 2.0; call `check` with the name of each."""
    broker = Broker(url, retries=0)
    broker.create_environment("production", production=True)
    broker.publish("pacts", version="1.0", branch="main", show=None)
    check("published", False)
    verify(url)
    check("verified", False)
    broker.record_deployment("Users", "2.0", "production")
    check("deployed", True)
    broker.record_deployment("Web", "1.0", "production")
    check("done", True)


def test_a_contract_is_carried_to_production(server):
    broker = Broker(URL)
    answers = {}

    def check(step, expected):
        answer = broker.can_i_deploy("Web", "1.0", to="production")
        answers[step] = answer.deployable
        assert expected is bool(answer)

    carry_to_production(URL, check)

    assert {"published": None, "verified": None, "deployed": True, "done": True} == (
        answers
    )
    [web] = broker.list_versions_in("production", "Web")
    assert ("1.0", True, False) == (web.version, web.is_current, web.is_release)


@pytest.mark.foreign
@pytest.mark.enable_socket
def test_the_official_client_reads_each_step():
    broker = DeployingBroker()
    seen = {}

    def ask(*arguments):
        options = ("--broker-base-url", url, "--retries", "0")
        run = run_foreign(pact_cli(), "broker", *arguments, *options)
        return run.returncode, run.stdout

    def check(step, expected):
        version = ("-a", "Web", "-e", "1.0")
        code, text = ask("can-i-deploy", *version, "--to-environment", "production")
        assert (0 if expected else 1) == code, text
        seen[step] = [
            ask("describe-version", *version)[1],
            ask("get-pacts", "--provider", "Users")[1],
            ask("describe-version", "-a", "Users", "--environment", "production")[1],
        ]

    with served(broker) as port:
        url = f"http://127.0.0.1:{port}"
        carry_to_production(url, check)

    version, pacts, _ = seen["published"]
    assert "1.0" in version
    assert "Pact between Web (1.0) and Users" in pacts
    assert "2.0" not in seen["verified"][2]
    assert "Deployed" in seen["deployed"][2]


def test_a_version_that_fails_cannot_be_deployed(server):
    write("pacts/web-users.json", pact(status=404))
    broker = Broker(URL)
    broker.create_environment("test")
    broker.publish("pacts", version="1.0", branch="main", show=None)
    with pytest.raises(pypact.VerificationFailed):
        verify(URL)
    broker.record_deployment("Users", "2.0", "test")

    answer = broker.can_i_deploy("Web", "1.0", to="test")
    with pytest.raises(NotDeployable) as caught:
        answer.require()

    assert (False, answer) == (answer.deployable, caught.value.result)
    [row] = answer.matrix
    assert ("Web", "1.0", "Users", "2.0", False) == (
        *(row.consumer, row.consumer_version),
        *(row.provider, row.provider_version, row.success),
    )
    title, _, line, *rest = str(caught.value).splitlines()
    assert "CONSUMER | C.VERSION | PROVIDER | P.VERSION | SUCCESS? | RESULT" == title
    assert "Web      | 1.0       | Users    | 2.0       | false    | 1" == line
    assert f"1. {row.url} (failure)" in rest
    assert "The verification failed" in rest


def test_can_i_deploy_waits_for_missing_results(server, pauses, monkeypatch):
    broker = Broker(URL)
    broker.create_environment("test")
    broker.publish("pacts", version="1.0", branch="main", show=None)
    broker.record_deployment("Web", "1.0", "test")
    server.branches.append(("Users", "main", "2.0"))
    broker.record_deployment("Users", "2.0", "test")

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            verify(URL)

    monkeypatch.setattr("time.sleep", sleep)

    assert not broker.can_i_deploy("Web", "1.0", to="test")
    assert [] == pauses
    assert broker.can_i_deploy("Web", "1.0", to="test", retry=5, retry_interval=7)
    assert [7, 7] == pauses


def test_files_of_one_pair_are_merged(server):
    write("pacts/more.json", pact(name="other"))
    shown = []

    [published] = Broker(URL).publish(
        ["pacts/web-users.json", "pacts/m*.json"],
        version="1.0",
        tags=["dev"],
        build_url="http://ci/1",
        show=shown.append,
    )

    sent = server.calls[-1].body
    content = json.loads(base64.b64decode(sent["contracts"][0]["content"]))
    names = [one["description"] for one in content["interactions"]]
    assert ["a user", "other"] == names
    assert (["dev"], "http://ci/1") == (sent["tags"], sent["buildUrl"])
    assert ("Web", "Users", "1.0") == (
        *(published.consumer, published.provider),
        published.version,
    )
    assert published.url.endswith("/pacts/provider/Users/consumer/Web/version/1.0")
    assert ["Publishing the pact between Web and Users", "Published Web 1.0"] == shown


def test_a_single_file_is_published_as_it_is(server, folder):
    content = b'{"metadata": {}, "provider": {"name": "Users"}, "custom": 1.50,\n'
    content += b' "consumer": {"name": "Web"}, "interactions": []}'
    (folder / "one.json").write_bytes(content)

    Broker(URL).publish("one.json", version="1.0", show=None)

    sent = server.calls[-1].body["contracts"][0]["content"]
    assert content == base64.b64decode(sent)


def test_two_files_that_differ_are_a_conflict_that_names_both(server):
    write("pacts/z.json", pact(status=404))

    with pytest.raises(MergeConflict) as caught:
        Broker(URL).publish("pacts/", version="1.0", show=None)

    assert "'a user'" in str(caught.value)
    assert "pacts/web-users.json and pacts/z.json" in str(caught.value)
    assert "POST" not in [call.method for call in server.calls]


def test_other_content_for_a_version_is_a_conflict_that_names_the_pact(server):
    broker = Broker(URL)
    broker.publish("pacts", version="1.0", show=None)
    write("pacts/web-users.json", pact(status=404))

    with pytest.raises(BrokerError) as caught:
        broker.publish("pacts", version="1.0", show=None)

    assert 409 == caught.value.status
    text = "content of the pact for Web version 1.0 and provider Users"
    assert 1 == str(caught.value).count(f"contracts: Cannot change the {text}")
    assert '+  "id": 11' in str(caught.value)


def test_the_build_is_detected(server, monkeypatch):
    monkeypatch.setenv("GITHUB_SHA", "abc")
    monkeypatch.setenv("GITHUB_HEAD_REF", "feat")

    Broker(URL).publish(
        "pacts", detect_build=True, tag_with_branch=True, tags=["x"], show=None
    )
    Broker(URL, detect_build=True).can_i_deploy("Web")

    publish, matrix = server.calls[1:]
    assert ("abc", "feat", ["x", "feat"]) == (
        publish.body["pacticipantVersionNumber"],
        *(publish.body["branch"], publish.body["tags"]),
    )
    assert "q[][pacticipant]=Web&q[][version]=abc&" in matrix.path


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda broker: broker.publish("pacts"), "needs the version of the consumer"),
        (lambda broker: broker.publish([], version="1"), "pacts is an empty list"),
        (lambda broker: broker.publish("pacts", tags="dev"), "tags must be a list"),
        (lambda broker: broker.can_i_deploy(""), "must not be empty"),
        (lambda broker: broker.can_i_deploy("A", ignore="B"), "ignore must be a list"),
        (lambda broker: broker.can_i_deploy("A", retry=-1), "must not be negative"),
        (lambda broker: broker.record_release("", "1", "test"), "must not be empty"),
        (lambda broker: broker.delete_environment(""), "UUID of an environment must"),
        (lambda broker: broker.create_environment(""), "name of an environment must"),
        (
            lambda broker: broker.provider_states("A", branch="b", environment="e"),
            "only one of branch and environment",
        ),
    ],
)
def test_arguments_that_are_not_valid_are_refused(server, call, message):
    with pytest.raises(InvalidExpectation, match=message):
        call(Broker(URL))
    assert [] == [call for call in server.calls if call.method != "GET"]


def test_environments_are_listed_changed_and_deleted(server):
    broker = Broker(URL)
    made = broker.create_environment("uat", contact_name="Ann", contact_email="a@b.c")
    contact = {"name": "Ann", "details": {"emailAddress": "a@b.c"}}

    assert [contact] == server.calls[-1].body["contacts"]
    changed = broker.update_environment(made.uuid, "qa", display_name="Quality")
    assert changed == broker.describe_environment(made.uuid)
    assert [("qa", "Quality", False)] == [
        (one.name, one.display_name, one.production)
        for one in broker.list_environments()
    ]
    assert "qa" == broker.delete_environment(made.uuid).name
    assert [] == broker.list_environments()
    with pytest.raises(BrokerError, match="'test' does not exist; the broker has none"):
        broker.record_undeployment("Web", "test")


def test_versions_are_described_deployed_and_released(server):
    broker = Broker(URL)
    broker.publish("pacts", version="1.0", branch="main", tags=["dev"], show=None)
    broker.create_environment("test")
    broker.record_deployment("Web", "1.0", "test", application_instance="blue")
    broker.record_release("Web", "1.0", "test")

    version = broker.describe_version("Web")
    assert ("1.0", ("main",), ("dev",)) == (
        *(version.number, version.branches),
        version.tags,
    )
    with pytest.raises(BrokerError, match=r"without an application instance.*'blue'"):
        broker.record_undeployment("Web", "test")
    ended = broker.record_undeployment("Web", "test", application_instance="blue")
    assert ("1.0", False) == (ended.version, ended.is_current)
    assert not broker.record_support_ended("Web", "1.0", "test").is_current
    assert [] == broker.list_versions_in("test", "Web")


def test_pacts_are_listed_and_downloaded(server, folder):
    server.add(pact(consumer="../Web"), version="1.0")
    broker = Broker(URL)

    [listed] = broker.get_pacts("Users", download_to="out")
    [latest] = broker.list_latest_pact_versions()

    assert "../Web" == pypact.read_pact(listed.path).consumer
    broker.get_pacts("Users", download_to="out")  # a pact is replaced
    for content in ("notes", json.dumps(pact(consumer="Shop"))):
        listed.path.write_text(content)
        with pytest.raises(StoreError, match="left unchanged"):
            broker.get_pacts("Users", download_to="out")
        assert content == listed.path.read_text()
    assert folder / "out" == (folder / listed.path).parent
    assert ("../Web", "1.0", "Users") == (
        *(latest.consumer, latest.consumer_version),
        latest.provider,
    )


def test_several_applications_are_checked_together(server):
    others = [VersionSelector("Users", main_branch=True), VersionSelector("Log", "3")]

    Broker(URL).can_i_deploy("Web", latest="dev", others=others, ignore=["X"])

    assert (
        "/matrix?q[][pacticipant]=Web&q[][latest]=true&q[][tag]=dev"
        "&q[][pacticipant]=Users&q[][mainBranch]=true"
        "&q[][pacticipant]=Log&q[][version]=3&ignore[][pacticipant]=X&latestby=cvpv"
    ) == server.calls[-1].path


class Busy:
    """A server that responds 503 with a Retry-After, until `times` are over."""

    def __init__(self, retry_after, times=1):
        self.retry_after, self.times = retry_after, times

    def __call__(self, environ, start_response):
        self.times -= 1
        busy = self.times >= 0
        headers = [("Retry-After", self.retry_after)] if busy else []
        start_response("503 Busy" if busy else "200 OK", headers)
        return [b'{"summary": {"deployable": true}}']


def test_the_pause_that_the_server_gives_is_kept(pauses):
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=30)
    for value in ("7", format_datetime(later, usegmt=True), "soon"):
        with called_as(Busy(value), URL):
            assert Broker(URL).can_i_deploy("Web")

    assert (7, 0.1) == (pauses[0], pauses[2])
    assert 25 < pauses[1] <= 30


@pytest.mark.parametrize(
    ("busy", "words"),
    [(Busy("3600"), "503 to GET"), (Busy("1", times=9), "after 3 attempts")],
)
def test_retries_end(busy, words, pauses):
    with called_as(busy, URL), pytest.raises(BrokerError, match=words):
        Broker(URL, retries=2).can_i_deploy("Web")

    assert len(pauses) in (0, 2)


def test_secrets_stay_with_their_host():
    received = []

    def elsewhere(environ, start_response):
        received.append((environ.get("HTTP_X_KEY"), environ.get("HTTP_AUTHORIZATION")))
        if "broker.test" in environ["HTTP_HOST"]:
            start_response("302 Found", [("Location", "http://other.test/s3cret")])
        else:
            start_response("500 Broken", [])
        return [b'{"error": "the key s3cret is not valid, nor t0ken"}']

    broker = Broker(URL, token="t0ken-12", headers={"X-Key": "s3cret"}, retries=0)
    with called_as(elsewhere, "http://"), pytest.raises(BrokerError) as caught:
        broker.can_i_deploy("Web")

    assert [("s3cret", "Bearer t0ken-12"), (None, None)] == received
    assert "s3cret" not in str(caught.value) + repr(broker)


def test_a_redirect_does_not_turn_a_request_into_another(server):
    def moved(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            location = [("Location", "https://broker.test/contracts")]
            start_response("302 Found", location)
            return [b""]
        return server(environ, start_response)

    secure = called_as(server, "https://broker.test")
    refused = pytest.raises(BrokerError, match="POST request would become a GET")
    with called_as(moved, URL), secure, refused:
        Broker(URL).publish("pacts", version="1", show=None)

    assert [] == server.pacts


def run(*arguments, **variables):
    variables = {"PACT_BROKER_BASE_URL": URL, **variables}
    return CliRunner().invoke(main, ["broker", *arguments], env=variables)


def test_the_answer_no_is_an_error_also_as_json(server):
    """Peers: the official client exits with 0, contrary to its help."""
    result = run("can-i-deploy", "-a", "Web", "-e", "1.0", "-o", "json")

    assert 1 == result.exit_code
    assert json.loads(result.stdout)["summary"]["deployable"] is False


def test_variables_have_the_effect_of_the_options(server):
    prefix = "PACT_BROKER_CAN_I_DEPLOY"
    result = run(
        *("can-i-deploy", "-aWeb", "-e1.0", "--latest=x"),
        **{f"{prefix}_DRY_RUN": "true", f"{prefix}_IGNORE": "A, B"},
    )

    assert 0 == result.exit_code
    assert "the exit code is 0 although the answer is no" in result.stderr
    assert (
        "/matrix?q[][pacticipant]=Web&q[][version]=1.0&q[][latest]=true&q[][tag]=x"
        "&ignore[][pacticipant]=A&ignore[][pacticipant]=B&latestby=cvp&latest=true"
    ) == server.calls[-1].path


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("can-i-deploy", "-e", "1", "-a", "A"), 2, "-e must come after the --pact"),
        (("can-i-deploy", "-a", "A", "--main-branch=x"), 2, "takes no value"),
        (("can-i-deploy", "-a="), 2, "must not be empty"),
        (("can-i-merge", "-a", "A", "-a", "B"), 2, "--pacticipant only once"),
        (("list-environments", "--custom-header", "x"), 2, "'Name: value'"),
        (("list-environments", "-k", "t", "-u", "u"), 1, "both a token and a user"),
        (("list-environments", "-b", "ftp://x"), 1, "is not a valid URL"),
        (("publish", "pacts", "-r"), 1, "needs the version of the consumer"),
    ],
)
def test_a_bad_command_line_is_explained(server, arguments, code, words):
    result = run(*arguments)

    assert code == result.exit_code, result.output
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert [] == server.calls


def test_requests_are_logged_without_secrets(server, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("pypact.web"), "level", logging.NOTSET)
    with caplog.at_level("INFO"):
        run("list-environments", "-k", "t0ken-12", "--log-level", "info")

    paths = [f"GET {URL}/ -> 200", f"GET {URL}/environments -> 200"]
    assert paths == caplog.messages


def test_the_help_of_the_options_for_versions_is_complete():
    text = run("can-i-deploy", "--help").output

    for words in (
        "--latest [TAG]",
        "--main-branch  ",
        "--ignore NAME",
        "--branch NAME",
    ):
        assert words in text


def test_a_broker_is_required():
    result = CliRunner().invoke(main, ["broker", "list-environments"])

    assert 2 == result.exit_code
    assert "--broker-base-url" in result.stderr


@pytest.mark.parametrize("module", [base, matrix, tables, transport])
def test_examples_in_docstrings_work(module):
    failed, count = doctest.testmod(module)

    assert (0, True) == (failed, count > 0)


@pytest.mark.parametrize(
    ("without", "call", "words"),
    [
        (
            "pb:publish-contracts",
            lambda broker: broker.publish("pacts", version="1", show=None),
            "has no link pb:publish-contracts: is it a recent Pact Broker",
        ),
        (
            "pb:currently-deployed-deployed-versions",
            lambda broker: broker.record_undeployment("Web", "test"),
            "has no link pb:currently-deployed-deployed-versions",
        ),
        (
            "pb:record-release",
            lambda broker: broker.record_release("Web", "1.0", "test"),
            "'test' does not exist; the broker has none",
        ),
    ],
)
def test_a_link_that_is_missing_is_named(server, without, call, words):
    server.add(pact(), version="1.0")
    Broker(URL).create_environment("test")
    server.without = (without,)

    with pytest.raises(BrokerError, match=words):
        call(Broker(URL))


def test_a_matrix_without_a_summary_is_not_an_answer():
    def other(environ, start_response):
        start_response("200 OK", [])
        return [b"{}"]

    with called_as(other, URL), pytest.raises(BrokerError, match="without a summary"):
        Broker(URL).can_i_deploy("Web")


def test_a_file_without_names_is_not_published(server):
    write("pacts/other.json", {**pact(), "consumer": {"name": ""}})

    with pytest.raises(InvalidPact, match="no name of the consumer"):
        Broker(URL).publish("pacts", version="1", show=None)
    assert [] == server.calls


def test_versions_with_one_file_name_do_not_replace_each_other(server):
    for version in ("feature:1", "feature?1"):
        server.add(pact(), version=version)

    with pytest.raises(
        StoreError, match=r"already has version 'feature[:?]1': version 'feature[:?]1'"
    ):
        Broker(URL).get_pacts("Users", download_to="out")


def test_a_branch_that_is_unknown_is_no_tag(server):
    shown = []
    broker = Broker(URL)

    broker.publish("pacts", version="1", tag_with_branch=True, show=shown.append)

    assert "No git branch was found" in shown[0]
    assert "tags" not in server.calls[-1].body


def test_a_folder_that_cannot_be_made_is_named(server, folder):
    server.add(pact())
    folder.joinpath("out").write_text("a file")

    with pytest.raises(StoreError, match="out"):
        Broker(URL).get_pacts("Users", download_to="out")


def test_output_can_be_indented_json(server):
    result = run("list-environments", "-o", "pretty")

    assert result.stdout.startswith('{\n  "_embedded": {')
