"""Which consumer versions' pacts are to be verified?

Each function makes a consumer version selector for `pypact.Broker(selectors=[…])`, and
a dict of the broker's own is as good. Nothing is judged here: the broker knows which
selectors it has, and its refusal is shown.

Source: conventions 4.7, "Selector keys".
"""

from __future__ import annotations

from typing import TypeAlias

__all__ = [
    "Selector",
    "branch",
    "deployed",
    "deployed_or_released",
    "environment",
    "latest",
    "main_branch",
    "matching_branch",
    "released",
    "tag",
]

Selector: TypeAlias = dict[str, str | bool]
"""A consumer version selector, as the broker takes it."""


def main_branch(*, consumer: str | None = None) -> Selector:
    """Select the latest version of each consumer's main branch."""
    return _selector({"mainBranch": True}, consumer=consumer)


def matching_branch(*, consumer: str | None = None) -> Selector:
    """Select the latest version of the branch that is named like the provider's."""
    return _selector({"matchingBranch": True}, consumer=consumer)


def branch(
    name: str, *, fallback: str | None = None, consumer: str | None = None
) -> Selector:
    """Select the latest version of a branch, or of `fallback` where there is none."""
    return _selector({"branch": name}, fallbackBranch=fallback, consumer=consumer)


def deployed(
    environment: str | None = None, *, consumer: str | None = None
) -> Selector:
    """Select what is deployed, to any environment or to one."""
    return _selector({"deployed": True}, environment=environment, consumer=consumer)


def released(
    environment: str | None = None, *, consumer: str | None = None
) -> Selector:
    """Select what is released and supported, in any environment or in one."""
    return _selector({"released": True}, environment=environment, consumer=consumer)


def deployed_or_released(*, consumer: str | None = None) -> Selector:
    """Select all that is deployed, or released and supported, in any environment."""
    return _selector({"deployedOrReleased": True}, consumer=consumer)


def environment(name: str, *, consumer: str | None = None) -> Selector:
    """Select all that is deployed to, or released in, one environment."""
    return _selector({"environment": name}, consumer=consumer)


def tag(
    name: str,
    *,
    latest: bool = True,
    fallback: str | None = None,
    consumer: str | None = None,
) -> Selector:
    """Select the latest version with a tag, or all of them with `latest=False`."""
    # Clients say `latest` only where it holds: the broker takes its absence as all.
    selector: Selector = {"tag": name, "latest": True} if latest else {"tag": name}
    return _selector(selector, fallbackTag=fallback, consumer=consumer)


def latest(*, consumer: str | None = None) -> Selector:
    """Select each consumer's latest version, whatever its branch."""
    return _selector({"latest": True}, consumer=consumer)


def _selector(selector: Selector, **more: str | None) -> Selector:
    return {**selector, **{name: value for name, value in more.items() if value}}
