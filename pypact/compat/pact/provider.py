"""Name the provider of a pact."""

from __future__ import annotations

from typing import Protocol


class Participant(Protocol):
    """A consumer or provider."""

    name: str


class Provider:
    """A provider: the service that receives the requests."""

    def __init__(self, name: str) -> None:
        self.name = name


def require_provider(provider: object) -> None:
    """Raise ValueError unless the object is a `Provider`."""
    if not isinstance(provider, Provider):
        raise ValueError(f"expected a Provider, got {provider!r}")  # noqa: TRY004 -- the old library's class
