"""Dispatch of requests to claims, and removal of the hooks."""

import contextvars
import subprocess
import sys
import threading

import pytest
import requests
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pypact._process import bypass_interception
from pypact.errors import BlockMisuse, UnexpectedRequest
from pypact.hooks import claims
from pypact.model.http import Response

OK = Response.from_http(200, [], b"yes")


def get(url):
    return urllib3.request("GET", url, retries=False)


def test_the_claim_with_the_longest_prefix_responds(intercept):
    whole = intercept("https://users.test", "whole")
    deeper = intercept("https://users.test/api/v1", "deeper")
    between = intercept("https://users.test/api", "between")
    for provider in (whole, deeper, between):
        provider.script = [OK]

    for path in ("/", "/api/v1/a", "/api/v2", "/apis"):
        get(f"https://users.test{path}")

    paths = [[one.path for one in p.requests] for p in (whole, between, deeper)]

    assert [["/", "/apis"], ["/v2"], ["/a"]] == paths


def test_the_request_has_the_path_without_prefix_and_the_call_the_whole_url(intercept):
    provider = intercept("https://users.test/api")
    provider.script = [OK]
    get("https://users.test/api?a=1")

    [call] = provider.calls

    assert ("/", "a=1") == (call.request.path, call.request.query.encoded())
    assert "https://users.test/api?a=1" == call.url
    assert call.caller.startswith(__file__)


def test_a_request_outside_of_every_prefix_is_refused_for_all_claims(
    intercept,
):
    provider = intercept("https://users.test/api", "Web and Users")

    with pytest.raises(UnexpectedRequest, match=r"https://users\.test/api by Web"):
        get("https://users.test/other")

    assert ["/other"] == [call.request.path for call, _ in provider.refused]


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("HTTPS://Users.Test", "https://users.test/"),
        ("https://users.test:443", "https://users.test/"),
        ("https://users.test", "https://USERS.test:443/"),
        ("https://users.test.", "https://users.test/"),
        ("https://users.test", "https://users.test./"),
        ("http://me:pass@users.test:8080", "http://users.test:8080/"),
        ("http://users.test", "http://you:pass@users.test/"),
        ("http://[::1]:5000", "http://[0:0:0:0:0:0:0:1]:5000/"),
        ("https://bücher.test", "https://xn--bcher-kva.test/"),
        ("http://localhost:1234", "http://localhost:1234/"),
    ],
)
def test_an_origin_may_be_written_in_several_forms(intercept, base_url, url):
    provider = intercept(base_url)
    provider.script = [OK]

    assert 200 == requests.get(url, timeout=5).status_code
    assert 1 == len(provider.requests)


@pytest.mark.parametrize(
    "url", ["http://users.test/", "https://users.test:8443/", "https://user.test/"]
)
def test_other_origins_pass(intercept, url, monkeypatch):
    intercept("https://users.test")
    passed = []
    for kind in (HTTPConnection, HTTPSConnection):
        monkeypatch.setattr(
            kind, "connect", lambda connection: passed.append(connection.host) or 1 / 0
        )

    with pytest.raises(ZeroDivisionError):
        get(url)
    assert 1 == len(passed)


def test_a_claim_on_every_origin_comes_last(intercept):
    everything = intercept(None, "everything")
    one = intercept("https://users.test", "one")
    everything.script = one.script = [OK]
    get("https://users.test/a")
    get("http://anything.test:99/b")

    assert ["/a"] == [request.path for request in one.requests]
    assert ["/b"] == [request.path for request in everything.requests]


def test_two_equal_claims_in_one_context_are_refused_on_entry(intercept):
    intercept("https://users.test", "first")

    with pytest.raises(BlockMisuse, match=r"second claims .* which first already owns"):
        intercept("https://users.test:443/", "second")


def test_each_thread_gets_the_response_of_its_own_claim(intercept):
    found = {}
    both = threading.Barrier(2)

    def run(name):
        provider = intercept("https://users.test", name)
        provider.script = [Response.from_http(200, [], name.encode())]
        both.wait(60)
        found[name] = get("https://users.test/").data.decode()
        both.wait(60)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {"a": "a", "b": "b"} == found


def test_an_ambiguous_caller_gets_an_error_and_both_claims_record_it(intercept):
    made = []
    for name in ("a", "b"):
        context = contextvars.Context()
        made.append(context.run(intercept, "https://users.test", name))

    with pytest.raises(BlockMisuse, match="matches several blocks"):
        contextvars.Context().run(get, "https://users.test/")
    assert [1, 1] == [len(provider.refused) for provider in made]


def test_releasing_a_claim_twice_is_an_error(intercept):
    provider = intercept()
    provider.leave()

    with pytest.raises(BlockMisuse, match="already released"):
        provider.leave()


def test_pypacts_own_calls_pass(intercept):
    intercept(None)

    with bypass_interception():
        assert claims.find_claimed_origin("https", "users.test", None) is None
    assert claims.find_claimed_origin("https", "users.test", None) is not None


def test_claims_are_released_in_any_order_and_the_originals_restored(intercept):
    before = [
        vars(HTTPConnectionPool)["_make_request"],
        vars(HTTPSConnectionPool)["_prepare_proxy"],
        list(sys.meta_path),
    ]
    first, second, third = (intercept(f"https://{name}.test") for name in "abc")
    for provider in (second, first, third):
        assert vars(HTTPConnectionPool)["_make_request"] is not before[0]
        provider.leave()

    assert vars(HTTPConnectionPool)["_make_request"] is before[0]
    assert vars(HTTPSConnectionPool)["_prepare_proxy"] is before[1]
    assert sys.meta_path == before[2]


def test_a_later_wrapper_of_another_tool_is_kept_and_called(intercept, monkeypatch):
    provider = intercept()
    provider.script = [OK]
    ours = HTTPConnectionPool._make_request
    seen = []

    def traced(pool, *args, **kwargs):
        seen.append(pool.host)
        return ours(pool, *args, **kwargs)

    monkeypatch.setattr(HTTPConnectionPool, "_make_request", traced)
    get("https://users.test/")
    provider.leave()

    assert ["users.test"] == seen
    assert HTTPConnectionPool._make_request is traced


@pytest.mark.parametrize(
    "code",
    [
        "from pypact.hooks import claims",
        "import pypact",
        "import pypact; pypact.Consumer('a').has_pact_with('b').given('x')",
    ],
)
def test_pypact_imports_no_client_itself(code):
    heavy = ["requests", "urllib3", "wrapt", "click", "filelock", "rstr", "responses"]
    check = f"{code}\nimport sys\nprint([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )

    assert "[]\n" == run.stdout


def test_a_client_imported_inside_of_the_block_is_hooked():
    code = """
import sys
from pypact.hooks import claims
from pypact.hooks.origins import parse_origin
from pypact.model.http import Response
assert "urllib3" not in sys.modules
claim = claims.Claim(
    parse_origin("https://users.test"),
    lambda call: Response.from_http(200, [], b"late"),
    refuse=lambda call, error: None,
    name="late",
)
before = list(sys.meta_path)
leave = claims.activate(claim)
import urllib3
assert urllib3.request("GET", "https://users.test/").data == b"late"
leave()
assert sys.meta_path == before
assert not hasattr(urllib3.HTTPConnectionPool._make_request, "__wrapped__")
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (run.returncode, run.stderr)
