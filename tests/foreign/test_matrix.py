"""Verify contracts of pypact with the official verifier, and the other way round.

Both directions cover the kinds of bodies and rules: contracts written by pypact are
verified by the official verifier, contracts of pact-python by pypact.
"""

import json
from pathlib import Path

import pytest
from foreign import pact_cli, pact_python, run_foreign, served

import pypact
from pypact import bodies, match
from pypact.consumer.builders import InteractionBuilder
from pypact.model.interactions import SpecificationVersion

pytestmark = [pytest.mark.foreign, pytest.mark.enable_socket]

PDF = b"%PDF-1.7 example"
JSON = "application/json"

# Kind: the expected body, another body that matches it by its rules, content type.
PLAIN = {
    "json": ({"a": 1, "b": [1.5, None, True]}, {"a": 1, "b": [1.5, None, True]}, JSON),
    "like": (match.like({"a": 1, "b": ["x"]}), {"a": 5, "b": ["y", "z"]}, JSON),
    "regex": ({"a": match.regex(r"\d+", "1")}, {"a": "22"}, JSON),
    "each-like": (
        {"a": match.each_like({"b": match.like(1)}, 1)},
        {"a": [{"b": 7}, {"b": 8}]},
        JSON,
    ),
    "root-list": (match.each_like(1), [4, 5], JSON),
    "root-text": (match.like("a"), "b", JSON),
    "empty-map": ({}, {}, JSON),
    "keys": ({"a b": {"1": match.like(1), "x-y": match.like("ä")}}, None, JSON),
    "text": (bodies.text("a text"), b"a text", "text/plain"),
    "binary": (bodies.binary(PDF, "application/pdf"), PDF, "application/pdf"),
    "none": (None, b"", None),
}
V3 = {
    "numbers": (
        {
            "integer": match.integer(1),
            "decimal": match.decimal(1.5),
            "number": match.number(1),
            "null": match.null(),
            "boolean": match.boolean(True),
        },
        {"integer": -2, "decimal": 2.5, "number": 3.5, "null": None, "boolean": False},
        JSON,
    ),
    "dates": (
        {
            "date": match.date("2020-01-31"),
            "time": match.time("10:30:00"),
            "datetime": match.datetime("2020-01-31T10:30:00+01:00"),
        },
        {
            "date": "2021-02-28",
            "time": "23:59:59",
            "datetime": "2021-02-28T23:59:59-05:00",
        },
        JSON,
    ),
    "include": ({"a": match.include("x")}, {"a": "axb"}, JSON),
    "any-of": (
        {"a": match.any_of(match.integer(1), match.null())},
        {"a": None},
        JSON,
    ),
    "text-rule": (
        bodies.text(match.regex(r"\w+ \d+", "a 1")),
        b"abc 22",
        "text/plain",
    ),
    "form": (
        bodies.form({"a": match.regex(r"\d+", "1"), "b": "x y"}),
        b"b=x+y&a=22",
        "application/x-www-form-urlencoded",
    ),
    "xml": (
        bodies.xml(
            bodies.element(
                "people",
                match.each_like(
                    bodies.element("person", match.like("Ada"), id=match.integer(1))
                ),
            )
        ),
        b"<people><person id='2'>Bob</person><person id='3'>Eve</person></people>",
        "application/xml",
    ),
}
V4 = {
    "not-empty": ({"a": match.not_empty("x")}, {"a": "y"}, JSON),
    "semver": ({"a": match.semver("1.0.0")}, {"a": "2.1.0-rc.1"}, JSON),
    "each-key": (
        {"a": match.each_key_like("k", match.like(1))},
        {"a": {"other": 2}},
        JSON,
    ),
    "array-contains": (
        {"a": match.array_contains(match.like(1), match.regex("x+", "x"))},
        {"a": ["xx", True, 7]},
        JSON,
    ),
}
KINDS = {
    "2.0.0": PLAIN,
    "3.0.0": {**PLAIN, **V3},
    "4.0": {**PLAIN, **V3, **V4},
}


def defined(kinds, version):
    specification = SpecificationVersion(version)
    interactions = []
    for kind, (body, _, content_type) in kinds.items():
        headers = {"Content-Type": content_type} if content_type == JSON else {}
        builder = (
            InteractionBuilder(specification)
            .given(f"state of {kind}")
            .upon_receiving(kind)
            .with_request(
                "POST",
                f"/{kind}",
                query={"q": ["a b", "ü"]},
                headers={"X-Kind": kind, **headers},
                body=body,
            )
            .will_respond_with(
                200,
                headers={"X-Kind": match.regex(".*", kind), **headers},
                body=body,
            )
        )
        interactions.append(builder.to_interaction())
    return pypact.Contract(
        "C",
        "P",
        interactions=tuple(interactions),
        version=specification,
    )


