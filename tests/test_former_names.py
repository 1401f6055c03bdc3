"""Names of pact-python and pactman are refused with the name that pypact has."""

import pytest

import pypact
from pypact import former_names, match
from pypact.errors import BlockMisuse, InvalidExpectation


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with("Users", pact_dir=tmp_path)


def test_an_import_of_a_matcher():
    with pytest.raises(ImportError, match=r"use pypact\.match\.like"):
        from pypact import Like  # noqa: F401


@pytest.mark.parametrize("name", former_names.MODULE)
def test_a_name_of_the_module(name):
    with pytest.raises(ImportError, match=rf"{name}.*pypact\.compat"):
        getattr(pypact, name)


def test_a_pact_is_not_a_block(pact):
    with pytest.raises(BlockMisuse, match=r"with pact\.intercept\(\):"), pact:
        pass


@pytest.mark.parametrize("name", former_names.PACT)
def test_a_name_of_a_pact(pact, name):
    with pytest.raises(AttributeError, match=f"Pact has no attribute '{name}'; "):
        getattr(pact, name)


@pytest.mark.parametrize("name", former_names.BUILDER)
def test_a_name_of_an_interaction(pact, name):
    builder = pact.given("a state")

    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; use "):
        getattr(builder, name)


@pytest.mark.parametrize("name", former_names.VERIFIER)
def test_a_name_of_a_verifier(name):
    with pytest.raises(AttributeError, match=f"Verifier has no attribute '{name}'; "):
        getattr(pypact.Verifier("Users"), name)


@pytest.mark.parametrize("name", former_names.MATCH)
def test_a_name_of_the_matchers(name):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; use ") as got:
        getattr(match, name)

    assert hasattr(match, str(got.value).rpartition("use ")[2].strip("'"))


@pytest.mark.parametrize(
    ("call", "table"),
    [
        (lambda **old: pypact.Consumer("Web", **old), former_names.CONSUMER_ARGUMENTS),
        (
            lambda **old: pypact.Consumer("Web").has_pact_with("Users", **old),
            former_names.HAS_PACT_WITH_ARGUMENTS,
        ),
        (
            lambda **old: pypact.Verifier("Users", **old),
            former_names.VERIFIER_ARGUMENTS,
        ),
        (
            lambda **old: pypact.Broker("http://localhost", **old),
            former_names.BROKER_ARGUMENTS,
        ),
        (
            lambda **old: pypact.Broker("http://localhost").publish("pacts", **old),
            former_names.PUBLISH_ARGUMENTS,
        ),
        (lambda **old: match.each_like(1, **old), former_names.EACH_LIKE_ARGUMENTS),
    ],
)
def test_a_name_of_an_argument(call, table):
    for name, hint in table.items():
        with pytest.raises(InvalidExpectation) as got:
            call(**{name: "1"})

        assert f"{name!r}; {hint}" in str(got.value)


def test_a_pact_is_made_by_its_consumer():
    with pytest.raises(InvalidExpectation, match=r"has_pact_with\(provider\)"):
        pypact.Pact("Web", "Users")


def test_other_names_get_no_hint(pact):
    with pytest.raises(AttributeError, match=r"^Pact has no attribute 'colour'$"):
        _ = pact.colour
    with pytest.raises(TypeError, match="colour"):
        pypact.Consumer("Web").has_pact_with("Users", colour=1)
