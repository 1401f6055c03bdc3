"""Detect the commit, branch and URL of the current CI build.

Source: docs/internals/conventions.md, "CI detection".
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pypact._dataclasses import dataclass
from pypact._lazy import import_later

if TYPE_CHECKING:
    import subprocess
else:
    subprocess = import_later("subprocess")


@dataclass(frozen=True, slots=True)
class Build:
    """The commit, branch and URL of a CI build; None if unknown."""

    version: str | None = None
    branch: str | None = None
    url: str | None = None


def detect_build() -> Build:
    """Read the build from the variables of the known CI servers, or else from git."""
    return Build(
        version=_read_first(_COMMITS) or _run_git("rev-parse", "HEAD"),
        branch=detect_branch(),
        url=_detect_build_url(),
    )


def detect_branch() -> str | None:
    name = _read_first(_BRANCHES)
    if name is None:
        others = [
            value
            for variable, value in os.environ.items()
            if variable.endswith("_BRANCH")
            and value
            and variable != "PACT_PROVIDER_BRANCH"
        ]
        name = others[0] if len(others) == 1 else None
    name = name or _run_git("rev-parse", "--abbrev-ref", "HEAD")
    if name is None or name == "HEAD":  # git's answer without a branch
        return None
    return name.removeprefix("refs/heads/")


def _detect_build_url() -> str | None:
    server, repository, run = map(os.environ.get, _GITHUB_BUILD)
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return _read_first(_BUILD_URLS)


def _read_first(variables: list[str]) -> str | None:
    return next(filter(None, map(os.environ.get, variables)), None)


def _run_git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


_BRANCHES: list[str] = re.findall(
    r"\w+",
    """
    GITHUB_HEAD_REF GITHUB_REF BUILDKITE_BRANCH CIRCLE_BRANCH TRAVIS_BRANCH GIT_BRANCH
    GIT_LOCAL_BRANCH APPVEYOR_REPO_BRANCH CI_COMMIT_REF_NAME BITBUCKET_BRANCH
    BUILD_SOURCEBRANCHNAME CIRRUS_BRANCH
    """,
)
# GitLab sets CI_COMMIT_SHA and CI_JOB_URL; the lists of official clients lack them.
_COMMITS: list[str] = re.findall(
    r"\w+",
    """
    GITHUB_SHA BUILDKITE_COMMIT CIRCLE_SHA1 TRAVIS_COMMIT GIT_COMMIT
    APPVEYOR_REPO_COMMIT CI_COMMIT_ID CI_COMMIT_SHA BITBUCKET_COMMIT
    BUILD_SOURCEVERSION CIRRUS_CHANGE_IN_REPO
    """,
)
_BUILD_URLS: list[str] = re.findall(
    r"\w+",
    "BUILDKITE_BUILD_URL CIRCLE_BUILD_URL TRAVIS_BUILD_WEB_URL BUILD_URL CI_JOB_URL",
)
_GITHUB_BUILD = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
