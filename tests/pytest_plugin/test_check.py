"""`pytest --pypact-check` writes nothing, and fails if contracts would change."""

import pytest
from projects import BOTH, IDLE_TWO, ONE, TWO


def check(project, *options, **modules):
    """Run a check; return its exit code and its lines, after comparing the contract."""
    before = project.file.read_bytes() if project.file.exists() else None
    result = project.run("--pypact-check", *options, **modules)

    assert before == (project.file.read_bytes() if project.file.exists() else None)
    return result.ret, "\n".join(result.outlines)


def test_an_unchanged_contract_is_up_to_date(both):
    code, output = check(both, test_it=BOTH)

    assert (0, True) == (code, "pypact: the contracts are up to date" in output)


def test_a_new_interaction_is_shown_with_its_test(both):
    code, output = check(both, test_it=BOTH + ONE.replace("one", "three"))

    assert 1 == code
    assert "pacts/Web-Users.json: 1 change needs the provider" in output
    assert '"three"\n    needs the provider   the interaction is new' in output
    assert "written by test_it.py::test_three" in output


def test_a_changed_interaction_is_shown_with_its_difference(both):
    both.change(lambda data: data["interactions"][1]["response"].update(status=204))
    code, output = check(both, test_it=BOTH)

    assert 1 == code
    assert "response status was 204, now 200" in output
    assert "written by test_it.py::test_two" in output


def test_a_stale_interaction_is_shown(both):
    code, output = check(both, test_it=ONE + IDLE_TWO)

    assert 1 == code
    assert '"two"\n    harmless   the interaction was dropped' in output
    assert "no longer written by test_it.py::test_two" in output


def test_the_interaction_of_a_test_that_is_gone_is_shown(both):
    code, output = check(both, test_it=ONE)

    assert 1 == code
    assert "its tests no longer exist" in output


def test_without_a_contract_each_interaction_is_new(project):
    code, output = check(project, test_it=ONE)

    assert 1 == code
    assert "the interaction is new" in output
    assert not project.file.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["metadata"].pop("pypact"),
        lambda data: data["metadata"]["pypact"].update(version="0.1", tests=[]),
        lambda data: data["interactions"].reverse(),
        lambda data: data["interactions"][0].update(pending=False),
    ],
)
def test_metadata_of_pypact_and_the_layout_are_no_change(both, change):
    both.change(change)
    code, _ = check(both, test_it=BOTH)

    assert 0 == code


def test_a_selection_checks_what_was_run(both):
    both.change(lambda data: data["interactions"][1]["response"].update(status=204))

    assert [0, 1] == [
        check(both, "-k", name, test_it=BOTH)[0] for name in ("one", "two")
    ]


def test_a_file_that_is_not_a_contract_fails_the_check(both):
    both.file.write_text("{")
    code, output = check(both, test_it=BOTH)

    assert 1 == code
    assert "is not a valid pact file" in output


def test_write_writes_nothing_in_a_check(project):
    check(project, test_it=ONE + "    pact.write()\n")

    assert not project.file.exists()


def test_a_failing_test_writes_no_interaction_and_fails(both):
    code, output = check(both, test_it=ONE + TWO + "    assert 0\n")

    assert 1 == code
    assert "would change" not in output
