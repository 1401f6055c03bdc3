"""A content type of a third party is one row, and works everywhere.

The content type here is that of INI files. Its example is an object of sections, each
an object of options, so that the path of an option is `$.section.option`.
"""

import configparser
import io
import json
from dataclasses import replace

import flask
import pytest
import requests

import pypact
from pypact import _process, generate, match
from pypact.consumer.expectations import build_response
from pypact.explain.mismatches import truncate
from pypact.matching import ContentKind, register_content
from pypact.model.body import find_content_kind, parse_content_type
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import render_path
from pypact.rules.compiled import RuleTree, compile_named_rules

TYPE = "application/x-ini"
BASE = "https://config.example.com"


def parse_ini(content):
    parser = configparser.ConfigParser()
    try:
        parser.read_string(content.decode())
    except configparser.Error as error:
        raise ValueError(truncate(str(error))) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def write_ini(sections):
    parser = configparser.ConfigParser()
    try:
        parser.read_dict(sections)
    except AttributeError:
        raise ValueError(f"expected an object of sections: {sections!r}") from None
    text = io.StringIO()
    parser.write(text)
    return text.getvalue().encode()


def options_of(content):
    return {
        (section, option): value
        for section, options in parse_ini(content).items()
        for option, value in options.items()
    }


class IniPlan:
    """Compare the options of two INI files; further options are accepted."""

    def __init__(self, expected):
        self._options = options_of(expected.content)
        self._rules = RuleTree(expected.rules)

    def check(self, actual, content_type):
        options = options_of(actual)
        found = []
        for place, value in self._options.items():
            path = render_path(place)
            if place not in options:
                problem = "Expected an option {expected} but was missing"
                found.append(self._mismatch(path, None, value, None, problem))
                continue
            rules = self._rules.choose(*place) or compile_named_rules("equality")
            found += [
                self._mismatch(path, rule, value, options[place], problem)
                for rule, problem in rules.find_text_failures(value, options[place])
            ]
        return found

    def _mismatch(self, *values):
        return Mismatch(MismatchKind.BODY, *values)


def replace_in_ini(content, changes):
    sections = parse_ini(content)
    for path, change in changes:
        section, option = path.tokens
        sections[section][option] = str(change(sections[section][option]))
    return write_ini(sections)


def align_ini(expected, actual, mismatches, strict):
    differing = {mismatch.path for mismatch in mismatches}
    before = {
        place: value
        if render_path(place) in differing
        else options_of(actual).get(place)
        for place, value in options_of(expected).items()
    }
    return tuple(
        "\n".join(f"{section} {option} = {value}" for (section, option), value in pairs)
        for pairs in (before.items(), options_of(actual).items())
    )


def hide_in_ini(content, find_secrets):
    return write_ini(
        {
            section: {
                option: "[hidden]" if option in find_secrets(options) else value
                for option, value in options.items()
            }
            for section, options in parse_ini(content).items()
        }
    )


INI = ContentKind(
    name="ini",
    recognises=lambda content_type: content_type.essence == TYPE,
    plan=IniPlan,
    replace=replace_in_ini,
    encode=write_ini,
    align=align_ini,
    hide_secrets=hide_in_ini,
)


