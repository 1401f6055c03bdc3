"""`pypact diff` compares files, folders, revisions of git and versions in a broker."""

import json
import subprocess

import pytest
from broker import FakeBroker, called_as
from click.testing import CliRunner
from interactions import build_pact

from pypact.cli import main

URL = "http://broker.test"


def pact(**response):
    return build_pact("4.0", response=response)


OLD, NEW, LOOSER = pact(status=200), pact(status=201), pact(headers={"X": ["1"]})


def diff(*arguments):
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def write(path, data):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "old.json", OLD), write(tmp_path / "new.json", NEW)


def test_changes_are_shown_with_their_interaction_and_verdict(files):
    result = diff(*files)

    assert 0 == result.exit_code
    assert result.output == (
        "Web -> Users: 1 change needs the provider\n"
        '  "d"\n'
        "    needs the provider   response status was 200, now 201\n"
    )


def test_equal_contracts_have_no_changes(files):
    result = diff(files[0], files[0], "--fail-on", "any")

    assert (0, "no changes\n") == (result.exit_code, result.output)


def test_json_has_each_change(files):
    data = json.loads(diff(*files, "-o", "json").output)

    assert data["needsProvider"] is True
    assert data["contracts"][0]["changes"] == [
        {
            "interaction": "d",
            "states": [],
            "place": "response status",
            "text": "was 200, now 201",
            "verdict": "needs the provider",
            "undecided": False,
        }
    ]


def test_markdown_has_a_table_and_escapes_the_contract(files):
    data = json.loads(files[1].read_text())
    data["interactions"][0]["description"] = "<b>|d"
    write(files[1], data)

    output = diff(*files, "-o", "markdown").output

    assert (
        "### Web -&gt; Users: 1 change needs the provider, 1 harmless change" in output
    )
    assert (
        '| "&lt;b&gt;\\|d" | **needs the provider** | the interaction is new |'
        in output
    )


@pytest.mark.parametrize(
    ("old", "new", "option", "code"),
    [
        (OLD, NEW, "provider", 1),
        (OLD, NEW, "any", 1),
        (LOOSER, OLD, "provider", 0),
        (LOOSER, OLD, "any", 1),
    ],
)
def test_the_exit_code_is_1_for_the_requested_changes(tmp_path, old, new, option, code):
    paths = write(tmp_path / "a.json", old), write(tmp_path / "b.json", new)

    assert code == diff(*paths, "--fail-on", option).exit_code


def test_the_contracts_of_folders_are_paired_by_their_names(tmp_path):
    other = {**OLD, "provider": {"name": "Orders"}}
    write(tmp_path / "old" / "x.json", OLD)
    write(tmp_path / "new" / "y.json", OLD)
    write(tmp_path / "new" / "z.json", other)

    output = diff(tmp_path / "old", tmp_path / "new").output

    assert "Web -> Orders: 1 change needs the provider" in output
    assert "Users" not in output


def test_two_contracts_of_one_pair_are_refused(tmp_path):
    for name in "ab":
        write(tmp_path / "old" / f"{name}.json", OLD)

    result = diff(tmp_path / "old", tmp_path / "old")

    assert 2 == result.exit_code
    assert "two contracts of 'Web' and 'Users'" in result.output


@pytest.fixture
def repository(files, tmp_path, monkeypatch):
    """A repository whose first commit has OLD, and whose folder has NEW."""
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "n")
        monkeypatch.setenv(f"{name}_EMAIL", "n@example.org")
    write(tmp_path / "pacts" / "Web-Users.json", OLD)
    for arguments in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], check=True, cwd=tmp_path)
    write(tmp_path / "pacts" / "Web-Users.json", NEW)
    return tmp_path


@pytest.mark.parametrize("old", ["main:pacts/", "HEAD:pacts/Web-Users.json"])
def test_a_revision_of_git_is_compared_with_a_folder(repository, old):
    assert "status was 200, now 201" in diff(old, "pacts").output


@pytest.mark.parametrize("old", ["HEAD:pacts", "HEAD:../pacts/", "HEAD:../pacts"])
def test_a_revision_is_read_from_a_subfolder(repository, monkeypatch, old):
    (repository / "tests").mkdir()
    monkeypatch.chdir(repository / "tests")

    assert "status was 200, now 201" in diff(old, "../pacts").output


@pytest.mark.parametrize(
    ("old", "problem"),
    [
        ("other:pacts/", "other:pacts/ cannot be read from git"),
        ("main:none/", "none/ cannot be read from git: no such revision, or no such"),
        ("absent", "absent: no such file or directory"),
        ("broker:Web", "expected broker:CONSUMER@VERSION"),
    ],
)
def test_what_cannot_be_read_is_an_error_without_a_traceback(repository, old, problem):
    result = diff(old, "pacts")

    assert 2 == result.exit_code
    assert problem in result.output


@pytest.mark.parametrize("old", ["--upload-pack=x:pacts", "-x:pacts/"])
def test_an_argument_that_begins_with_a_dash_is_refused(repository, old):
    assert 2 == diff(old, "pacts").exit_code

    result = diff("--", old, "pacts")

    assert 2 == result.exit_code
    assert f"{old!r} begins with '-'" in result.output


class VersionsBroker(FakeBroker):
    """A broker with versions of consumers and the links to their pacts."""

    def _answer(self, call):
        name = "pb:pact-versions"
        if not call.path.startswith("/pacticipants/Web/versions/"):
            status, data = super()._answer(call)
            if call.path == "/":
                url = f"{self._base}/pacticipants/{{pacticipant}}/versions/{{version}}"
                data["_links"]["pb:pacticipant-version"] = {"href": url}
            return status, data
        version = call.path.rpartition("/")[2]
        path = "/pacts/provider/Users/consumer/Web/version/"
        found = [pact for pact in self.pacts if pact.version == version]
        links = [{"href": f"{self._base}{path}{one.version}"} for one in found]
        return 200, {"number": version, "_links": {name: links}}


def test_versions_in_a_broker_are_compared():
    broker = VersionsBroker()
    broker.add(OLD, "1.0.0")
    broker.add(NEW, "1.1.0")
    with called_as(broker, URL):
        versions = "broker:Web@1.0.0", "broker:Web@1.1.0"
        found = diff(*versions, "--broker-url", URL)
        absent = diff("broker:Web@3", versions[1], "--broker-url", URL)

    assert "status was 200, now 201" in found.output
    assert 2 == absent.exit_code
    assert "version 3 of 'Web' has no contracts" in absent.output
