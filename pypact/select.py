"""Build consumer version selectors for `pypact.Broker(selectors=[…])`.

A plain dict in the broker's format works as well. Selectors are not validated here: the
broker does that, and its error is reported.

Source: docs/internals/conventions.md, "Selector keys".
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
"""A consumer version selector in the broker's format."""


def main_branch(*, consumer: str | None = None) -> Selector:
    """Select the latest version on each consumer's main branch.

    For example:

        >>> pypact.select.main_branch()
        {'mainBranch': True}
    """
    return _select({"mainBranch": True}, consumer=consumer)


def matching_branch(*, consumer: str | None = None) -> Selector:
    """Select the latest version on the branch named like the provider's branch."""
    return _select({"matchingBranch": True}, consumer=consumer)


def branch(
    name: str, *, fallback: str | None = None, consumer: str | None = None
) -> Selector:
    """Select the latest version on a branch, or on `fallback` if it has none."""
    return _select({"branch": name}, fallbackBranch=fallback, consumer=consumer)


def deployed(
    environment: str | None = None, *, consumer: str | None = None
) -> Selector:
    """Select the versions deployed to any environment, or to the given one."""
    return _select({"deployed": True}, environment=environment, consumer=consumer)


def released(
    environment: str | None = None, *, consumer: str | None = None
) -> Selector:
    """Select the versions released and supported in any, or the given, environment."""
    return _select({"released": True}, environment=environment, consumer=consumer)


def deployed_or_released(*, consumer: str | None = None) -> Selector:
    """Select the versions deployed, or released and supported, in any environment."""
    return _select({"deployedOrReleased": True}, consumer=consumer)


def environment(name: str, *, consumer: str | None = None) -> Selector:
    """Select the versions deployed to, or released in, one environment."""
    return _select({"environment": name}, consumer=consumer)


def tag(
    name: str,
    *,
    latest: bool = True,
    fallback: str | None = None,
    consumer: str | None = None,
) -> Selector:
    """Select the latest version with a tag, or all of them with `latest=False`.

    If no version has the tag, versions with the tag `fallback` are selected.
    """
    # Clients send `latest` only if true: without it the broker selects all versions.
    selector: Selector = {"tag": name, "latest": True} if latest else {"tag": name}
    return _select(selector, fallbackTag=fallback, consumer=consumer)


def latest(*, consumer: str | None = None) -> Selector:
    """Select each consumer's latest version on any branch."""
    return _select({"latest": True}, consumer=consumer)


def _select(selector: Selector, **more: str | None) -> Selector:
    return {**selector, **{name: value for name, value in more.items() if value}}
