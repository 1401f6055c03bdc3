"""The coverage of a provider's routes by contracts."""

import json

import flask
import pytest

import pypact


@pytest.fixture
def app():
    made = flask.Flask("users")

    @made.get("/users/<int:number>")
    def show(number):
        return ({"id": number}, 200) if number == 1 else ({}, 404)

    @made.route("/users", methods=["GET", "POST"])
    def users():
        return {}, 201

    return made


def contract(*calls):
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [
            {
                "description": f"{method} {path}",
                "request": {"method": method, "path": path},
                "response": {"status": status},
            }
            for method, path, status in calls
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture
def verified(tmp_path):
    def verified(app, *calls):
        file = tmp_path / "pact.json"
        file.write_text(json.dumps(contract(*calls)))
        verifier = pypact.Verifier("Users", app=app, pacts=file)
        try:
            result = verifier.verify(reports=[])
        except pypact.VerificationFailed as failed:
            result = failed.result
        return pypact.contract_coverage(app, result)

    return verified


@pytest.fixture
def coverage(app, verified):
    return verified(
        app,
        ("GET", "/users/1", 200),
        ("GET", "/users/2", 404),
        ("HEAD", "/users/1", 200),
        ("POST", "/users", 201),
        ("GET", "/user/1", 404),
    )


def test_routes_methods_and_statuses_under_contract_are_listed(coverage):
    assert [
        ("GET", "/users/<int:number>", (200, 404), ("Web",), 3),
        ("POST", "/users", (201,), ("Web",), 1),
    ] == [
        (one.method, one.path, one.statuses, one.consumers, len(one.uses))
        for one in coverage.used
    ]


def test_unused_routes_are_listed(coverage):
    assert [("GET", "/users")] == [(one.method, one.path) for one in coverage.unused]


def test_a_404_that_came_from_no_route_is_listed(coverage):
    assert ["GET /user/1"] == [use.description for use in coverage.without_route]


def test_coverage_can_be_text_and_json(coverage):
    text = str(coverage)

    assert "Users: 2 of 3 routes are under contract" in text
    assert "routes that no consumer uses\n  GET     /users" in text
    assert (
        "interactions without a route\n  GET     Web: GET /user/1 (expects 404)" in text
    )
    data = json.loads(json.dumps(coverage.to_json()))
    counts = {"routes": 3, "used": 2, "unused": 1, "withoutRoute": 1}
    assert {**counts, "notTold": 0, "leftOut": 0} == data["counts"]
    assert [200, 404] == data["routes"][0]["statuses"]


def test_a_method_that_no_route_takes_has_no_route(app, verified):
    coverage = verified(app, ("DELETE", "/users", 405))

    assert ["DELETE /users"] == [use.description for use in coverage.without_route]
    assert () == coverage.used


def test_a_route_that_is_not_listed_is_counted_when_it_is_used(app, verified, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    app.static_folder = tmp_path

    coverage = verified(app, ("GET", "/static/a.txt", 200))

    assert [("GET", "/static/<path:filename>")] == [
        (one.method, one.path) for one in coverage.used
    ]
    assert 4 == len(coverage.routes)


def test_a_response_without_a_route_is_not_counted_as_without_route(app, verified):
    app.before_request(lambda: ("", 204))

    coverage = verified(app, ("GET", "/orders", 204))

    assert () == coverage.without_route
    [(use, reason)] = coverage.not_told
    assert "GET /orders" == use.description
    assert "no route matches, and yet the response had the status 204" == reason
    assert f"Web: GET /orders (expects 204): {reason}" in str(coverage)
    assert reason == coverage.to_json()["notTold"][0]["reason"]


def test_an_exception_of_the_router_is_reported(app, verified, monkeypatch):
    monkeypatch.setattr(type(app.url_map), "bind_to_environ", lambda *_, **__: 1 / 0)

    [(_, reason)] = verified(app, ("GET", "/users", 201)).not_told

    assert "the router raised ZeroDivisionError: division by zero" == reason

    monkeypatch.setattr(app, "url_map", None)
    with pytest.raises(pypact.InvalidExpectation, match="framework raised AttributeE"):
        verified(app)


def test_coverage_of_a_selection_is_marked_as_such(write_pact, build_interaction):
    app = flask.Flask("users")
    app.get("/a", endpoint="a")(lambda: "a")
    app.get("/b", endpoint="b")(lambda: "b")
    folder = write_pact(
        build_interaction("/a"), build_interaction("/b", description="other")
    )
    verifier = pypact.Verifier("Users", app=app, pacts=folder)
    result = verifier.verify(description="other", reports=[])
    text = str(pypact.contract_coverage(app, result))

    assert "(interactions left out, not counted: 1)" in text
    assert "routes that no consumer uses in the verified interactions" in text
