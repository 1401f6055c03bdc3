"""Mocking and tracing libraries used before, inside of and after a block."""

import contextlib

import httpx
import pytest
import requests
import requests_mock
import responses
import respx
import urllib3
import vcr
import wrapt

import pypact
from pypact.hooks import claims

BASE = "https://users.example.com"
OTHER = "https://other.example.com"


@pytest.fixture
def pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")
    return pact


@contextlib.contextmanager
def stack_once():
    leave = claims.activate(
        claims.Claim(None, lambda call: None, lambda *_: None, "one")
    )
    yield
    leave()


@contextlib.contextmanager
def by_responses():
    with responses.RequestsMock() as mock:
        mock.get(f"{OTHER}/", body="mocked")
        mock.add_passthru(BASE)
        yield lambda url: requests.get(url, timeout=5).text


@contextlib.contextmanager
def by_requests_mock():
    with requests_mock.Mocker(real_http=True) as mock:
        mock.get(f"{OTHER}/", text="mocked")
        yield lambda url: requests.get(url, timeout=5).text


@contextlib.contextmanager
def by_respx():
    with respx.mock(assert_all_mocked=True) as mock:
        mock.get(f"{OTHER}/").respond(200, text="mocked")
        yield lambda url: httpx.get(url, verify=False).text


@contextlib.contextmanager
def by_vcr(tmp_path):
    cassette = tmp_path / "cassettes" / "one.yaml"
    cassette.parent.mkdir(exist_ok=True)
    cassette.write_text(
        "interactions:\n"
        f"- request: {{body: null, headers: {{}}, method: GET, uri: '{OTHER}/'}}\n"
        "  response:\n"
        "    body: {string: mocked}\n"
        "    headers: {}\n"
        "    status: {code: 200, message: OK}\n"
        "version: 1\n"
    )
    with vcr.use_cassette(
        str(cassette), record_mode="none", allow_playback_repeats=True
    ):
        yield lambda url: requests.get(url, timeout=5).text


@pytest.fixture(params=["responses", "requests-mock", "respx", "vcrpy"])
def mock(request, tmp_path):
    makers = {
        "responses": by_responses,
        "requests-mock": by_requests_mock,
        "respx": by_respx,
        "vcrpy": lambda: by_vcr(tmp_path),
    }
    return makers[request.param]


def test_a_mock_around_our_block(pact, mock):
    with mock() as get:
        with pact.intercept():
            assert ("hi", "mocked") == (get(f"{BASE}/"), get(f"{OTHER}/"))
        if mock is not by_responses:
            assert "mocked" == get(f"{OTHER}/")
    method = urllib3.HTTPConnectionPool._make_request
    assert not hasattr(method, "__wrapped__")


def test_a_mock_inside_of_our_block(pact, mock):
    with pact.intercept():
        with mock() as get:
            assert ("hi", "mocked") == (get(f"{BASE}/"), get(f"{OTHER}/"))
        assert "hi" == get(f"{BASE}/")


def test_a_mock_that_ends_after_our_block(pact, mock):
    block = pact.intercept()
    block.__enter__()
    with mock() as get:
        assert ("hi", "mocked") == (get(f"{BASE}/"), get(f"{OTHER}/"))
        block.__exit__(None, None, None)
        if mock is not by_responses:
            assert "mocked" == get(f"{OTHER}/")
    # A mock that restored our wrapper at its end: the next block removes it.
    with stack_once():
        pass
    assert not hasattr(urllib3.HTTPConnectionPool._make_request, "__wrapped__")
    assert not hasattr(httpx.HTTPTransport.handle_request, "__wrapped__")


def test_a_mock_before_and_after_our_block(pact, mock):
    for _ in range(2):
        with mock() as get:
            assert "mocked" == get(f"{OTHER}/")
        with pact.intercept():
            assert "hi" == get(f"{BASE}/")
        pact.upon_receiving("x").with_request("GET", "/").will_respond_with(
            200, body="hi"
        )


def test_pytest_httpx_responds_to_other_requests(pact, httpx_mock):
    httpx_mock.add_response(url=f"{OTHER}/", text="mocked")
    with pact.intercept():
        assert "hi" == httpx.get(f"{BASE}/", verify=False).text
        assert "mocked" == httpx.get(f"{OTHER}/", verify=False).text


