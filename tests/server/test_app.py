"""The administration protocol of the Ruby mock service, without a socket."""

import json
import logging

import pytest

import pypact
from pypact.server.app import MockApp
from pypact.server.session import Session, WriteOptions

EMPTY = {"description": "d", "request": {}, "response": {}}


def test_the_root_reports_a_running_service(admin):
    got = admin("GET", "/")

    assert (200, "Mock service running\n") == (got.status, got.text)
    assert "text/plain" == got.headers["Content-Type"]


def test_administrative_responses_have_the_server_url_and_cors_headers(admin):
    got = admin("GET", "/", Origin="http://localhost:1")

    assert "http://localhost:1" == got.headers["X-Pact-Mock-Service-Location"]
    assert "http://localhost:1" == got.headers["Access-Control-Allow-Origin"]


def test_a_request_without_the_header_is_the_consumers(ask):
    got = ask("GET", "/interactions/missing")

    assert 500 == got.status
    message = "No interaction found for GET /interactions/missing"
    assert {"message": message, "interaction_diffs": []} == got.json()
    assert "X-Pact-Mock-Service-Location" not in got.headers


@pytest.mark.parametrize("value", ["true", "false", "", "1"])
def test_any_value_of_the_header_counts(ask, value):
    assert "Mock service running\n" == ask("GET", "/", X_Pact_Mock_Service=value).text


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nope"), ("PUT", "/session"), ("GET", "/interactions"), ("HEAD", "/")],
)
def test_an_unknown_administrative_request_is_the_consumers(admin, method, path):
    got = admin(method, path)

    assert 500 == got.status
    assert f"No interaction found for {method} {path}" == got.json()["message"]


def test_one_trailing_slash_is_ignored(admin):
    assert {"size": 0} == admin("GET", "/interactions/missing/").json()
    assert 500 == admin("GET", "/interactions/missing//").status


def test_an_interaction_is_registered_used_and_verified(admin, ask, user):
    got = admin("POST", "/interactions", user)
    assert (200, "Registered interactions\n") == (got.status, got.text)
    assert '{"size":1}\n' == admin("GET", "/interactions/missing").text

    got = ask("GET", "/user?id=23")
    assert (200, '{"name":"John"}') == (got.status, got.text)
    assert "Content-Type" not in got.headers  # it is not declared

    assert '{"size":0}\n' == admin("GET", "/interactions/missing").text
    got = admin("GET", "/interactions/verification")
    assert (200, "Interactions matched\n") == (got.status, got.text)


def test_verification_lists_incorrect_missing_and_unexpected_requests(admin, ask, user):
    other = {"method": "POST", "path": "/user", "body": {"a": 1}}
    admin("POST", "/interactions", user)
    admin("POST", "/interactions", {**user, "description": "b", "request": other})
    ask("GET", "/user?id=24")
    ask("DELETE", "/user/1?x=y")

    got = admin("GET", "/interactions/verification?example_description=it%20works")

    assert 500 == got.status
    assert got.text.startswith(
        "Actual interactions do not match expected interactions for mock MockService."
        "\n\nIncorrect requests:\n\tGET /user?id=24 (request query did not match)"
        "\n\nMissing requests:\n\tPOST /user"
        "\n\nUnexpected requests:\n\tDELETE /user/1?x=y"
        '\n\nDiff with interaction: "a user" given "there is a user"\n'
    )
    assert got.text.endswith("\nSee standard out/err for details.\n")
    assert {"size": 1} == admin("GET", "/interactions/missing").json()


def test_an_incorrect_request_gets_the_diffs_of_its_route(admin, ask, user):
    admin("POST", "/interactions", user)

    got = ask("GET", "/user")

    assert 500 == got.status
    (diff,) = got.json()["interaction_diffs"]
    assert ("a user", "there is a user") == (
        diff["description"],
        diff["provider_state"],
    )
    assert "<key not found>" == diff["query"]["id"]["ACTUAL"]


def test_body_differences_are_nested_by_key(admin, ask):
    request = {"method": "POST", "path": "/a", "body": {"b": [{"c": 1}]}}
    admin(
        "POST",
        "/interactions",
        {"description": "d", "request": request, "response": {"status": 200}},
    )

    got = ask("POST", "/a", {"b": [{"c": 2}]}, Content_Type="application/json")

    (diff,) = got.json()["interaction_diffs"]
    shown = diff["body"]["b"]["0"]["c"]
    assert (1, 2) == (shown["EXPECTED"], shown["ACTUAL"])


