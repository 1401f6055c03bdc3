"""At most one hint, and only one that is sure."""

import io
from dataclasses import replace

import flask
import pytest
from report_cases import interaction

from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.hints import certain_hint
from pypact.verifier.results import Routing

CASES = {
    "a redirect that only adds a slash": (
        {"path": "/slash"},
        "redirect to http://localhost/slash/; only the slash at the end differs",
    ),
    "another redirect": (
        {"path": "/away"},
        "the answer is a redirect to /elsewhere; it is followed only with",
    ),
    "a redirect to another path of the same end": (
        {"path": "/old"},
        "the answer is a redirect to /v2/old; it is followed only with",
    ),
    "a redirect to elsewhere": (
        {"path": "/login-elsewhere"},
        "the answer is a redirect to another host, https://login.example.org/x",
    ),
    "a method without a route": (
        {"path": "/away", "method": "PUT"},
        "there is a route for the path, but not for PUT, only ",
    ),
    "a refused token of the contract": (
        {"path": "/login", "headers": {"Authorization": ["Bearer example-token"]}},
        "Authorization was sent as the contract's example has it",
    ),
    "a media type that is not taken": (
        {
            "path": "/media",
            "method": "POST",
            "body": {"content": "x", "contentType": "text/x-odd"},
        },
        "the provider does not take Content-Type 'text/x-odd'",
    ),
    "a request that was not valid": (
        {"path": "/invalid"},
        "the provider refused the contract's request: body.name: Field required",
    ),
    "a request without its CSRF token": (
        {"path": "/csrf"},
        "the provider's CSRF check refused the request",
    ),
    "a path without a route": (
        {"path": "/logn"},
        "no route is for the path; the nearest: GET /login",
    ),
    "a path unlike all others": (
        {"path": "/q/q/q/q"},
        "no route is for the path, nor for one like it",
    ),
    "a view that finds nothing": (
        {"path": "/items/7"},
        "there is a route for the path, so what it asks for is missing, not the route",
    ),
    "nothing at all where a body was wanted": (
        {"path": "/empty"},
        "the answer has no body at all",
    ),
}


@pytest.fixture
def app():
    made = flask.Flask("odd")
    made.get("/slash/", endpoint="slash")(lambda: "")
    made.get("/away", endpoint="away")(lambda: ("", 302, {"Location": "/elsewhere"}))
    made.get("/login", endpoint="login")(lambda: ("", 401))
    made.get("/old", endpoint="old")(lambda: ("", 302, {"Location": "/v2/old"}))
    away = {"Location": "https://login.example.org/x"}
    made.get("/login-elsewhere", endpoint="elsewhere")(lambda: ("", 302, away))
    made.post("/media", endpoint="media")(lambda: ("", 415))
    made.get("/csrf", endpoint="csrf")(lambda: ("CSRF verification failed", 403))
    made.get("/empty", endpoint="empty")(lambda: "")
    made.get("/forbidden", endpoint="forbidden")(lambda: ("", 403))

    made.get("/items/<int:n>", endpoint="items")(lambda n: ("", 404))

    @made.get("/invalid")
    def invalid():
        detail = [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}]
        return {"detail": detail}, 422

    return made


def printed(run, request):
    stream = io.StringIO()
    body = {"content": {"a": 1}, "contentType": "application/json"}
    one = interaction("it", "/", request=request, response={"body": body})
    run(ConsoleReport(stream), interactions=[one])
    return stream.getvalue()


def told(run, request):
    lines = printed(run, request).splitlines()
    return [line for line in lines if " hint  " in line]


@pytest.mark.parametrize(("request_", "hint"), CASES.values(), ids=CASES)
def test_a_sure_cause_is_named(run, request_, hint):
    [line] = told(run, request_)

    assert hint in line


@pytest.mark.parametrize(
    ("routing", "hint"),
    [
        (Routing("/users", takes_method=False), ["but no view of it takes GET"]),
        (Routing("/files/...", is_whole=False), []),
        (None, []),
    ],
)
def test_of_a_404_only_what_the_router_is_sure_of_is_told(run, routing, hint):
    result = run(interactions=[interaction("it", "/items/7")]).interactions[0]

    told = certain_hint(replace(result, routing=routing))

    assert [True] * len(hint) == [one in str(told) for one in hint]
    assert bool(hint) is (told is not None)


def test_nothing_is_said_of_what_may_have_many_causes(run):
    assert [] == told(run, {"path": "/forbidden"})


def test_the_route_of_a_request_is_told_with_its_view(run):
    found = printed(run, {"path": "/items/7"})

    assert f"route      /items/<int:n> -> {__name__}.app.<locals>.<lambda>" in found
    assert "route      none is for this path" in printed(run, {"path": "/logn"})