def test_tracing_around_urlopen_sees_every_call(pact):
    seen = []

    def trace(wrapped, instance, args, kwargs):
        seen.append((instance.host, args[:2]))
        return wrapped(*args, **kwargs)

    found = urllib3.HTTPConnectionPool.urlopen
    wrapt.wrap_function_wrapper(urllib3.HTTPConnectionPool, "urlopen", trace)
    try:
        with pact.intercept(), urllib3.PoolManager() as pools:
            pools.request("GET", f"{BASE}/")
            requests.get(f"{BASE}/", timeout=5)
    finally:
        traced = urllib3.HTTPConnectionPool.urlopen
        urllib3.HTTPConnectionPool.urlopen = found

    assert ["users.example.com"] * 2 == [host for host, _ in seen]
    assert hasattr(traced, "__wrapped__")


def instrument(owner, name, spans):
    def trace(wrapped, instance, args, kwargs):
        spans.append("span")
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(owner, name, trace)


def uninstrument(owner, name):
    setattr(owner, name, vars(owner)[name].__wrapped__)


TRACED = [
    (httpx.HTTPTransport, "handle_request", httpx.get),
    (urllib3.HTTPConnectionPool, "_make_request", requests.get),
]


@pytest.mark.parametrize(("owner", "name", "get"), TRACED)
def test_tracing_started_before_a_block_sees_its_requests(pact, owner, name, get):
    original, spans = vars(owner)[name], []
    instrument(owner, name, spans)

    with pact.intercept():
        get(f"{BASE}/")
    uninstrument(owner, name)

    assert spans == ["span"]
    assert vars(owner)[name] is original


@pytest.mark.parametrize(("owner", "name", "get"), TRACED)
def test_tracing_that_ends_inside_of_a_block_keeps_the_hook(pact, owner, name, get):
    original, spans = vars(owner)[name], []
    instrument(owner, name, spans)

    with pact.intercept():
        uninstrument(owner, name)
        text = get(f"{BASE}/").text

    assert (text, spans) == ("hi", [])
    assert vars(owner)[name] is original


@pytest.mark.parametrize(("owner", "name", "get"), TRACED)
def test_tracing_that_outlives_a_block_loses_the_hook(pact, owner, name, get):
    original, spans = vars(owner)[name], []

    with pact.intercept():
        instrument(owner, name, spans)
        get(f"{BASE}/")
    uninstrument(owner, name)

    assert spans == ["span"]
    assert vars(owner)[name] is original


@pytest.mark.parametrize("is_outside", [True, False])
def test_a_block_that_records_contains_what_requests_mock_answered(
    tmp_path, is_outside
):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    mock, block = requests_mock.Mocker(), pact.record(base_url=BASE)
    mock.post(f"{BASE}/a?b=1", text="mocked", status_code=201)

    with contextlib.ExitStack() as stack:
        entered = {
            one: stack.enter_context(one)
            for one in ((mock, block) if is_outside else (block, mock))
        }
        response = requests.post(f"{BASE}/a?b=1", data=b"in", timeout=5)

    [call] = entered[block]
    assert (response.text, call.response.body.content) == ("mocked", b"mocked")
    assert (call.method, call.path, call.status) == ("POST", "/a", 201)
    assert call.request.body.content == b"in"
    assert (tmp_path / "Web-Users.json").exists()


def test_a_block_that_records_contains_what_a_cassette_inside_played(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=OTHER, pact_dir=tmp_path
    )

    with pact.record(base_url=OTHER) as calls, by_vcr(tmp_path):
        text = httpx.get(f"{OTHER}/", verify=False).text

    assert text == "mocked"
    assert [call.response.body.content for call in calls] == [b"mocked"]


def test_a_mock_of_an_intercepted_origin_is_not_recorded(pact):
    with pact.intercept() as calls, requests_mock.Mocker() as mock:
        mock.get(f"{BASE}/", text="mocked")
        text = requests.get(f"{BASE}/", timeout=5).text
        assert len(calls) == 0
        mock.stop()
        requests.get(f"{BASE}/", timeout=5)

    assert text == "mocked"
