"""The decorator: functions, methods, classes, coroutines, generators."""

import inspect
import unittest

import pytest
import requests

import pypact

BASE = "https://users.example.com"


def define(pact):
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")


def fetch():
    return requests.get(f"{BASE}/", timeout=5).text


def test_a_function_runs_in_a_block_each_time(pact):
    @pact.intercept()
    def run(first, *, second=2):
        """The docstring."""
        define(pact)
        return fetch(), first, second

    assert run(1) == ("hi", 1, 2)
    assert run(1, second=3) == ("hi", 1, 3)
    assert str(inspect.signature(run)) == "(first, *, second=2)"
    assert run.__doc__ == "The docstring."


def test_a_decorated_function_without_requests_fails(pact):
    @pact.intercept()
    def run():
        define(pact)

    with pytest.raises(pypact.MissingRequests):
        run()


def test_methods_are_decorated_in_their_class(pact):
    class Suite:
        @pact.intercept()
        def method(self, value):
            define(pact)
            return fetch(), self, value

        @staticmethod
        @pact.intercept()
        def static():
            define(pact)
            return fetch()

        @classmethod
        @pact.intercept()
        def of_class(cls):
            define(pact)
            return fetch(), cls

    suite = Suite()

    assert suite.method(1) == ("hi", suite, 1)
    assert Suite.static() == "hi"
    assert Suite.of_class() == ("hi", Suite)


def test_a_test_case_stays_a_class_and_each_test_has_a_block(pact):
    seen = []

    class Case(unittest.TestCase):
        def test_one(self):
            define(pact)
            seen.append(fetch())

        def test_two(self):
            define(pact)

        def helper(self):
            raise AssertionError("not a test")

    helper = Case.helper
    decorated = pact.intercept()(Case)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
    result = unittest.TestResult()
    suite.run(result)

    assert decorated is Case
    assert inspect.isclass(Case)
    assert Case.helper is helper
    assert seen == ["hi"]
    assert [str(test) for test, _ in result.failures] == [
        f"test_two ({Case.__module__}.{Case.__qualname__}.test_two)"
    ] or len(result.failures) == 1


def test_a_coroutine_runs_inside_of_the_block(pact):
    @pact.intercept()
    async def run():
        define(pact)
        return fetch()

    coroutine = run()
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)

    assert inspect.iscoroutinefunction(run)
    assert stopped.value.value == "hi"


@pytest.mark.asyncio
async def test_an_async_test_is_decorated(pact):
    @pact.intercept()
    async def run():
        define(pact)
        return fetch()

    assert await run() == "hi"


def test_a_generator_is_inside_of_the_block_until_it_ends(pact):
    @pact.intercept()
    def fixture():
        define(pact)
        yield fetch()

    assert inspect.isgeneratorfunction(fixture)
    assert list(fixture()) == ["hi"]


@pytest.mark.asyncio
async def test_an_async_generator_is_inside_of_the_block_until_it_ends(pact):
    @pact.intercept()
    async def fixture():
        define(pact)
        yield fetch()

    assert inspect.isasyncgenfunction(fixture)
    assert [value async for value in fixture()] == ["hi"]


def test_the_decorator_above_a_fixture_is_refused(pact):
    @pytest.fixture
    def fixture():
        return 1

    with pytest.raises(pypact.InvalidExpectation, match="below"):
        pact.intercept()(fixture)


def test_a_class_without_tests_is_refused(pact):
    with pytest.raises(pypact.InvalidExpectation, match="no methods named test"):
        pact.intercept()(type("Empty", (), {}))


def test_an_object_that_is_not_a_function_is_refused(pact):
    with pytest.raises(pypact.InvalidExpectation, match="cannot decorate 5"):
        pact.intercept()(5)
