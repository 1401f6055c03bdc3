"""Detecting the current CI build."""

import os
import subprocess

import pytest

import pypact
from pypact.broker.builds import Build, detect_build
from pypact.errors import InvalidExpectation


@pytest.fixture(autouse=True)
def outside_of_everything(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


GITHUB = {
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "abc",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "us/shop",
    "GITHUB_RUN_ID": "7",
}


@pytest.mark.parametrize(
    ("variables", "build"),
    [
        (GITHUB, ("abc", "main", "https://github.example/us/shop/actions/runs/7")),
        (
            {**GITHUB, "GITHUB_HEAD_REF": "feat/x"},
            ("abc", "feat/x", "https://github.example/us/shop/actions/runs/7"),
        ),
        (
            {
                "CI_COMMIT_REF_NAME": "main",
                "CI_COMMIT_SHA": "abc",
                "CI_JOB_URL": "https://gitlab.example/1",
            },
            ("abc", "main", "https://gitlab.example/1"),
        ),
        (
            {"GIT_BRANCH": "dev", "GIT_COMMIT": "abc", "BUILD_URL": "https://j/1"},
            ("abc", "dev", "https://j/1"),
        ),
        ({"MY_CI_BRANCH": "dev"}, (None, "dev", None)),
        ({"MY_CI_BRANCH": "dev", "OTHER_BRANCH": "x"}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_the_build_is_read_from_ci_variables(monkeypatch, variables, build):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert Build(*build) == detect_build()


def test_the_build_is_read_from_git_without_ci_variables(outside_of_everything):
    for command in (
        "init -q -b trunk",
        "-c user.name=a -c user.email=a@b.test commit -q --allow-empty -m x",
    ):
        subprocess.run(["git", *command.split()], check=True, cwd=outside_of_everything)

    build = detect_build()

    assert ("trunk", 40) == (build.branch, len(build.version))


def test_a_broker_uses_the_detected_build_by_default(monkeypatch):
    for name, value in GITHUB.items():
        monkeypatch.setenv(name, value)

    broker = pypact.Broker(
        "http://broker.test", detect_build=True, provider_branch="mine", publish=True
    )

    assert ("abc", "mine") == (broker.provider_version, broker.provider_branch)
    assert "https://github.example/us/shop/actions/runs/7" == broker.build_url


def test_pact_variables_precede_ci_variables(monkeypatch):
    for name, value in {
        **GITHUB,
        "PACT_PROVIDER_VERSION": "1.2.3",
        "PACT_PROVIDER_BRANCH": "main",
        "PACT_PROVIDER_VERSION_TAGS": "prod, dev",
        "PACT_PUBLISH_VERIFICATION_RESULTS": "true",
    }.items():
        monkeypatch.setenv(name, value)

    broker = pypact.Broker("http://broker.test", detect_build=True)

    assert ("1.2.3", "main") == (broker.provider_version, broker.provider_branch)
    assert (["prod", "dev"], True) == (broker.provider_tags, broker.publishes_results)


def test_publishing_without_a_version_is_refused():
    with pytest.raises(InvalidExpectation, match="needs the provider version"):
        pypact.Broker("http://broker.test", publish=True)
