"""Verifying HTTP interactions: redirects, and exceptions after the response."""

import pytest

import pypact


def verify_only(verifier):
    [case] = verifier.select().cases
    return verifier.examine(case)


@pytest.mark.parametrize("follow", [False, True])
def test_redirects_are_followed_only_with_follow_redirects(
    write_pact, build_interaction, follow
):
    paths = []

    def app(environ, start_response):
        paths.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if environ["PATH_INFO"] == "/a":
            start_response("302 Found", [("Location", "http://localhost/a/?x=1")])
        else:
            start_response("200 OK", [])
        return [b""]

    verifier = pypact.Verifier(
        "Users",
        app=app,
        pacts=write_pact(
            build_interaction("/a", method="POST", status=200 if follow else 302)
        ),
        follow_redirects=follow,
    )
    result = verify_only(verifier)

    assert result.is_ok, result
    assert [("POST", "/a"), ("GET", "/a/")][: 1 + follow] == paths
    assert (("followed a redirect (302) to /a/",) if follow else ()) == result.remarks


@pytest.mark.parametrize("location", ["http://other.test/b", "/elsewhere/b", ""])
def test_a_redirect_to_another_place_is_not_followed(
    write_pact, build_interaction, location
):
    def app(environ, start_response):
        start_response("302 Found", [("Location", location)] if location else [])
        return [b""]

    verifier = pypact.Verifier(
        "Users",
        app=app,
        mount="/api",
        pacts=write_pact(build_interaction("/a", status=302)),
        follow_redirects=True,
    )

    assert verify_only(verifier).is_ok


def test_following_a_redirect_loop_ends(write_pact, build_interaction):
    def app(environ, start_response):
        start_response("307 Again", [("Location", "/a")])
        return [b""]

    verifier = pypact.Verifier(
        "Users",
        app=app,
        pacts=write_pact(build_interaction("/a", status=307)),
        follow_redirects=True,
    )

    assert verify_only(verifier).is_ok


def test_an_exception_after_a_matching_response_is_a_remark(examine):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        raise ValueError("of the background task")

    result = examine(lambda one: one.state("{any}")(lambda: None), app=app)

    assert result.is_ok
    assert "the provider raised ValueError: of the background task" in result.remarks


SERVER_HEADERS = {
    "Connection": "keep-alive",
    "Date": "Sat, 28 Nov 2026 08:00:00 GMT",
    "server": "nginx",
    "Transfer-Encoding": "chunked",
}


def respond_with(headers):
    def app(_environ, start_response):
        start_response("200 OK", headers)
        return [b""]

    return app


def test_missing_headers_that_only_a_server_adds_are_not_checked(
    write_pact, build_interaction
):
    interaction = build_interaction()
    interaction["response"]["headers"] = SERVER_HEADERS
    result = verify_only(
        pypact.Verifier("Users", app=respond_with([]), pacts=write_pact(interaction))
    )

    assert result.is_ok, result
    assert [
        f"the header {name} was not checked: a server adds it, not the app"
        for name in SERVER_HEADERS
    ] == list(result.remarks)


def test_another_missing_header_is_a_mismatch(write_pact, build_interaction):
    interaction = build_interaction()
    interaction["response"]["headers"] = {**SERVER_HEADERS, "X-A": "1"}
    result = verify_only(
        pypact.Verifier("Users", app=respond_with([]), pacts=write_pact(interaction))
    )

    assert ["X-A"] == [one.path for one in result.mismatches]


def test_a_header_of_a_server_that_the_app_has_is_compared(
    write_pact, build_interaction
):
    interaction = build_interaction()
    interaction["response"]["headers"] = {"Server": "nginx"}
    app = respond_with([("Server", "apache")])
    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(interaction))
    )

    assert ["Server"] == [one.path for one in result.mismatches]


@pytest.mark.enable_socket
def test_at_a_base_url_all_headers_are_checked(write_pact, build_interaction):
    interaction = build_interaction()
    interaction["response"]["headers"] = {"Server": "nginx", "Via": "1.1 a"}
    with pypact.MockServer(port=0) as server:
        verifier = pypact.Verifier(
            "Users", base_url=server.url, pacts=write_pact(interaction)
        )
        result = verify_only(verifier)
        verifier.close()

    assert {"Server", "Via"} <= {one.path for one in result.mismatches}
