"""Request filters and hooks: what they change, and what reports show and mask."""

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


def test_a_filter_replaces_a_header_with_a_value_from_a_state(
    verifier_of, build_interaction, seen
):
    verifier = verifier_of(
        build_interaction("/", "s", headers={"Authorization": "Bearer old"})
    )
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


def test_a_filter_receives_fixtures_of_the_test(verifier_of, build_interaction, seen):
    verifier = verifier_of(build_interaction())

    @verifier.request_filter
    def sign(message, key):
        message.set_header("X-Key", key)

    only(verifier, value_for={"key": "the fixture"}.__getitem__)

    assert "the fixture" == seen.environs[0]["HTTP_X_KEY"]


def test_a_filter_runs_after_the_generators(verifier_of, build_interaction, seen):
    generators = {"body": {"$.id": {"type": "ProviderState", "expression": "id"}}}
    verifier = verifier_of(
        build_interaction(
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


def test_an_added_header_is_reported(verifier_of, build_interaction):
    verifier = verifier_of(build_interaction())
    verifier.request_filter(lambda request: request.set_header("X-A", "1"))

    assert (
        "request changed by filter <lambda>: added X-A (not in the contract)",
    ) == only(verifier).changes


def test_a_header_missing_in_the_contract_cannot_be_replaced(
    verifier_of, build_interaction, seen
):
    verifier = verifier_of(build_interaction("/", headers={"Accept": "a"}))

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


def test_path_query_body_and_headers_can_be_changed(
    verifier_of, build_interaction, seen
):
    verifier = verifier_of(
        build_interaction("/a", method="PUT", headers={"X-A": "1"}, body="b")
    )

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


def test_filters_run_in_registration_order(verifier_of, build_interaction, seen):
    verifier = verifier_of(build_interaction())
    verifier.request_filter(lambda request: request.set_header("X-A", "first"))

    @verifier.request_filter
    async def second(request):
        await asyncio.sleep(0)
        request.set_header("X-A", request.headers.first("X-A") + " second")

    only(verifier)
    verifier.close()

    assert "first second" == seen.environs[0]["HTTP_X_A"]


def test_a_filter_can_apply_to_one_consumer(verifier_of, build_interaction, seen):
    verifier = verifier_of(build_interaction(), consumer="mobile")
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


def test_an_error_in_a_filter_is_reported_with_its_traceback(
    verifier_of, build_interaction
):
    verifier = verifier_of(build_interaction())

    @verifier.request_filter
    def broken(request):
        raise OSError("no key")

    [failure] = only(verifier).failures

    assert "the request filter broken raised OSError: no key" == failure.message
    assert "test_callbacks.py" in failure.traceback[0] + failure.traceback[-1]


def test_a_filter_that_is_not_a_function_and_a_value_that_is_not_a_string_are_refused(
    verifier_of, build_interaction
):
    verifier = verifier_of(build_interaction())
    with pytest.raises(InvalidExpectation, match="must be a function, got 'x'"):
        verifier.request_filter("x")
    verifier.request_filter(lambda request: request.set_header("X-A", 1))

    assert "expected a string, got 1" in only(verifier).failures[0].message


def test_hooks_run_around_the_states(verifier_of, build_interaction):
    log = []
    verifier = verifier_of(build_interaction("/", "s"))

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


def test_after_each_is_called_even_if_a_state_failed(verifier_of, build_interaction):
    log = []
    verifier = verifier_of(build_interaction("/", "s"))
    verifier.state("s")(lambda: 1 / 0)
    verifier.before_each(lambda: log.append("before"))
    verifier.after_each(lambda response: log.append(f"after {response}"))

    [failure] = only(verifier).failures

    assert "ZeroDivisionError" in failure.message
    assert ["before", "after None"] == log


def test_a_failing_hook_fails_its_interaction(verifier_of, build_interaction, seen):
    verifier = verifier_of(build_interaction())

    @verifier.before_each
    def before():
        raise ValueError("no clock")

    [failure] = only(verifier).failures

    assert "before_each before raised ValueError: no clock" == failure.message
    assert [] == seen.environs

    verifier = verifier_of(build_interaction())
    verifier.after_each(lambda response, nothing: None)

    assert "no value for its parameter 'nothing'" in (
        only(verifier).failures[0].message
    )


def test_a_secret_is_sent_unchanged_and_masked_in_its_repr():
    token = pypact.secret("abc")

    assert ("abc", "secret('[hidden]')") == (f"{token}", repr(token))


@pytest.mark.parametrize("register", ["before_each", "after_each", "request_filter"])
def test_generator_functions_are_refused_as_hooks_and_filters(seen, register):
    def hook(request=None):
        yield

    verifier = pypact.Verifier("Users", app=seen, pacts=".")

    with pytest.raises(InvalidExpectation, match="hook has a `yield`"):
        getattr(verifier, register)(hook)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("query", "key=" + "t0p-secret", "t0p-secret"),
        ("body", b'{"a":"kept","token":"t0p-secret"}', "t0p-secret"),
        ("body", b"token=t0p-secret", "t0p-secret"),
        ("body", b"t0p-secret", "t0p-secret"),
    ],
)
def test_values_set_by_a_filter_are_secret(examine, name, value, shown):
    def prepare(verifier):
        verifier.state("{any}")(lambda: None)
        verifier.request_filter(lambda request: setattr(request, name, value))

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    result = examine(prepare, app=app, body={"a": "kept"})

    assert shown in result.hidden
    assert "kept" not in result.hidden


def test_a_filter_parameter_without_a_value_is_named(examine):
    def prepare(verifier):
        verifier.state("{any}")(lambda: {"user": 1})

        @verifier.request_filter
        def authorize(request, token):
            """Never called."""

    [failure] = examine(prepare).failures

    assert failure.message.startswith(
        "the request filter authorize: no value for its parameter 'token'; "
    )
