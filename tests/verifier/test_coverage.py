"""How much of a provider is under contract."""

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
def coverage(app, tmp_path):
    file = tmp_path / "pact.json"
    calls = [
        ("GET", "/users/1", 200),
        ("GET", "/users/2", 404),
        ("HEAD", "/users/1", 200),
        ("POST", "/users", 201),
        ("GET", "/user/1", 404),
    ]
    file.write_text(json.dumps(contract(*calls)))
    result = pypact.Verifier("Users", app=app, pacts=file).verify(reports=[])
    return pypact.contract_coverage(app, result)


def test_routes_methods_and_statuses_under_contract_are_told(coverage):
    assert [
        ("GET", "/users/<int:number>", (200, 404), ("Web",), 3),
        ("POST", "/users", (201,), ("Web",), 1),
    ] == [
        (one.method, one.path, one.statuses, one.consumers, len(one.uses))
        for one in coverage.used
    ]


def test_routes_that_nobody_uses_are_told(coverage):
    assert [("GET", "/users")] == [(one.method, one.path) for one in coverage.unused]


def test_a_404_that_came_from_no_route_is_told(coverage):
    assert ["GET /user/1"] == [use.description for use in coverage.without_route]


def test_it_is_text_and_json(coverage):
    text = str(coverage)

    assert "Users: 2 of 3 routes are under contract" in text
    assert "no consumer uses\n  GET     /users" in text
    assert "no route is there for\n  GET     Web: GET /user/1 (expects 404)" in text
    data = json.loads(json.dumps(coverage.to_json()))
    assert {"routes": 3, "used": 2, "unused": 1, "withoutRoute": 1} == data["counts"]
    assert [200, 404] == data["routes"][0]["statuses"]
