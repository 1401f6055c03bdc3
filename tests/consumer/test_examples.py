"""Tests of a consumer with other responses that the contract accepts."""

import asyncio
import json
import sys
import unittest
import warnings

import pytest
import requests

import pypact
from pypact import match
from pypact._process import STATE

BASE = "https://users.example.com"


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )


def define(pact, body=None, **headers):
    body = body or {
        "id": match.integer(23),
        "name": match.like("Al Bo"),
        "tags": match.each_like("x"),
    }
    return (
        pact.upon_receiving("a user")
        .with_request("GET", "/users/23")
        .will_respond_with(200, body=body, headers=headers or None)
    )


def fetch(path="/users/23"):
    return requests.get(BASE + path, timeout=5).json()


def note_of(raised):
    return "\n".join(raised.value.__notes__)


def test_a_correct_client_passes_with_all_examples(pact):
    names = set()

    @pact.intercept(examples=pypact.Examples(50, seed=1))
    def check(calls):
        define(pact)
        user = fetch()
        names.add(user["name"])
        assert user == calls[-1].response.json

    check()
    assert len(names) > 8
    assert "" in names


def test_a_fault_is_found_simplified_and_explained(pact, monkeypatch):
    monkeypatch.setenv("PYPACT_EXAMPLES_SEED", "7")
    monkeypatch.setattr(STATE, "node_relaters", [lambda node: f"../{node}[$5]"])

    @pact.intercept(examples=50)
    def check():
        define(pact)
        _first, _last = fetch()["name"].split(" ")

    with pytest.raises(ValueError, match="not enough values to unpack") as raised:
        check()
    note = note_of(raised)
    assert 'the response to "a user"\n    $.name = "" (the example: "Al Bo")' in note
    assert 'PYPACT_EXAMPLES_SEED=7 python -m pytest "../' in note
    assert note.endswith('[\\$5]"')
    assert "test_a_fault_is_found_simplified_and_explained" in note


class Initials(unittest.TestCase):
    """A test as unittest runs it; `pact` is set by the test below."""

    def split_name(self):
        define(self.pact)
        fetch()["name"].split(" ")[1]