def test_two_interactions_that_both_match_are_an_error(admin, ask, user):
    admin("POST", "/interactions", user)
    admin("POST", "/interactions", {**user, "description": "another"})

    got = ask("GET", "/user?id=23")

    request = {"method": "get", "path": "/user", "query": {"id": ["23"]}}
    assert 500 == got.status
    assert {
        "message": "Multiple interaction found for GET /user?id=23",
        "matching_interactions": [
            {"description": "a user", "request": request},
            {"description": "another", "request": request},
        ],
    } == got.json()
    assert {"size": 2} == admin("GET", "/interactions/missing").json()


def test_a_used_interaction_cannot_be_registered_with_other_content(admin, ask, user):
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")
    admin("DELETE", "/interactions")

    changed = {**user, "request": {"method": "get", "path": "/users"}}
    got = admin("POST", "/interactions", changed)

    assert 500 == got.status
    assert (
        'An interaction with same description ("a user") and provider state '
        '("there is a user") but a different request path and request query has '
        "already been used. Please use a different description or provider state, or "
        "remove any random data in the interaction.\n"
    ) == got.text
    assert {"size": 0} == admin("GET", "/interactions/missing").json()
    assert 200 == admin("POST", "/interactions", user).status


def test_put_replaces_all_interactions_and_requests(admin, ask, user):
    admin("POST", "/interactions", {**user, "description": "old"})
    ask("GET", "/unexpected")

    got = admin("PUT", "/interactions", {"interactions": [user]})

    assert (200, "Registered interactions\n") == (got.status, got.text)
    ask("GET", "/user?id=23")
    assert 200 == admin("GET", "/interactions/verification").status


def test_delete_keeps_used_interactions_for_the_contract(admin, ask, user):
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")

    got = admin("DELETE", "/interactions?example_description=x")

    assert (200, "Cleared interactions\n") == (got.status, got.text)
    assert 500 == ask("GET", "/user?id=23").status
    assert ["a user"] == written(admin("POST", "/pact"))


def test_deleting_the_session_drops_used_interactions(admin, ask, user):
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")

    got = admin("DELETE", "/session")

    assert (200, "Cleared session\n") == (got.status, got.text)
    assert [] == written(admin("POST", "/pact"))


def test_a_message_can_be_logged(admin, caplog):
    with caplog.at_level(logging.INFO, "pypact.server"):
        got = admin("GET", "/log?msg=hello%20you")

    assert (200, "") == (got.status, got.text)
    assert "hello you" in caplog.messages


def written(got):
    assert 200 == got.status, got.text
    return [one["description"] for one in got.json()["interactions"]]


def test_only_used_interactions_are_written(admin, ask, user, tmp_path):
    admin("POST", "/interactions", user)
    admin("POST", "/interactions", {**user, "description": "b", "request": {}})
    ask("GET", "/user?id=23")

    assert ["a user"] == written(admin("POST", "/pact"))

    contract = pypact.read_pact(tmp_path / "pacts" / "Web-Users.json")
    assert ["a user"] == [one.description for one in contract.interactions]
    assert "2.0.0" == str(contract.version)


def test_nothing_is_written_without_used_interactions(admin, user, tmp_path):
    admin("POST", "/interactions", user)

    assert [] == written(admin("POST", "/pact"))
    assert not (tmp_path / "pacts").exists()


def test_the_client_may_set_names_directory_and_version(admin, ask, user, tmp_path):
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")

    got = admin(
        "POST",
        "/pact",
        {
            "consumer": {"name": "C"},
            "provider": {"name": "P"},
            "pact_dir": str(tmp_path / "pacts" / "v1"),
            "pact_specification_version": "1.1.0",
        },
    )

    assert {"version": "1.1.0"} == got.json()["metadata"]["pactSpecification"]
    assert got.json() == json.loads((tmp_path / "pacts/v1/C-P.json").read_text())


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("overwrite", ["new"]),
        ("update", ["new", "old"]),
        ("merge", ["new", "old"]),
        ("none", ["old"]),
    ],
)
def test_the_write_mode_decides_about_the_old_file(
    admin, ask, user, tmp_path, mode, expected
):
    admin("POST", "/interactions", {**user, "description": "old"})
    ask("GET", "/user?id=23")
    admin("POST", "/pact")
    admin("DELETE", "/session")
    admin("POST", "/interactions", {**user, "description": "new"})
    ask("GET", "/user?id=23")

    admin("POST", "/pact", {"pactfile_write_mode": mode})

    contract = pypact.read_pact(tmp_path / "pacts" / "Web-Users.json")
    assert expected == [one.description for one in contract.interactions]


