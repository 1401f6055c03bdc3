"""Projects with tests that write a contract, run in this process."""

import json

from sessions import run_session

HEAD = """
import pytest, requests, pypact
pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.example")

def ask(name):
    pact.upon_receiving(name).with_request("GET", f"/{name}").will_respond_with(200)
    with pact.intercept():
        requests.get(f"https://u.example/{name}")
"""
ONE = "\ndef test_one():\n    ask('one')\n"
TWO = "\ndef test_two():\n    ask('two')\n"
IDLE_TWO = "\ndef test_two():\n    pass\n"
BOTH = ONE + TWO


class Project:
    """A folder with tests, which are run in this process."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.root = pytester.path
        self.file = self.root / "pacts" / "Web-Users.json"
        self.configure("")

    def configure(self, options, name="shop"):
        self.pytester.makepyprojecttoml(
            f'[project]\nname = "{name}"\n[tool.pytest.ini_options]\n{options}\n'
        )

    def run(self, *options, **modules):
        """Run the modules that are given as keywords, after writing them."""
        for name, tests in modules.items():
            self.root.joinpath(f"{name}.py").write_text(HEAD + tests, encoding="utf-8")
        return run_session(self.pytester, *options)

    @property
    def contract(self):
        return json.loads(self.file.read_text(encoding="utf-8"))

    @property
    def names(self):
        return [one["description"] for one in self.contract["interactions"]]

    @property
    def records(self):
        return self.contract["metadata"]["pypact"].get("tests", [])

    def change(self, change):
        data = self.contract
        change(data)
        self.file.write_text(json.dumps(data), encoding="utf-8")


WRITTEN = {}  # the tests of a project and the contract that they write


def write_contract(project, tests):
    """Write the contract that the tests write; they are run once in a session."""
    if tests not in WRITTEN:
        project.run(test_it=tests)
        WRITTEN[tests] = project.file.read_bytes()
    else:
        project.file.parent.mkdir()
        project.file.write_bytes(WRITTEN[tests])