def test_outside_of_pytest_the_line_to_rerun_is_that_of_unittest(pact, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setenv("PYPACT_EXAMPLES_SEED", "7")
    monkeypatch.setattr(Initials, "pact", pact, raising=False)
    check = pact.intercept(examples=50)(Initials.split_name)

    with pytest.raises(IndexError) as raised:
        check(Initials("split_name"))

    command = f"python -m unittest {__name__}.Initials.split_name"
    assert note_of(raised).endswith(f"PYPACT_EXAMPLES_SEED=7 {command}")


def take_id(id):
    return id


FAULTS = {
    "a list without items": ({"tags": match.like(["x"])}, lambda u: u["tags"][0]),
    "a negative number": ({"id": match.integer(3)}, lambda u: 1 / (u["id"] >= 0)),
    "zero": ({"n": match.integer(3)}, lambda u: 1 / u["n"]),
    "more items": ({"tags": match.each_like("x")}, lambda u: ["x"][len(u["tags"]) - 1]),
    "an empty string": ({"s": match.like("x")}, lambda u: u["s"][0]),
    "another zone": (
        {"at": match.datetime("2020-01-01T10:00:00Z", "yyyy-MM-dd'T'HH:mm:ssXXX")},
        lambda u: {"Z": 1}[u["at"][19:]],
    ),
    "another member": ({"id": match.integer(3)}, lambda u: take_id(**u)),
    "another regex match": (
        {"c": match.regex("[A-Z]{3}", "EUR")},
        lambda u: {"EUR": 1}[u["c"]],
    ),
    "false": ({"ok": match.like(True)}, lambda u: {True: 1}[u["ok"]]),
}


@pytest.mark.parametrize(("body", "read"), FAULTS.values(), ids=FAULTS)
def test_planted_faults_are_found(pact, body, read):
    @pact.intercept(examples=pypact.Examples(50, seed=1))
    def check():
        define(pact, body)
        read(fetch())

    with pytest.raises(Exception) as raised:
        check()
    assert "failed with another response that the contract accepts" in note_of(raised)


def test_an_assertion_on_the_example_is_no_finding(pact):
    runs = []

    @pact.intercept(examples=40)
    def check(calls):
        define(pact)
        runs.append(fetch())
        assert runs[-1]["name"] == "Al Bo"
        assert runs[-1]["id"] == calls[-1].response.json["id"]

    with pytest.warns(pypact.ExampleWarning, match=r"example of \$\.name") as found:
        check()
    assert __file__ == found[0].filename
    assert len(runs) <= 45


def test_a_fault_behind_an_assertion_on_the_example_is_found(pact):
    @pact.intercept(examples=50)
    def check():
        define(pact)
        user = fetch()
        assert user["name"] == "Al Bo"
        if user["id"] < 0:
            raise KeyError(user["id"])

    with warnings.catch_warnings(), pytest.raises(KeyError) as raised:
        warnings.simplefilter("ignore", pypact.ExampleWarning)
        check()
    assert "$.id = -1 (the example: 23)" in note_of(raised)


def test_a_crash_before_the_assertion_on_the_same_field_is_found(pact):
    @pact.intercept(examples=50)
    def check():
        define(pact)
        name = fetch()["name"]
        name[0]
        assert name == "Al Bo"

    with warnings.catch_warnings(), pytest.raises(IndexError) as raised:
        warnings.simplefilter("ignore", pypact.ExampleWarning)
        check()
    assert '$.name = "" (the example: "Al Bo")' in note_of(raised)


def test_a_value_that_is_used_in_another_request_is_no_finding(pact):
    @pact.intercept(examples=30)
    def check():
        define(pact, {"next": match.like("/users?page=2")})
        (
            pact.upon_receiving("page 2")
            .with_request("GET", "/users", query={"page": "2"})
            .will_respond_with(200, body=[])
        )
        assert fetch(fetch()["next"]) == []

    check()


def test_an_error_that_the_client_raises_for_another_request_is_no_finding(pact):
    @pact.intercept(examples=30)
    def check():
        define(pact, {"next": match.like(f"{BASE}/users")})
        (
            pact.upon_receiving("page 2")
            .with_request("GET", "/users")
            .will_respond_with(200, body=[])
        )
        url = fetch()["next"]
        try:
            requests.get(url, timeout=5)
        except Exception as error:
            raise KeyError(url) from error

    check()


def test_a_client_that_polls_ends(pact):
    @pact.intercept(examples=10)
    def check():
        define(pact, {"state": match.like("done")})
        while fetch()["state"] != "done":
            pass

    check()


def test_nothing_generated_is_recorded(pact, tmp_path):
    @pact.intercept(examples=20)
    def check():
        define(pact)
        fetch()

    check()
    (file,) = tmp_path.glob("*.json")
    (written,) = json.loads(file.read_text("utf-8"))["interactions"]
    assert written["response"]["body"]["content"] == {
        "id": 23,
        "name": "Al Bo",
        "tags": ["x"],
    }


def test_interactions_given_to_the_block_are_varied(pact):
    seen = set()

    @pact.intercept(define(pact), examples=20)
    def check(calls):
        seen.add(fetch()["id"])
        assert len(calls) == 1

    check()
    assert len(seen) > 5


def test_headers_and_statuses_are_varied(pact):
    seen = set()

    @pact.intercept(examples=30)
    def check():
        define(pact, **{"X-Trace": match.regex("[a-f]{2}", "ab")})
        seen.add(requests.get(BASE + "/users/23", timeout=5).headers["X-Trace"])

    check()
    assert len(seen) > 3


def test_the_first_variant_is_tried(pact):
    runs = []

    @pact.intercept(examples=5)
    def check():
        define(pact, {"id": match.integer(1), "n": match.one_of(match.like("x"), None)})
        runs.append(fetch())

    check()
    assert len(runs) == 7  # two variants, and five examples of the first


def test_coroutines_and_methods_run_again(pact):
    runs = []

    class Users(unittest.TestCase):
        @pact.intercept(examples=5)
        def test_user(self, calls):
            define(pact)
            runs.append(fetch())
            assert runs[-1] == calls[-1].response.json

        @pact.intercept(examples=5)
        async def test_async(self):
            define(pact)
            await asyncio.sleep(0)
            runs.append(fetch())

    users = Users("test_user")
    users.test_user()
    assert len(runs) == 6
    asyncio.run(users.test_async())
    assert len(runs) == 12


def test_the_time_is_limited(pact):
    runs = []

    @pact.intercept(examples=pypact.Examples(50, seconds=1e-9))
    def check():
        define(pact)
        runs.append(fetch())

    check()
    assert len(runs) == 1


def test_what_cannot_be_repeated_is_refused(pact):
    for options in ({"app": object()}, {"fault": pypact.fault.read_timeout()}):
        with pytest.raises(pypact.InvalidExpectation, match="cannot be combined"):
            pact.intercept(examples=3, **options)
    with (
        pytest.raises(pypact.InvalidExpectation, match="decorate the test"),
        pact.intercept(examples=3),
    ):
        pass
    with pytest.raises(pypact.InvalidExpectation, match="a fixture cannot"):

        @pact.intercept(examples=3)
        def calls():
            yield


def test_who_does_not_use_it_imports_nothing(pact):
    @pact.intercept()
    def check():
        define(pact)
        fetch()

    loaded = sys.modules.pop("pypact.consumer.examples", None)
    try:
        check()
        assert "pypact.consumer.examples" not in sys.modules
    finally:
        if loaded is not None:
            sys.modules["pypact.consumer.examples"] = loaded
