"""Who asks, and who is asked?"""

from __future__ import annotations

from os import PathLike

from pypact.consumer.pact import Pact
from pypact.errors import InvalidExpectation

__all__ = ["Consumer", "Provider"]


class Provider:
    """The one who is asked, by the name that stands in the contract."""

    def __init__(self, name: str) -> None:
        self.name = _checked(name, "provider")

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"


class Consumer:
    """The one who asks, by the name that stands in the contract."""

    def __init__(self, name: str) -> None:
        self.name = _checked(name, "consumer")

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
        """Make the pact with a provider.

        `base_url` is the origin, with a path prefix if there is one, that the pact
        answers for; `port` means `http://localhost:PORT`; with neither it answers for
        every origin. `pact_dir` is made when the contract is written; the environment
        variable PACT_OUTPUT_DIR overrides it. `specification` is "1.0.0", "1.1.0",
        "2.0.0", "3.0.0" or "4.0".

        Raises: InvalidExpectation for names, ports, URLs and versions that are none.
        """
        name = provider.name if isinstance(provider, Provider) else provider
        return Pact(
            self.name,
            _checked(name, "provider"),
            port=port,
            base_url=base_url,
            pact_dir=pact_dir,
            specification=specification,
        )


def _checked(name: str, role: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidExpectation(f"the name of a {role} is a text, not {name!r}")
    return name
