"""Errors carry their data, build their message late and survive pickling."""

import pickle

import pytest

import pypact
from pypact import errors

EXAMPLES = [
    errors.InvalidPact("a.json: consumer", read="3", wanted="an object"),
    errors.NotExpressible("a key", version="2.0.0", place="interaction 'x'"),
    errors.UnexpectedRequest("GET /x"),
    errors.VerificationFailed("no", result={"failed": 1}),
    errors.StoreError("disk full"),
]


class Late:
    def __init__(self):
        self.calls = 0

    def __str__(self):
        self.calls += 1
        return "late text"

    def __reduce__(self):
        raise AssertionError("only the text is pickled")


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error):
    copy = pickle.loads(pickle.dumps(error))

    assert type(error) is type(copy)
    assert str(error) == str(copy)
    assert {**vars(error), "message": str(error)} == vars(copy)


def is_raised(kind):
    is_own = getattr(kind, "__module__", "") == errors.__name__
    return is_own and isinstance(kind, type) and issubclass(kind, Exception)


def test_a_message_is_built_only_when_it_is_read():
    late = Late()
    error = errors.UnexpectedRequest(late)

    assert late.calls == 0
    assert str(error) == "late text"
    assert str(pickle.loads(pickle.dumps(error))) == "late text"


@pytest.mark.parametrize(
    "name", [name for name, kind in vars(errors).items() if is_raised(kind)]
)
def test_every_error_and_warning_has_its_base_and_is_public(name):
    base = errors.PactWarning if name.endswith("Warning") else errors.PactError

    assert issubclass(getattr(errors, name), base)
    assert getattr(pypact, name) is getattr(errors, name)


@pytest.mark.parametrize(
    ("error", "base"),
    [
        ("InvalidPact", ValueError),
        ("NotExpressible", ValueError),
        ("InvalidExpectation", ValueError),
        ("BlockMisuse", RuntimeError),
        ("UnexpectedRequest", AssertionError),
        ("MissingRequests", AssertionError),
        ("NetworkBlocked", AssertionError),
        ("VerificationFailed", AssertionError),
        ("StoreError", OSError),
        ("UnknownState", LookupError),
    ],
)
def test_an_error_has_the_fitting_builtin_base(error, base):
    assert issubclass(getattr(errors, error), base)
