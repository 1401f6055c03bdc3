"""Steps shared by all verification features of the compatibility suite."""

from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when
from suite_cells import rows_of
from suite_verifying import Verification

from pypact.model.json import parse_json

SPECIFICATIONS = {"V1": "1.0.0", "V2": "2.0.0", "V3": "3.0.0"}


def pytest_bdd_before_scenario(request, feature, scenario):
    """Set the specification version of the scenario."""
    folder = Path(feature.filename).parent.name
    request.node.specification = SPECIFICATIONS[folder]


@pytest.fixture
def specification(request):
    """The specification version of the running scenario's feature."""
    return request.node.specification


@pytest.fixture
def verification():
    return Verification()


@given("a provider state callback is configured")
def _(verification):
    verification.configure_states()


@given("a provider state callback is configured, but will return a failure")
def _(verification):
    verification.configure_states(fails=True)


@when("the verification is run")
def _(verification, capsys):
    verification.run()
    verification.printed = capsys.readouterr().out


@then("the verification will be successful")
def _(verification):
    assert verification.result.is_ok, verification.result.to_json()
    assert len(verification.result.passed) == len(verification.result.interactions) > 0


@then("the verification will NOT be successful")
def _(verification):
    assert not verification.result.is_ok
    assert verification.result.failed


@then(parsers.parse('the verification results will contain a "{error}" error'))
def _(verification, error):
    assert error in verification.errors()


@then("the provider state callback will be called before the verification is run")
def _(verification):
    assert "setup" == verification.happened[0][0]
    requests = [at for at, one in enumerate(verification.happened) if one[0] == "asked"]
    setups = [at for at, one in enumerate(verification.happened) if one[0] == "setup"]

    assert all(setup < request for setup in setups for request in requests)


@then("the provider state callback will be called after the verification is run")
def _(verification):
    names = [one[0] for one in verification.happened]

    assert "teardown" == names[-1]
    assert "asked" in names[: names.index("teardown")]
    assert "asked" not in names[names.index("teardown") :]


@then(
    parsers.re(
        r"the provider state callback will receive a (?P<action>setup|teardown) call "
        r'(with )?"(?P<state>[^"]*)" as the provider state parameter'
    )
)
def _(verification, action, state):
    assert (action, state) in [one[:2] for one in verification.happened]


@then(
    parsers.re(
        r"the provider state callback will receive a (?P<action>setup|teardown) call "
        r'(with )?"(?P<state>[^"]*)" and the following parameters:'
    )
)
def _(verification, action, state, datatable):
    [row] = rows_of(datatable)
    params = {name: parse_json(cell) for name, cell in row.items()}

    assert (action, state, params) in verification.happened


@then("the provider state callback will NOT receive a teardown call")
def _(verification):
    assert "teardown" not in [one[0] for one in verification.happened]


@then(
    parsers.parse(
        "a warning will be displayed that there was no provider state callback "
        'configured for provider state "{state}"'
    )
)
def _(verification, state):
    assert f"no state function for {state!r}" in verification.printed


def pytest_bdd_apply_tag(tag, function):
    """Ignore the tags of the suite: they are not marks of pytest."""
    return tag in ("consumer", "provider", "message", "wip") or None
