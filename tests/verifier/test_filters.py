"""How requests are changed before they are sent, and what is said and hidden."""

import asyncio
import hashlib

import pytest

import pypact
from pypact.errors import InvalidExpectation


@pytest.fixture
def verifier_of(write_pact, seen):
    made = []

    def make(*interactions, consumer="Web", **settings):
        folder = write_pact(*interactions, consumer=consumer)
        made.append(pypact.Verifier("Users", app=seen, pacts=folder, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def only(verifier, **more):
    [case] = verifier.select().cases
    return verifier.examine(case, **more)


def test_a_header_is_replaced_with_what_a_state_gave(verifier_of, asking, seen):
    verifier = verifier_of(asking("/", "s", headers={"Authorization": "Bearer old"}))
    verifier.state("s")(lambda: {"token": "made-for-ann"})

    @verifier.request_filter
    def authorize(request, interaction, token):
        assert "a request" == interaction.description
        request.replace_header("authorization", f"Bearer {token}")

    result = only(verifier)

    assert "Bearer made-for-ann" == seen.environs[0]["HTTP_AUTHORIZATION"]
    assert ("request changed by filter authorize: replaced authorization",) == (
        result.changes
    )


def test_a_filter_sees_what_a_test_has(verifier_of, asking, seen):
    verifier = verifier_of(asking())

    @verifier.request_filter
    def sign(message, key):
        message.set_header("X-Key", key)

    only(verifier, value_for={"key": "the fixture"}.__getitem__)

    assert "the fixture" == seen.environs[0]["HTTP_X_KEY"]


def test_a_filter_sees_the_bytes_to_sign_after_the_generators(
    verifier_of, asking, seen
):
    generators = {"body": {"$.id": {"type": "ProviderState", "expression": "id"}}}
    verifier = verifier_of(
        asking(
            "/", ("s", {"id": 7}), method="POST", body={"id": 1}, generators=generators
        )
    )

    @verifier.request_filter
    def sign(request):
        request.set_header("X-Digest", hashlib.sha256(request.body).hexdigest())

    only(verifier)
    sent = seen.environs[0]["wsgi.input"].getvalue()

    assert b"7" in sent
    assert hashlib.sha256(sent).hexdigest() == seen.environs[0]["HTTP_X_DIGEST"]


def test_a_header_that_is_added_is_said(verifier_of, asking):
    verifier = verifier_of(asking())
    verifier.request_filter(lambda request: request.set_header("X-A", "1"))

    assert (
        "request changed by filter <lambda>: added X-A (not in the contract)",
    ) == only(verifier).changes


def test_a_header_that_the_contract_has_not_cannot_be_replaced(
    verifier_of, asking, seen
):
    verifier = verifier_of(asking("/", headers={"Accept": "a"}))

    @verifier.request_filter
    def authorize(request):
        request.replace_header("Authorization", "x")

    [failure] = only(verifier).failures

    assert "filter" == failure.kind.value
    assert (
        "the request filter authorize: the contract has no header 'Authorization' to "
        "replace (it has Accept)"
    ) in failure.message
    assert [] == seen.environs


def test_path_query_body_and_headers_can_be_changed(verifier_of, asking, seen):
    verifier = verifier_of(asking("/a", method="PUT", headers={"X-A": "1"}, body="b"))

    @verifier.request_filter
    def change(request):
        assert ("PUT", "/a", "", b"b") == (
            request.method,
            request.path,
            request.query,
            request.body,
        )
        request.path, request.query, request.body = "/c", "d=e", b"other"
        request.remove_header("x-a")

    result = only(verifier)
    [environ] = seen.environs

    assert ("/c", "d=e", "5") == (
        environ["PATH_INFO"],
        environ["QUERY_STRING"],
        environ["CONTENT_LENGTH"],
    )
    assert "HTTP_X_A" not in environ
    assert result.changes[0].endswith(
        "changed the path, changed the query, changed the body, removed x-a"
    )


def test_filters_run_in_the_order_of_their_registration(verifier_of, asking, seen):
    verifier = verifier_of(asking())
    verifier.request_filter(lambda request: request.set_header("X-A", "first"))

    @verifier.request_filter
    async def second(request):
        await asyncio.sleep(0)
        request.set_header("X-A", request.headers.first("X-A") + " second")

    only(verifier)
    verifier.close()

    assert "first second" == seen.environs[0]["HTTP_X_A"]


def test_a_filter_may_be_for_one_consumer(verifier_of, asking, seen):
    verifier = verifier_of(asking(), consumer="mobile")
    verifier.filter_consumer("mobile").headers({"X-Tenant": "tenant-1"})
    verifier.filter_consumer("web").headers({"X-Tenant": "tenant-2"})

    @verifier.filter_consumer("mobile").request_filter
    def more(request):
        request.set_header("X-More", "1")

    result = only(verifier)

    assert "tenant-1" == seen.environs[0]["HTTP_X_TENANT"]
    assert (
        "request changed by filter headers for mobile: added X-Tenant"
        in (result.changes[0])
    )
    assert 2 == len(result.changes)


def test_an_error_of_a_filter_is_told_with_its_place(verifier_of, asking):
    verifier = verifier_of(asking())

    @verifier.request_filter
    def broken(request):
        raise OSError("no key")

    [failure] = only(verifier).failures

    assert "the request filter broken raised OSError: no key" == failure.message
    assert "test_filters.py" in failure.traceback[0] + failure.traceback[-1]


def test_what_is_no_function_or_no_text_is_refused(verifier_of, asking):
    verifier = verifier_of(asking())
    with pytest.raises(InvalidExpectation, match="is a function"):
        verifier.request_filter("x")
    verifier.request_filter(lambda request: request.set_header("X-A", 1))

    assert "wanted a text, not 1" in only(verifier).failures[0].message


def test_hooks_run_around_the_states(verifier_of, asking):
    log = []
    verifier = verifier_of(asking("/", "s"))

    @verifier.state("s")
    def state():
        log.append("up")
        yield
        log.append("down")

    @verifier.before_each
    def before(interaction):
        log.append(f"before {interaction.description}")

    @verifier.after_each
    async def after(interaction, response, extra):
        log.append(f"after {response.status} {extra}")

    only(verifier, value_for=lambda name: f"<{name}>")
    verifier.close()

    assert ["before a request", "up", "down", "after 200 <extra>"] == log


def test_what_comes_after_comes_also_where_a_state_failed(verifier_of, asking):
    log = []
    verifier = verifier_of(asking("/", "s"))
    verifier.state("s")(lambda: 1 / 0)
    verifier.before_each(lambda: log.append("before"))
    verifier.after_each(lambda response: log.append(f"after {response}"))

    [failure] = only(verifier).failures

    assert "ZeroDivisionError" in failure.message
    assert ["before", "after None"] == log


def test_a_hook_that_fails_fails_its_interaction(verifier_of, asking, seen):
    verifier = verifier_of(asking())

    @verifier.before_each
    def before():
        raise ValueError("no clock")

    [failure] = only(verifier).failures

    assert "before_each before raised ValueError: no clock" == failure.message
    assert [] == seen.environs

    verifier = verifier_of(asking())
    verifier.after_each(lambda response, nothing: None)

    assert "nothing has a value for its parameter 'nothing'" in (
        only(verifier).failures[0].message
    )


def test_a_secret_is_sent_as_it_is_and_shown_as_hidden():
    token = pypact.secret("abc")

    assert ("abc", "secret('[hidden]')") == (f"{token}", repr(token))


@pytest.mark.parametrize("follow", [False, True])
def test_a_redirect_is_followed_only_when_asked(write_pact, asking, follow):
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
        pacts=write_pact(asking("/a", method="POST", status=200 if follow else 302)),
        follow_redirects=follow,
    )
    result = only(verifier)

    assert result.is_ok, result
    assert [("POST", "/a"), ("GET", "/a/")][: 1 + follow] == paths
    assert (("followed a redirect (302) to /a/",) if follow else ()) == result.remarks


@pytest.mark.parametrize("location", ["http://other.test/b", "/elsewhere/b", ""])
def test_a_redirect_away_from_the_provider_is_not_followed(
    write_pact, asking, location
):
    def app(environ, start_response):
        start_response("302 Found", [("Location", location)] if location else [])
        return [b""]

    verifier = pypact.Verifier(
        "Users",
        app=app,
        mount="/api",
        pacts=write_pact(asking("/a", status=302)),
        follow_redirects=True,
    )

    assert only(verifier).is_ok


def test_a_circle_of_redirects_has_an_end(write_pact, asking):
    def app(environ, start_response):
        start_response("307 Again", [("Location", "/a")])
        return [b""]

    verifier = pypact.Verifier(
        "Users",
        app=app,
        pacts=write_pact(asking("/a", status=307)),
        follow_redirects=True,
    )

    assert only(verifier).is_ok
