"""A consumer's tests in the style of unittest: one service, stopped at exit."""

import atexit
import os
import unittest

import requests
from pact import Consumer, EachLike, Format, Like, Provider, Term

PACT_DIR = os.environ["SUITE_PACTS"]
pact = Consumer("Order Desk").has_pact_with(
    Provider("Stock Service"), port=int(os.environ["SUITE_PORT"]), pact_dir=PACT_DIR
)
pact.start_service()
atexit.register(pact.stop_service)


class StockClient:
    def __init__(self, base):
        self.base = base

    def get(self, path, **options):
        response = requests.get(self.base + path, timeout=5, **options)
        response.raise_for_status()
        return response.json()


class StockTest(unittest.TestCase):
    def setUp(self):
        self.client = StockClient(pact.uri)

    def test_plain_values(self):
        expected = {"sku": "a-1", "left": 3}
        (
            pact.given("a-1 is in stock")
            .upon_receiving("a request for a-1")
            .with_request("get", "/stock/a-1")
            .will_respond_with(200, body=expected)
        )

        with pact:
            result = self.client.get("/stock/a-1")

        self.assertEqual(result, expected)

    def test_matchers(self):
        body = {
            "sku": Term(r"[a-z]-\d+", "b-2"),
            "left": Like(7),
            "places": EachLike({"hall": Like("H1"), "row": 4}, minimum=2),
        }
        (
            pact.given("b-2 is in stock")
            .upon_receiving("a request for b-2")
            .with_request("GET", "/stock/b-2")
            .will_respond_with(200, headers={"X-Trace": Like("77")}, body=body)
        )

        with pact:
            result = self.client.get("/stock/b-2")

        self.assertEqual(result["sku"], "b-2")
        self.assertEqual(result["places"], [{"hall": "H1", "row": 4}] * 2)

    def test_query_of_a_dict(self):
        (
            pact.given("there are items")
            .upon_receiving("a search with a page")
            .with_request("get", "/stock", query={"page": "2", "size": ["10"]})
            .will_respond_with(200, body=[])
        )

        with pact:
            self.assertEqual(self.client.get("/stock?page=2&size=10"), [])

    def test_query_with_a_matcher(self):
        (
            pact.given("there are items")
            .upon_receiving("a search with any page")
            .with_request("get", "/stock", query={"page": Term(r"\d+", "1")})
            .will_respond_with(200, body=Like([]))
        )

        with pact:
            self.assertEqual(self.client.get("/stock", params={"page": 41}), [])

    def test_two_interactions_of_one_block(self):
        for sku in ("c-3", "d-4"):
            (
                pact.given(f"{sku} is in stock")
                .upon_receiving(f"a request for {sku}")
                .with_request("get", f"/stock/{sku}")
                .will_respond_with(200, body={"sku": sku})
            )

        with pact:
            self.assertEqual(self.client.get("/stock/d-4"), {"sku": "d-4"})
            self.assertEqual(self.client.get("/stock/c-3"), {"sku": "c-3"})

    def test_setup_and_verify(self):
        (
            pact.given("nothing is in stock")
            .upon_receiving("a request for nothing")
            .with_request("get", "/stock/none")
            .will_respond_with(404)
        )

        pact.setup()
        with self.assertRaises(requests.HTTPError):
            self.client.get("/stock/none")
        pact.verify()

    def test_post_with_a_term_in_its_path(self):
        (
            pact.given("orders are open")
            .upon_receiving("an order")
            .with_request(
                "post",
                Term(r"/orders/\d+", "/orders/1"),
                headers={"Content-Type": "application/json"},
                body=Like({"sku": "a-1", "count": 2}),
            )
            .will_respond_with(201, body={"id": Format().uuid})
        )

        with pact:
            made = requests.post(
                pact.uri + "/orders/33", json={"sku": "zz", "count": 9}, timeout=5
            )

        self.assertEqual(made.status_code, 201)

    def test_formats(self):
        form = Format()
        body = {"id": form.identifier, "ip": form.ip_address, "hex": form.hexadecimal}
        (
            pact.given("a machine")
            .upon_receiving("a request for a machine")
            .with_request("get", "/machine")
            .will_respond_with(200, body=body)
        )

        with pact:
            found = self.client.get("/machine")

        self.assertEqual(found, {"id": 1, "ip": "127.0.0.1", "hex": "3F"})

    def test_expected_error_of_a_wrong_request(self):
        (
            pact.given("a-1 is in stock")
            .upon_receiving("a request that is not sent as declared")
            .with_request("get", "/stock/e-5")
            .will_respond_with(200)
        )

        with self.assertRaises(AssertionError), pact:
            requests.get(pact.uri + "/stock/f-6", timeout=5)

    def test_fails_because_a_request_is_missing(self):
        (
            pact.given("a-1 is in stock")
            .upon_receiving("a request that is never sent")
            .with_request("get", "/stock/g-7")
            .will_respond_with(200)
        )

        with pact:
            pass

    def test_fails_because_of_a_wrong_header(self):
        (
            pact.given("a-1 is in stock")
            .upon_receiving("a request with a language")
            .with_request("get", "/stock/h-8", headers={"Accept-Language": "de"})
            .will_respond_with(200, body={})
        )

        with pact:
            self.client.get("/stock/h-8", headers={"Accept-Language": "fr"})

    def test_fails_because_the_interaction_is_not_complete(self):
        pact.given("a-1 is in stock").upon_receiving("half a request")

        with pact:
            pass

    def test_passes_after_a_failed_one(self):
        (
            pact.given("i-9 is in stock")
            .upon_receiving("a request for i-9")
            .with_request("get", "/stock/i-9")
            .will_respond_with(200, body={"sku": "i-9"})
        )

        with pact:
            self.assertEqual(self.client.get("/stock/i-9"), {"sku": "i-9"})


if __name__ == "__main__":
    unittest.main()
