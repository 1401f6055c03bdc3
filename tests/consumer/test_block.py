"""Blocks: responses, failures, and clean-up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import urllib3
from urllib3.connectionpool import HTTPConnectionPool

import pypact
from pypact import generate
from pypact.registry import Registry

BASE = "https://users.example.com"


def define(pact, description="a user", path="/users/1", body=None):
    return (
        pact.upon_receiving(description)
        .with_request("GET", path)
        .will_respond_with(200, body=body or {"name": "John"})
    )


def test_the_consumer_gets_a_response_and_the_contract_is_written(pact, written):
    define(pact)
    with pact.intercept() as calls:
        response = requests.get(f"{BASE}/users/1", timeout=5)

    assert response.json() == {"name": "John"}
    assert response.headers["Content-Type"] == "application/json"
    assert [call.request.path for call in calls] == ["/users/1"]
    assert "test_block.py:" in calls[0].caller
    assert len(calls) == 1
    assert written()["interactions"][0]["description"] == "a user"


def test_the_contract_has_only_headers_that_the_test_declared(pact, written):
    define(pact)
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)

    assert "headers" not in written()["interactions"][0]["response"]


def test_a_second_identical_run_changes_no_byte(pact):
    for _ in range(2):
        define(pact)
        with pact.intercept():
            requests.get(f"{BASE}/users/1", timeout=5)
        file = pact.pact_dir / "Web-Users.json"
        content, stamp = file.read_bytes(), file.stat().st_mtime_ns

    assert file.read_bytes() == content
    assert file.stat().st_mtime_ns == stamp


def test_interactions_may_be_defined_inside_of_the_block_in_any_order(pact, written):
    with pact.intercept():
        define(pact, "two", "/2")
        define(pact, "one", "/1")
        assert requests.get(f"{BASE}/1", timeout=5).ok
        define(pact, "three", "/3")
        assert requests.get(f"{BASE}/3", timeout=5).ok
        assert requests.get(f"{BASE}/2", timeout=5).ok

    described = {one["description"] for one in written()["interactions"]}

    assert described == {"one", "two", "three"}


def test_a_request_waits_while_another_thread_registers_the_interactions(
    pact, monkeypatch
):
    """The second thread sends its request while only one of two is registered."""
    define(pact, "one", "/1")
    define(pact, "two", "/2")
    is_registering = threading.Event()
    add = Registry.add

    def add_slowly(registry, interaction, **options):
        add(registry, interaction, **options)
        if not is_registering.is_set():
            is_registering.set()
            time.sleep(0.05)

    def get_two():
        is_registering.wait(60)
        return requests.get(f"{BASE}/2", timeout=5).status_code

    monkeypatch.setattr(Registry, "add", add_slowly)
    with pact.intercept(), ThreadPoolExecutor(1) as pool:
        two = pool.submit(get_two)
        assert requests.get(f"{BASE}/1", timeout=5).status_code == 200
        assert two.result() == 200


def define_switch(pact, path="/ws"):
    pact.upon_receiving("a socket").with_request("GET", path).will_respond_with(101)


def test_a_block_with_a_declared_101_is_refused_when_it_is_entered(pact, written):
    define_switch(pact)
    with pytest.raises(
        pypact.InvalidExpectation, match=r"test_block\.py:\d+: .*'a socket' .* 101"
    ):
        pact.intercept().__enter__()

    define(pact)  # the definitions of that block are gone
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)
    assert len(written()["interactions"]) == 1


def test_a_101_that_is_declared_inside_of_a_block_fails_the_block(pact):
    with pytest.raises(pypact.InvalidExpectation, match="101"), pact.intercept():
        define_switch(pact)
        with pytest.raises(pypact.InvalidExpectation, match="101"):
            requests.get(f"{BASE}/ws", timeout=5)

    with pytest.raises(pypact.InvalidExpectation, match="101"), pact.intercept():
        define_switch(pact)


def test_one_interaction_may_match_several_requests(pact, written):
    define(pact)
    with pact.intercept() as calls:
        for _ in range(3):
            requests.get(f"{BASE}/users/1", timeout=5)

    assert len(calls) == 3
    assert len(written()["interactions"]) == 1


def test_an_unexpected_request_raises_at_the_call_with_all_details(pact):
    (
        pact.given("a user")
        .upon_receiving("the search")
        .with_request("GET", "/users", query={"name": "Ann"})
        .will_respond_with(200)
    )
    with (
        pytest.raises(pypact.UnexpectedRequest) as caught,
        pact.intercept(),
    ):
        requests.get(f"{BASE}/users?name=Bob", timeout=5)
    text = str(caught.value)

    for part in (
        "Web -> Users",
        f"GET {BASE}/users?name=Bob",
        '"the search"',
        '"a user"',
        "test_block.py:",
        "Ann",
        "Bob",
    ):
        assert part in text
    assert caught.traceback[-1].path.name != "test_block.py"
    assert not pact.pact_dir.exists()


def test_a_swallowed_unexpected_request_fails_the_block(pact):
    define(pact)

    def swallow():
        with pytest.raises(pypact.UnexpectedRequest):
            requests.get(f"{BASE}/other", timeout=5)

    with (
        pytest.raises(pypact.UnexpectedRequest, match="/other matches no"),
        pact.intercept(),
    ):
        requests.get(f"{BASE}/users/1", timeout=5)
        swallow()

    assert not pact.pact_dir.exists()


def test_missing_requests_fail_the_block_with_their_descriptions(pact):
    define(pact, "never asked")
    with pytest.raises(pypact.MissingRequests, match="never asked"), pact.intercept():
        pass

    assert not pact.pact_dir.exists()


def test_an_optional_interaction_is_recorded_only_if_it_was_used(pact, written):
    define(pact, "one", "/1")
    define(pact, "perhaps", "/2").optional()
    with pact.intercept():
        requests.get(f"{BASE}/1", timeout=5)

    assert [one["description"] for one in written()["interactions"]] == ["one"]


def test_an_exception_of_the_body_propagates_with_the_failure_as_a_note(pact):
    define(pact, "never asked")
    with pytest.raises(ZeroDivisionError) as caught, pact.intercept():
        _ = 1 / 0

    assert "never asked" in caught.value.__notes__[0]


@pytest.mark.parametrize("is_cause", [True, False])
def test_an_error_that_the_consumer_wraps_is_not_repeated(pact, is_cause):
    define(pact)
    with pytest.raises(RuntimeError) as caught, pact.intercept():
        try:
            requests.get(f"{BASE}/users/2", timeout=5)
        except pypact.UnexpectedRequest as error:
            if is_cause:
                raise RuntimeError("wrapped") from error
            raise RuntimeError(f"wrapped: {error}") from None

    assert [] == getattr(caught.value, "__notes__", [])


def test_unfinished_interactions_are_named_beside_finished_ones(pact):
    define(pact, path="/c")
    pact.upon_receiving("no response").with_request("GET", "/users/1")
    with pytest.raises(pypact.UnexpectedRequest) as caught, pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)
    text = str(caught.value)

    assert " of Web -> Users; 1 is unfinished\n" in text
    assert ": missing will_respond_with()\n\n  completely defined:\n    GET /c " in text


def test_an_exception_of_the_body_prevents_writing(pact):
    define(pact)
    with pytest.raises(ZeroDivisionError) as caught, pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)
        _ = 1 / 0

    assert not hasattr(caught.value, "__notes__")
    assert not pact.pact_dir.exists()


def test_an_incomplete_interaction_is_refused_with_its_line(pact):
    with (
        pytest.raises(pypact.InvalidExpectation, match=r"test_block.py:\d+.*missing"),
        pact.intercept(),
    ):
        pact.upon_receiving("half").with_request("GET", "/")


def test_a_failed_block_drops_its_definitions(pact):
    define(pact, "dropped")
    with pytest.raises(pypact.MissingRequests), pact.intercept():
        pass
    with pact.intercept():
        pass


def test_the_same_pact_cannot_be_intercepted_twice_at_once(pact):
    with (
        pact.intercept(),
        pytest.raises(pypact.BlockMisuse, match="already intercepted"),
        pact.intercept(),
    ):
        pass


def test_two_pacts_cannot_claim_the_same_origin(pact, pact_dir):
    other = pypact.Consumer("Web").has_pact_with("Others", base_url=BASE)
    with (
        pact.intercept(),
        pytest.raises(pypact.BlockMisuse, match="Web -> Users"),
        other.intercept(),
    ):
        pass
    with other.intercept():
        pass


def test_a_block_is_entered_once_and_left_once(pact):
    block = pact.intercept()
    with pytest.raises(pypact.BlockMisuse, match="never entered"):
        block.__exit__(None, None, None)
    with block, pytest.raises(pypact.BlockMisuse, match="already entered"):
        block.__enter__()
    with pytest.raises(pypact.BlockMisuse, match="already left"):
        block.__exit__(None, None, None)
    with pytest.raises(pypact.BlockMisuse, match="already entered"):
        block.__enter__()


def test_several_pacts_respond_at_once_and_leave_in_any_order(pact, pact_dir):
    other = pypact.Consumer("Web").has_pact_with(
        "Orders", base_url="https://orders.example.com", pact_dir=pact_dir
    )
    define(pact)
    define(other, "an order", "/orders/1")
    one, two = pact.intercept(), other.intercept()
    one.__enter__()
    two.__enter__()
    assert requests.get(f"{BASE}/users/1", timeout=5).ok
    assert requests.get("https://orders.example.com/orders/1", timeout=5).ok
    one.__exit__(None, None, None)
    two.__exit__(None, None, None)

    names = sorted(file.name for file in pact_dir.iterdir())

    assert names == ["Web-Orders.json", "Web-Users.json"]


def test_a_port_means_localhost(make_pact):
    pact = make_pact(port="1234")
    define(pact)
    with pact.intercept():
        assert requests.get("http://localhost:1234/users/1", timeout=5).ok


def test_a_pact_without_an_origin_intercepts_every_origin(make_pact):
    pact = make_pact()
    define(pact)
    with pact.intercept():
        assert requests.get("http://anywhere.test/users/1", timeout=5).ok
        response = urllib3.request("GET", "https://elsewhere.test:8443/users/1")

    assert response.json() == {"name": "John"}


@pytest.mark.parametrize("base_url", [None, f"{BASE}/v1"])
def test_a_generated_url_is_that_of_the_provider(make_pact, base_url):
    pact = make_pact(base_url=base_url)
    example = generate.mock_server_url("http://localhost:1/users/2", r".*(/users/\d)")
    (
        pact.upon_receiving("a user")
        .with_request("GET", "/users/1")
        .will_respond_with(200, headers={"Next": example})
    )
    with pact.intercept():
        url = base_url or "http://anywhere.test:81"
        found = requests.get(f"{url}/users/1", timeout=5).headers["Next"]

    assert f"{url}/users/2" == found


def test_equal_requests_get_the_responses_in_the_order_of_definition(pact):
    for number, status in enumerate((503, 200)):
        (
            pact.upon_receiving(f"try {number}")
            .with_request("GET", "/users/1")
            .will_respond_with(status)
        )
    session = requests.Session()
    retries = urllib3.Retry(3, status_forcelist=[503], backoff_factor=0)
    session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
    with pact.intercept() as calls:
        assert session.get(f"{BASE}/users/1", timeout=5).status_code == 200

    assert len(calls) == 2


def test_worker_threads_get_responses(pact):
    define(pact)
    with pact.intercept() as calls:
        threads = [
            threading.Thread(target=requests.get, args=(f"{BASE}/users/1",))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [call.error for call in calls] == [None] * 8


def test_the_original_method_is_restored(pact):
    before = HTTPConnectionPool.__dict__["_make_request"]
    define(pact)
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)
        assert HTTPConnectionPool.__dict__["_make_request"] is not before

    assert HTTPConnectionPool.__dict__["_make_request"] is before


def test_names_never_lead_outside_of_the_directory(tmp_path, pact_dir):
    pact = pypact.Consumer("../../web").has_pact_with(
        "a/b", base_url=BASE, pact_dir=pact_dir
    )
    define(pact)
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)

    assert len(list(pact_dir.iterdir())) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["pacts"]


def test_a_conflict_in_one_run_shows_both_places(pact):
    define(pact)
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)
    define(pact, body={"name": "Ann"})
    with pytest.raises(pypact.MergeConflict) as caught, pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)

    assert str(caught.value).count("test_block.py:") == 2


def test_pact_overwrite_keeps_the_last_interaction(pact, monkeypatch, written):
    monkeypatch.setenv("PACT_OVERWRITE", "true")
    for name in ("John", "Ann"):
        define(pact, body={"name": name})
        with pact.intercept():
            requests.get(f"{BASE}/users/1", timeout=5)
    (interaction,) = written()["interactions"]

    assert interaction["response"]["body"]["content"] == {"name": "Ann"}


def test_pact_output_dir_overrides_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PACT_OUTPUT_DIR", str(tmp_path / "elsewhere"))
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url=BASE)
    define(pact)
    with pact.intercept():
        requests.get(f"{BASE}/users/1", timeout=5)

    assert (tmp_path / "elsewhere" / "Web-Users.json").exists()


def test_a_builder_may_be_matched_against_a_request(pact):
    builder = define(pact)
    request = pypact.Request.from_http("GET", "/users/1")

    assert pypact.match_request(builder, request) == []
