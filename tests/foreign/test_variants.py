"""Contracts with variants, verified by the official verifier."""

import json

import pytest
import requests

import pypact
from pypact import bodies, match
from tests.support.foreign import pact_cli, run_foreign, served

pytestmark = [pytest.mark.foreign, pytest.mark.enable_socket]


def write_contract(folder):
    base = "https://users.example.com"
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url=base, pact_dir=folder)

    @pact.intercept()
    def run():
        pact.given("a user").upon_receiving("x").with_request(
            "GET", "/"
        ).will_respond_with(
            200,
            body={
                "id": 1,
                "nick": match.one_of(match.string("Al"), None, match.absent),
            },
        )
        requests.get(f"{base}/", timeout=5)

    run()
    pact.write()
    return folder / "Web-Users.json"


def make_app(honoured):
    users = {
        "Al": {"id": 1, "nick": "Bo"},
        "null": {"id": 1, "nick": None},
        "absent": {"id": 1},
    }
    current = {}

    def app(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if environ["PATH_INFO"] == "/states":
            state = json.loads(environ["wsgi.input"].read(size))
            variant = state["params"]["nick"]
            current["user"] = users[variant if variant in honoured else "Al"]
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b"{}"]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(current["user"]).encode()]

    return app


@pytest.mark.parametrize(
    ("honoured", "is_accepted"),
    [(("Al", "null", "absent"), True), (("Al", "absent"), False)],
)
def test_the_verifier_accepts_only_providers_of_all_variants(
    tmp_path, monkeypatch, honoured, is_accepted
):
    monkeypatch.setattr("pypact._process.STATE.deferring_sessions", 0)
    contract = write_contract(tmp_path)
    with served(make_app(honoured)) as port:
        run = run_foreign(
            pact_cli(), "verifier", "--file", contract, "--hostname", "127.0.0.1",
            "--port", port, "--state-change-url", f"http://127.0.0.1:{port}/states",
        )  # fmt: skip

    assert is_accepted is (0 == run.returncode), run.stdout + run.stderr
    if not is_accepted:
        assert "nick null" in run.stdout


def write_contract_of_requests(folder):
    """Write a contract with variants in each part of a request, and in XML."""
    base = "https://users.example.com"
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url=base, pact_dir=folder)
    search = (
        pact.given("users exist")
        .upon_receiving("a search")
        .with_request(
            "POST",
            match.one_of("/users", match.regex("/v[0-9]/users", "/v2/users")),
            query={"page": match.one_of("1", match.absent)},
            headers={"X-Trace": match.one_of("on", match.absent)},
            body=bodies.form(
                {
                    "name": match.one_of(match.like("Al"), match.absent),
                    "other": match.like("x"),
                }
            ),
        )
        .will_respond_with(
            match.one_of(200, 404),
            body=bodies.xml(
                bodies.element(
                    "users",
                    match.one_of(
                        match.each_like(bodies.element("user", match.like("Al"))),
                        match.absent,
                        name="users",
                    ),
                    total=match.one_of(match.integer(1), match.absent),
                )
            ),
        )
    )
    for variant in search.list_variants():
        with pact.intercept(search, variant=variant):
            requests.post(
                base + variant["path"],
                params={"page": "1"} if variant["page"] == "1" else {},
                headers={"X-Trace": "on"} if variant["X-Trace"] == "on" else {},
                data=FORM if variant["name"] == "Al" else FORM_WITHOUT_NAME,
                timeout=5,
            )
    pact.write()
    return folder / "Web-Users.json"


FORM = {"name": "Al", "other": "x"}
FORM_WITHOUT_NAME = {"other": "x"}


def search_users(environ, start_response, states):
    """Respond as the state requires, if the request has the parts of its variant."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size).decode()
    if environ["PATH_INFO"] == "/states":
        states.append(json.loads(body)["params"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]
    variant = states[-1]
    actual = {
        "path": environ["PATH_INFO"],
        "page": environ["QUERY_STRING"].removeprefix("page=") or "absent",
        "X-Trace": environ.get("HTTP_X_TRACE", "absent"),
        "name": "Al" if "name=Al" in body else "absent",
    }
    is_expected = actual.items() <= variant.items()
    status = variant["status"] if is_expected else "500"
    start_response(f"{status} Any", [("Content-Type", "application/xml")])
    total = ' total="7"' if variant["total"] == "1" else ""
    user = "" if variant["users"] == "absent" else "<user>Bo</user>"
    return [f"<users{total}>{user}</users>".encode()]


def test_variants_of_requests_and_xml_are_verified(tmp_path, monkeypatch):
    monkeypatch.setattr("pypact._process.STATE.deferring_sessions", 0)
    contract = write_contract_of_requests(tmp_path)
    states = []

    def app(environ, start_response):
        return search_users(environ, start_response, states)

    with served(app) as port:
        run = run_foreign(
            pact_cli(), "verifier", "--file", contract, "--hostname", "127.0.0.1",
            "--port", port, "--state-change-url", f"http://127.0.0.1:{port}/states",
        )  # fmt: skip

    assert 0 == run.returncode, run.stdout + run.stderr
    assert 8 == len({json.dumps(state) for state in states})