def provider(contract, kinds, broken=()):
    """Return an app that checks requests and responds by the rules of the contract."""
    by_kind = {one.description: one for one in contract.interactions}

    def app(environ, start_response):
        kind = environ["PATH_INFO"].strip("/")
        if kind == "states":
            start_response("200 OK", [("Content-Type", JSON)])
            return [b"{}"]
        problems = pypact.match_request(by_kind[kind], request_of(environ))
        if problems:
            start_response("500 Unexpected", [("Content-Type", "text/plain")])
            return [str(problems).encode()]
        _body, actual, content_type = kinds[kind]
        if actual is None:
            actual = by_kind[kind].response.body.content
        if not isinstance(actual, bytes):
            actual = json.dumps(actual).encode()
        headers = [("X-Kind", "other")]
        if content_type:
            headers.append(("Content-Type", content_type))
        status = 404 if kind in broken else by_kind[kind].response.status
        start_response(f"{status} Status", headers)
        return [actual]

    return app


def request_of(environ):
    headers = [
        (name[5:].replace("_", "-"), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("Content-Type", environ["CONTENT_TYPE"]))
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    target = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
    return pypact.Request.from_http(environ["REQUEST_METHOD"], target, headers, body)


@pytest.mark.parametrize("version", KINDS)
def test_the_official_verifier_verifies_contracts_of_pypact(tmp_path, version):
    cli = pact_cli()
    kinds = KINDS[version]
    contract = defined(kinds, version)
    file = tmp_path / "pact.json"
    pypact.write_pact(contract, file)

    with served(provider(contract, kinds)) as port:
        run = verify(cli, file, port)
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(kinds) == run.stdout.count("returns a response which")

    with served(provider(contract, kinds, broken=["json"])) as port:
        run = verify(cli, file, port)
    assert run.returncode == 1
    assert "There were 1 pact failures" in run.stdout


def verify(cli, file, port):
    return run_foreign(
        cli,
        "verifier",
        *("--file", file),
        *("--hostname", "127.0.0.1", "--port", port),
        *("--provider-name", "P", "--no-colour"),
        *("--state-change-url", f"http://127.0.0.1:{port}/states"),
    )


# Bodies that differ from the examples of pact-python's kinds, but match their rules.
OTHERS = {
    "like": {"a": 5, "b": ["y", "z"]},
    "regex": {"a": "22"},
    "each-like": {"a": [{"b": 7}, {"b": 8}]},
    "numbers": {"a": -2, "b": 2.5, "c": False, "d": None},
    "dates": {"a": "2021-02-28", "b": "23:59:59"},
    "include": {"a": "axb"},
    "array-contains": {"a": [True, "xxx", 7]},
    "each-key": {"a": {"k": 5, "other": "anything"}},
    "each-value": {"a": {"other": 5}},
}


@pytest.fixture(scope="module", params=["V2", "V3", "V4"])
def foreign_file(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pact-python")
    script = Path(__file__).parents[1] / "support" / "pact_python_matrix.py"
    run = run_foreign(pact_python(), script, folder, request.param)
    assert run.returncode == 0, run.stderr
    return folder / "C-P.json"


def verifier_of(file, broken=()):
    contract = pypact.read_pact(file)
    kinds = {
        one.description: (
            None,
            OTHERS.get(one.description, one.response.body.content),
            str(one.response.content_type) if one.response.body.is_present else None,
        )
        for one in contract.interactions
    }
    app = provider(contract, kinds, broken)
    verifier = pypact.Verifier("P", app=app, pacts=file)
    verifier.state("state of {kind}")(lambda kind: None)
    return verifier


def test_a_contract_of_pact_python_is_verified(foreign_file):
    verifier_of(foreign_file).verify()

    with pytest.raises(pypact.VerificationFailed, match="status"):
        verifier_of(foreign_file, broken=["like"]).verify()


def test_a_contract_of_pact_python_is_preserved_when_rewritten(foreign_file, tmp_path):
    contract = pypact.read_pact(foreign_file)
    pypact.write_pact(contract, tmp_path / "again.json")

    assert contract == pypact.read_pact(tmp_path / "again.json")
