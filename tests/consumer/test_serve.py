"""Blocks of a pact that are served on a port."""

import pytest
import requests

import pypact

pytestmark = pytest.mark.enable_socket


def define(pact, path="/a"):
    return (
        pact.upon_receiving(path)
        .with_request("GET", path)
        .will_respond_with(200, body={"a": 1})
    )


def test_the_block_responds_on_a_port_and_lists_its_calls(pact):
    with pact.serve() as server:
        define(pact)
        got = requests.get(f"{server.url}/a", timeout=5)

        assert {"a": 1} == got.json()
        assert "application/json" == got.headers["Content-Type"]
        assert ["/a"] == [call.path for call in server.calls]

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/a", timeout=5)


def test_a_missing_request_fails_the_block_at_its_end(pact):
    define(pact)
    with (
        pytest.raises(pypact.MissingRequests, match="not requested"),
        pact.serve(),
    ):
        pass


def test_an_unexpected_request_gets_a_500_and_fails_the_block_at_its_end(pact):
    define(pact)
    with (
        pytest.raises(pypact.UnexpectedRequest, match="matches no interaction"),
        pact.serve() as server,
    ):
        requests.get(f"{server.url}/a", timeout=5)
        got = requests.get(f"{server.url}/b", timeout=5)

        assert 500 == got.status_code
        assert "matches no interaction of Web -> Users" in got.json()["message"]


def test_a_block_that_ends_without_an_error_is_recorded(pact, written):
    define(pact)
    with pact.serve() as server:
        requests.get(f"{server.url}/a", timeout=5)

    [interaction] = written()["interactions"]
    assert "/a" == interaction["description"]


def test_the_default_port_is_the_one_of_the_pact(make_pact):
    with pypact.MockServer(port=0) as probe:
        port = probe.port
    pact = make_pact(port=port)
    with pact.serve() as server:
        assert port == server.port


def test_a_port_that_is_taken_leaves_the_pact_free(pact):
    with (
        pypact.MockServer(port=0) as other,
        pytest.raises(pypact.ServerError, match="already in use"),
        pact.serve(port=other.port),
    ):
        pass
    with pact.serve():
        pass


def test_web_pages_may_send_requests_with_cors(pact):
    define(pact)
    with pact.serve(cors=True) as server:
        assert 200 == requests.options(f"{server.url}/a", timeout=5).status_code
        got = requests.get(f"{server.url}/a", timeout=5, headers={"Origin": "http://p"})

    assert "http://p" == got.headers["Access-Control-Allow-Origin"]


def test_a_block_that_was_not_entered_has_no_url(pact):
    with pytest.raises(pypact.BlockMisuse, match="never entered"):
        _ = pact.serve().url
