"""Who asks, and who is asked?"""

from __future__ import annotations

from os import PathLike

from pypact.consumer.pact import Pact
from pypact.errors import InvalidExpectation

__all__ = ["Consumer", "Provider"]


class Provider:
    """A provider: the service that receives the requests."""

    def __init__(self, name: str) -> None:
        self.name = _check_name(name, "provider")

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"


class Consumer:
    """A consumer: the application that sends the requests."""

    def __init__(self, name: str) -> None:
        self.name = _check_name(name, "consumer")

    def __repr__(self) -> str:
        return f"Consumer({self.name!r})"

    def has_pact_with(
        self,
        provider: Provider | str,
        port: int | str | None = None,
        *,
        base_url: str | None = None,
        pact_dir: str | PathLike[str] = "pacts",
        specification: str = "4.0",
    ) -> Pact:
        """Return a pact between this consumer and a provider.

        The pact intercepts requests to `base_url`: an origin, with an optional path
        prefix. `port` is short for `http://localhost:PORT`; with neither, the pact
        intercepts requests to every origin. The contract is written to `pact_dir`, or
        to the directory that the environment variable PACT_OUTPUT_DIR names; it is
        created if needed. `specification` is "1.0.0", "1.1.0", "2.0.0", "3.0.0" or
        "4.0".

        Raises: InvalidExpectation for an invalid name, port, URL or version.
        """
        name = provider.name if isinstance(provider, Provider) else provider
        return Pact(
            self.name,
            _check_name(name, "provider"),
            port=port,
            base_url=base_url,
            pact_dir=pact_dir,
            specification=specification,
        )


def _check_name(name: str, role: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidExpectation(
            f"the name of a {role} must be a non-empty string, got {name!r}"
        )
    return name
