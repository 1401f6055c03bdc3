"""The example of tests with other examples."""

import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples" / "other_examples.py"


def test_the_faults_of_both_sides_are_found():
    run = subprocess.run(
        [sys.executable, FILE], capture_output=True, text=True, check=False
    )

    assert 0 == run.returncode, run.stderr
    client, _, provider = run.stdout.partition("Users does not honour its contracts")
    client, _, handler = client.partition("test_welcome: ")
    problem = "not enough values to unpack (expected 2, got 1)"
    assert f"test_initials: {problem}" in client
    assert problem in handler
    assert 'the message "a user was created"\n    $.name = "' in handler
    assert '$.name = "' in client
    assert '(the example: "Ann Lee")' in client
    assert 'path = "/users/' in provider
    assert "the provider raised KeyError" in provider