@pytest.fixture(autouse=True)
def registered():
    undo = register_content(INI)
    yield
    undo()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Write contracts at the end of a block, as without the pytest plugin."""
    monkeypatch.setattr(_process.STATE, "deferring_sessions", 0)


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with(
        "Config", base_url=BASE, pact_dir=tmp_path
    )


def define(pact, body=None, response=None):
    return (
        pact.upon_receiving("new settings")
        .with_request("POST", "/settings", headers={"Content-Type": TYPE}, body=body)
        .will_respond_with(200, headers={"Content-Type": TYPE}, body=response)
    )


EXPECTED = {"server": {"host": "a.example", "port": match.regex(r"\d+", "80")}}


def post(body):
    return requests.post(
        f"{BASE}/settings", data=body, headers={"Content-Type": TYPE}, timeout=5
    )


def written(tmp_path):
    return json.loads((tmp_path / "Web-Config.json").read_text(encoding="utf-8"))


def test_a_registration_can_be_undone():
    undo = register_content(replace(INI, name="other"))

    assert "other" == find_content_kind(parse_content_type(TYPE)).name
    undo()
    assert "ini" == find_content_kind(parse_content_type(TYPE)).name


def test_data_with_matchers_are_encoded_and_matched_in_a_block(pact):
    define(pact, EXPECTED, {"result": {"id": match.regex("x+", "xx")}})
    with pact.intercept():
        response = post("[server]\nport=8080\nhost=a.example\nname=more\n")

    assert b"[result]\nid = xx\n\n" == response.content


def test_the_failure_of_a_block_has_the_path_and_the_diff(pact):
    define(pact, EXPECTED)
    with (
        pytest.raises(pypact.UnexpectedRequest) as caught,
        pact.intercept(),
    ):
        post("[server]\nhost=b.example\nport=81\n")

    text = str(caught.value)

    assert "$.server.host" in text
    assert "- server host = a.example\n" in text
    assert "+ server host = b.example\n" in text
    assert "- server port" not in text


def test_the_contract_has_the_content_as_text_and_is_read_back(pact, tmp_path):
    interaction = define(pact, EXPECTED).to_interaction()
    with pact.intercept():
        post("[server]\nhost=a.example\nport=1\n")

    request = written(tmp_path)["interactions"][0]["request"]
    [read] = pypact.read_pact(tmp_path / "Web-Config.json").interactions

    assert {
        "content": "[server]\nhost = a.example\nport = 80\n\n",
        "contentType": TYPE,
        "encoded": False,
    } == request["body"]
    assert ["$.server.port"] == list(request["matchingRules"]["body"])
    assert interaction.request.body == read.request.body


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0"])
def test_contracts_of_older_versions_have_the_content_as_text(pact, version):
    interaction = define(pact, {"a": {"b": "c"}})

    request = interaction.to_json(specification=version)["request"]

    assert "[a]\nb = c\n\n" == request["body"]


def test_the_verifier_compares_a_response_by_its_rules(tmp_path):
    response = {
        "headers": {"Content-Type": TYPE},
        "body": "[a]\nb = 1\nc = 2\n",
        "matchingRules": {"body": {"$.a.b": {"matchers": [{"match": "integer"}]}}},
    }
    pact_file = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Config"},
        "interactions": [
            {"description": "d", "request": {"path": "/"}, "response": response}
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    app = flask.Flask("config")
    app.get("/")(lambda: ("[a]\nb = 7\nc = 3\n", {"Content-Type": TYPE}))

    path = tmp_path / "Web-Config.json"
    path.write_text(json.dumps(pact_file), encoding="utf-8")
    with pytest.raises(pypact.VerificationFailed) as caught:
        pypact.Verifier("Config", app=app, pacts=path).verify(reports=[])

    [failed] = caught.value.result.interactions
    assert ["$.a.c"] == [one.path for one in failed.mismatches]
    assert "- a c = 2\n    + a c = 3\n" in str(caught.value)


def test_generators_replace_values_at_their_paths(pact):
    value = match.like("1", generator=generate.random_int(5, 5))
    define(pact, response={"a": {"b": value, "c": "2"}})
    with pact.intercept():
        response = post("")

    assert {"a": {"b": "5", "c": "2"}} == parse_ini(response.content)


def test_an_example_that_is_not_possible_is_refused():
    with pytest.raises(pypact.InvalidExpectation, match="an object of sections"):
        build_response("here", 200, {"Content-Type": TYPE}, [1])


def test_secrets_are_hidden_in_recorded_contracts(pact, tmp_path):
    app = flask.Flask("config")
    app.post("/settings")(lambda: ("[a]\napi_key = k3y\n", {"Content-Type": TYPE}))
    with pact.record(app=app):
        response = post("[a]\npassword=s3cret\nb=1\n")

    [interaction] = written(tmp_path)["interactions"]

    assert "k3y" in response.text
    assert {"a": {"password": "[hidden]", "b": "1"}} == parse_ini(
        interaction["request"]["body"]["content"].encode()
    )
    assert "k3y" not in json.dumps(interaction)


def test_a_body_whose_secrets_cannot_be_found_is_hidden_as_a_whole(pact, tmp_path):
    app = flask.Flask("config")
    app.post("/settings")(lambda: ("", 204))
    with pytest.warns(pypact.PactWarning, match=r"body is recorded as \[hidden\]"):  # noqa: SIM117 -- the warning comes when the block ends
        with pact.record(app=app):
            post("password=s3cret\n")

    assert "s3cret" not in json.dumps(written(tmp_path))
