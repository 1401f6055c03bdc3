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
