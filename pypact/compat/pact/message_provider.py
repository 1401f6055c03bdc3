"""Verify the messages of a provider."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypact.compat.options import warn_of_ignored
from pypact.compat.pact.broker import make_file_name
from pypact.compat.verification import RubySource
from pypact.model.interactions import AsyncMessage
from pypact.sources import resolve_source
from pypact.verifier import Verifier

if TYPE_CHECKING:
    from typing_extensions import Self


class MessageProvider:
    """A provider of messages, verified in a `with` block.

    `message_providers` maps each provider state to a function that returns the contents
    of the message. The functions are called when the block begins. No port is opened:
    `proxy_host` and `proxy_port` have no effect.
    """

    def __init__(
        self,
        message_providers: Mapping[str, Callable[[], Any]],
        provider: str,
        consumer: str,
        pact_dir: str | os.PathLike[str] | None = None,
        version: str = "3.0.0",
        proxy_host: str = "localhost",
        proxy_port: str | int = "1234",
    ) -> None:
        warn_of_ignored(
            proxy_host=None if proxy_host == "localhost" else proxy_host,
            proxy_port=None if str(proxy_port) == "1234" else proxy_port,
        )
        self.message_providers = message_providers
        self.provider = provider
        self.consumer = consumer
        self.version = version
        self.pact_dir = Path(pact_dir or ".")
        self.proxy_host = proxy_host
        self.proxy_port = proxy_port
        self._contents: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Call the functions for the contents of the messages."""
        self._contents = {name: f() for name, f in self.message_providers.items()}
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        """Forget the contents."""
        self._contents = {}

    def verify(self) -> None:
        """Verify the contract in `pact_dir`.

        Raises: VerificationFailed, which is an AssertionError; StoreError if there is
        no contract.
        """
        file = self.pact_dir / make_file_name(self.consumer, self.provider)
        self._verify(Verifier(self.provider, pacts=RubySource(resolve_source(file))))

    def verify_with_broker(
        self,
        enable_pending: bool = False,
        include_wip_pacts_since: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Verify the contracts that a broker selects; options as for `Verifier`.

        Raises: VerificationFailed, which is an AssertionError; BrokerError.
        """
        from pypact.compat.pact.verifier import Options  # noqa: PLC0415 -- few suites use a broker

        broker = Options(**kwargs).make_selecting_broker(
            enable_pending, include_wip_pacts_since
        )
        self._verify(Verifier(self.provider, pacts=RubySource(resolve_source(broker))))

    def _verify(self, verifier: Verifier) -> None:
        __tracebackhide__ = True
        verifier.message()(self._make_message)
        verifier.verify()

    def _make_message(self, interaction: AsyncMessage) -> Any:
        for state in interaction.states:
            if state.name in self._contents:
                # The old library did not compare metadata.
                return self._contents[state.name], dict(interaction.message.metadata)
        known = ", ".join(map(repr, self._contents)) or "none (outside of the block)"
        raise LookupError(
            f"no function for any of the provider states of the message; there are "
            f"functions for {known}"
        )
