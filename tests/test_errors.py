"""Errors carry their data, build their message late and survive pickling."""

import copy
import pickle

import pytest

import pypact
from pypact import errors

# The arguments of the errors and warnings that take more than a message.
ARGUMENTS = {
    "BrokerError": (("no",), {"status": 404, "relation": "a", "problem": {"b": 1}}),
    "InvalidPact": (("a.json",), {"read": "3", "wanted": "an object"}),
    "LossWarning": (("a key",), {"version": "2.0.0", "place": "interaction 'x'"}),
    "NotExpressible": (("a key",), {"version": "2.0.0", "place": "interaction 'x'"}),
    "ServerError": (("no",), {"status": 500, "text": "broken"}),
    "VerificationFailed": (("no",), {"result": {"failed": 1}}),
}


class Late:
    def __init__(self):
        self.calls = 0

    def __str__(self):
        self.calls += 1
        return "late text"

    def __reduce__(self):
        raise AssertionError("only the text is pickled")


def is_raised(kind):
    is_own = getattr(kind, "__module__", "") == errors.__name__
    return is_own and isinstance(kind, type) and issubclass(kind, Exception)


KINDS = [name for name, kind in vars(errors).items() if is_raised(kind)]


def repickle(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("remake", [copy.copy, copy.deepcopy, repickle])
@pytest.mark.parametrize("name", KINDS)
def test_every_error_and_warning_can_be_copied(name, remake):
    arguments, named = ARGUMENTS.get(name, (("no",), {}))
    original = getattr(errors, name)(*arguments, **named)
    original.note = "set later"
    remade = remake(original)

    assert type(original) is type(remade)
    assert str(original) == str(remade)
    built = {"message": str(original)} if isinstance(original, errors.PactError) else {}
    assert {**vars(original), **built} == vars(remade)


@pytest.mark.parametrize("name", [name for name in KINDS if name.endswith("Warning")])
def test_every_warning_reaches_the_controller_of_xdist(name):
    arguments, named = ARGUMENTS.get(name, (("no",), {}))
    original = getattr(errors, name)(*arguments, **named)
    remade = type(original)(*original.args)  # as `xdist.workermanage` does

    assert str(original) == str(remade)
    assert vars(original) == vars(remade)


def test_a_message_is_built_only_when_it_is_read():
    late = Late()
    error = errors.UnexpectedRequest(late)

    assert late.calls == 0
    assert str(error) == "late text"
    assert str(pickle.loads(pickle.dumps(error))) == "late text"


@pytest.mark.parametrize("name", KINDS)
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
