"""Contracts with variants, verified by the official verifier."""

import json

import pytest
import requests

import pypact
from pypact import match
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
