"""Hints: at most one per interaction, and only if its cause is certain."""

import io
from dataclasses import replace

import flask
import pytest
from report_cases import interaction

from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.hints import find_certain_hint
from pypact.verifier.results import Routing

CASES = {
    "a redirect that only adds a slash": (
        {"path": "/slash"},
        "redirect to http://localhost/slash/; only the trailing slash differs",
    ),
    "another redirect": (
        {"path": "/away"},
        "the response is a redirect to /elsewhere; redirects are followed only",
    ),
    "a redirect to another path with the same end": (
        {"path": "/old"},
        "the response is a redirect to /v2/old; redirects are followed only",
    ),
    "a redirect to another host": (
        {"path": "/login-elsewhere"},
        "the response is a redirect to another host, https://login.example.org/x",
    ),
    "a method that the route does not accept": (
        {"path": "/away", "method": "PUT"},
        "there is a route for the path, but not for PUT, only ",
    ),
    "a rejected example token of the contract": (
        {"path": "/login", "headers": {"Authorization": ["Bearer example-token"]}},
        "Authorization was sent with the example value of the contract",
    ),
    "a media type that is not accepted": (
        {
            "path": "/media",
            "method": "POST",
            "body": {"content": "x", "contentType": "text/x-odd"},
        },
        "the provider does not accept Content-Type 'text/x-odd'",
    ),
    "an invalid request": (
        {"path": "/invalid"},
        "the provider rejected the contract's request: body.name: Field required",
    ),
    "a request without its CSRF token": (
        {"path": "/csrf"},
        "the provider's CSRF check rejected the request",
    ),
    "a path without a route": (
        {"path": "/logn"},
        "no route matches the path; the nearest: GET /login",
    ),
    "a path unlike all routes": (
        {"path": "/q/q/q/q"},
        "no route matches the path, nor a similar one",
    ),
    "a view that finds nothing": (
        {"path": "/items/7"},
        "there is a route for the path, so the requested data is missing, not the",
    ),
    "no body where one was expected": (
        {"path": "/empty"},
        "the response has no body at all",
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


def hint_lines(run, request):
    lines = printed(run, request).splitlines()
    return [line for line in lines if " hint  " in line]


@pytest.mark.parametrize(("request_", "hint"), CASES.values(), ids=CASES)
def test_a_certain_cause_is_named(run, request_, hint):
    [line] = hint_lines(run, request_)

    assert hint in line


@pytest.mark.parametrize(
    ("routing", "hint"),
    [
        (Routing("/users", accepts_method=False), ["but it does not accept GET"]),
        (Routing("/files/...", is_exact=False), []),
        (None, []),
    ],
)
def test_the_hint_about_a_404_says_only_what_is_certain(run, routing, hint):
    result = run(interactions=[interaction("it", "/items/7")]).interactions[0]

    found = find_certain_hint(replace(result, routing=routing))

    assert [True] * len(hint) == [one in str(found) for one in hint]
    assert bool(hint) is (found is not None)


def test_there_is_no_hint_if_there_are_many_possible_causes(run):
    assert [] == hint_lines(run, {"path": "/forbidden"})


def test_the_route_of_a_request_is_shown_with_its_view(run):
    found = printed(run, {"path": "/items/7"})

    assert f"route      /items/<int:n> -> {__name__}.app.<locals>.<lambda>" in found
    assert "route      no route matches this path" in printed(run, {"path": "/logn"})


def test_a_404_without_a_route_is_explained_even_where_it_was_expected(run):
    body = {"content": {"error": "no such user"}, "contentType": "application/json"}
    response = {"status": 404, "body": body}
    one = interaction("it", "/", request={"path": "/logn"}, response=response)
    (result,) = run(interactions=[one]).interactions
    assert find_certain_hint(result).startswith("no route matches the path; the near")


def test_the_first_lines_of_a_body_of_another_type_are_shown(run, app):
    page = "<h1>Down</h1>\n" + "line\n" * 9
    app.get("/page", endpoint="page")(lambda: page)
    lines = [line.strip() for line in printed(run, {"path": "/page"}).splitlines()]
    start = lines.index("body of the response")
    assert lines[start + 1 : start + 7] == ["<h1>Down</h1>", *["line"] * 4, "[…]"]


def test_the_size_of_binary_content_of_another_type_is_shown(run, app):
    data = b"\x89PNG\0\0"
    app.get("/image", endpoint="image")(lambda: (data, 200, {"Content-Type": "a/b"}))
    assert "body of the response: 6 bytes of data" in printed(run, {"path": "/image"})
