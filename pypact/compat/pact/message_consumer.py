"""Name the consumer of messages, and make its pacts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pypact.compat.pact.broker import ConsumerName
from pypact.compat.pact.message_pact import MessagePact
from pypact.compat.pact.provider import Provider, require_provider


class MessageConsumer(ConsumerName):
    """A consumer of messages; the arguments are those of `Consumer`."""

    def __init__(
        self,
        name: str,
        service_cls: Callable[..., Any] = MessagePact,
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(name, service_cls, *args, **more)

    def has_pact_with(
        self,
        provider: Provider,
        publish_to_broker: bool = False,
        broker_base_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        version: str = "3.0.0",
        file_write_mode: str = "merge",
    ) -> MessagePact:
        """Return a pact of messages with a provider, an object of `service_cls`.

        The contract is written to `pact_dir`, by default the working directory, as
        `version` of the specification.

        Raises: ValueError unless `provider` is a `Provider`.
        """
        require_provider(provider)
        pact: MessagePact = self.service_cls(
            consumer=self,
            provider=provider,
            publish_to_broker=publish_to_broker,
            broker_base_url=broker_base_url,
            broker_username=broker_username,
            broker_password=broker_password,
            broker_token=broker_token,
            pact_dir=pact_dir,
            version=version,
            file_write_mode=file_write_mode,
        )
        return pact
