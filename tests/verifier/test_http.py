"""Verifying HTTP interactions: redirects, and exceptions after the response."""

import warnings

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


@pytest.mark.parametrize("coding", ["zstd-x", "br;q=1", "compress"])
def test_an_unknown_content_encoding_fails(write_pact, build_interaction, coding):
    def app(_environ, start_response):
        start_response("200 OK", [("Content-Encoding", coding)])
        return [b"a body"]

    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(build_interaction()))
    )

    assert not result.is_ok
    assert "Content-Encoding" in result.failures[0].message
    assert "is not supported; supported: " in result.failures[0].message


def test_an_invalid_coding_fails(write_pact, build_interaction):
    def app(_environ, start_response):
        start_response("200 OK", [("Content-Encoding", "gzip")])
        return [b"not gzip"]

    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(build_interaction()))
    )

    assert "the response body is not valid gzip" in result.failures[0].message


ODD_RULES = [
    {"status": {"matchers": [{"match": "statusCode", "status": {"a": 1}}]}},
    {"status": {"matchers": [{"match": "statusCode", "status": [None]}]}},
    {"body": {"$.a": {"matchers": [{"match": "regex", "regex": 5}]}}},
    {"body": {"$.a": {"matchers": [{"match": "include", "value": [1]}]}}},
    {"body": {"$.a": {"matchers": [{"match": "date", "format": 7}]}}},
    {"body": {"$": {"matchers": [{"match": "eachKey", "rules": "x"}]}}},
    {"body": {"$": {"matchers": [{"match": "eachValue", "rules": [1]}]}}},
    {"body": {"$.b": {"matchers": [{"match": "arrayContains", "variants": 3}]}}},
    {"header": {"Content-Type": {"matchers": [{"match": "regex", "regex": "("}]}}},
]


@pytest.mark.parametrize("rules", ODD_RULES)
def test_an_odd_rule_fails_its_interaction_alone(write_pact, build_interaction, rules):
    odd, good = build_interaction(description="odd"), build_interaction()
    odd["response"] |= {
        "headers": {"Content-Type": "application/json"},
        "body": {"a": "x", "b": [1]},
        "matchingRules": rules,
    }

    def app(_environ, start_response):
        start_response("201 Created", [("Content-Type", "application/json")])
        return [b'{"a": "y", "b": [2]}']

    good["response"]["status"] = 201
    verifier = pypact.Verifier("Users", app=app, pacts=write_pact(odd, good))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pypact.errors.ToleranceWarning)
        results = [verifier.examine(case) for case in verifier.select().cases]

    assert [False, True] == [one.is_ok for one in results]


@pytest.mark.parametrize("number", ["1e9999", "1e999999999", "-1E-999999"])
def test_an_extreme_number_is_compared(write_pact, build_interaction, number):
    interaction = build_interaction()
    interaction["response"] |= {
        "headers": {"Content-Type": "application/json"},
        "body": {"a": 1, "b": 1.5, "c": 1},
        "matchingRules": {
            "body": {
                "$.a": {"matchers": [{"match": "integer"}]},
                "$.b": {"matchers": [{"match": "decimal"}]},
                "$.c": {"matchers": [{"match": "regex", "regex": "[0-9]"}]},
            }
        },
    }

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [f'{{"a": {number}, "b": {number}, "c": {number}}}'.encode()]

    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(interaction))
    )

    assert ["$.a", "$.c"] == [one.path for one in result.mismatches]


def test_a_number_that_cannot_be_read_is_a_mismatch(write_pact, build_interaction):
    interaction = build_interaction()
    interaction["response"] |= {
        "headers": {"Content-Type": "application/json"},
        "body": {"a": 1},
    }

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"a": 1e99999999999999999999}']

    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(interaction))
    )

    assert "the exponent of 1e99999999999999999999 is too large" in str(
        result.mismatches[0]
    )


@pytest.mark.parametrize("path", ["/\ud800", "/a\x00b", "/%", "/\u00e9"])
def test_an_odd_path_never_ends_the_run(write_pact, build_interaction, path):
    def app(_environ, start_response):
        start_response("200 OK", [])
        return [b""]

    contract = write_pact(build_interaction(path), build_interaction("/b"))
    verifier = pypact.Verifier("Users", app=app, pacts=contract)
    results = [verifier.examine(case) for case in verifier.select().cases]

    assert 2 == len(results)
    assert results[1].is_ok


def test_a_long_value_is_cut_in_the_message(write_pact, build_interaction):
    interaction = build_interaction()
    interaction["response"] |= {
        "headers": {"Content-Type": "text/plain"},
        "body": "x" * 100_000,
    }

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"y" * 1_000_000]

    result = verify_only(
        pypact.Verifier("Users", app=app, pacts=write_pact(interaction))
    )

    assert len(result.mismatches[0].message) < 25_000
    assert "(1000002 characters)" in result.mismatches[0].message