@pytest.mark.parametrize(("mode", "status"), [("merge", 500), ("update", 200)])
def test_merge_refuses_an_interaction_that_update_replaces(
    admin, ask, user, tmp_path, mode, status
):
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")
    admin("POST", "/pact")
    before = (tmp_path / "pacts" / "Web-Users.json").read_bytes()
    admin("DELETE", "/session")
    admin("POST", "/interactions", {**user, "response": {"status": 404}})
    ask("GET", "/user?id=23")

    got = admin("POST", "/pact", {"pactfile_write_mode": mode})

    assert status == got.status
    is_intact = before == (tmp_path / "pacts" / "Web-Users.json").read_bytes()
    assert (status == 500) == is_intact


def test_merging_the_same_interactions_changes_nothing(admin, ask, user, tmp_path):
    for _ in range(2):
        admin("DELETE", "/session")
        admin("POST", "/interactions", user)
        ask("GET", "/user?id=23")
        got = admin("POST", "/pact", {"pactfile_write_mode": "merge"})

        assert ["a user"] == written(got)


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("POST", "/interactions", "{bad", "not JSON"),
        ("POST", "/interactions", "", "not JSON"),
        ("POST", "/interactions", "[]", "expected an object, got a list"),
        ("POST", "/interactions", "[" * 100000, "nested too deeply"),
        (
            "POST",
            "/interactions",
            '{"description": "d", "response": {}}',
            "interaction.request: expected a value, got nothing",
        ),
        (
            "POST",
            "/interactions",
            '{"description": "d", "request": 1, "response": {}}',
            "interaction.request: expected an object",
        ),
        (
            "POST",
            "/interactions",
            json.dumps({**EMPTY, "request": {"body": {"json_class": "Pact::Other"}}}),
            "Pact::SomethingLike",
        ),
        ("PUT", "/interactions", "{}", "interactions: expected a list"),
        ("PUT", "/interactions", '{"interactions": [7]}', "interactions[0]"),
        ("POST", "/pact", "[1]", "expected an object"),
        ("POST", "/pact", '{"pactfile_write_mode": "x"}', "one of overwrite"),
        ("POST", "/pact", '{"pact_specification_version": "9"}', "1.0.0"),
    ],
)
def test_an_invalid_request_is_refused_and_the_server_keeps_running(
    admin, method, path, body, problem
):
    got = admin(method, path, body)

    assert 500 == got.status
    assert {"message", "backtrace"} == got.json().keys()
    assert problem in got.json()["message"]
    assert "Mock service running\n" == admin("GET", "/").text


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ({"status": 99}, "99 is not a valid HTTP status code"),
        ({"headers": {"A B": "x"}}, "'A B' is not a valid header name"),
    ],
)
def test_an_unsendable_response_becomes_an_error(admin, ask, response, problem):
    admin("POST", "/interactions", {**EMPTY, "response": response})

    got = ask("GET", "/")

    assert (500, {"message": problem}) == (got.status, got.json())


def test_a_line_break_in_a_header_adds_no_header(admin, ask):
    response = {"headers": {"X": "1\r\nInjected: 2"}}
    admin("POST", "/interactions", {**EMPTY, "response": response})

    got = ask("GET", "/")

    assert "1  Injected: 2" == got.headers["X"]


def test_without_names_nothing_is_written(ask, user):
    app = MockApp(Session("MockService", WriteOptions()))
    ask.app = app
    got = ask("POST", "/pact", "", X_Pact_Mock_Service="true")

    assert 500 == got.status
    assert "You must specify a consumer and provider name" in got.json()["message"]


def test_a_preflight_for_administration_is_allowed_without_cors(ask):
    got = ask(
        "OPTIONS",
        "/interactions",
        Origin="http://localhost:1",
        Access_Control_Request_Headers="X-Pact-Mock-Service, Authorization",
    )

    assert 200 == got.status
    assert {
        "Access-Control-Allow-Origin": "http://localhost:1",
        "Access-Control-Allow-Headers": "X-Pact-Mock-Service, Authorization",
        "Access-Control-Allow-Methods": (
            "DELETE, POST, GET, HEAD, PUT, TRACE, CONNECT, PATCH"
        ),
        "Access-Control-Allow-Credentials": "true",
        "Content-Length": "0",
    } == got.headers


def test_other_preflights_are_allowed_with_cors(ask, user):
    assert 500 == ask("OPTIONS", "/user").status

    ask.app = MockApp(Session("MockService", WriteOptions()), cors=True)

    assert 200 == ask("OPTIONS", "/user").status
    assert "*" == ask("GET", "/user").headers["Access-Control-Allow-Origin"]
