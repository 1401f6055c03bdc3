"""Name the consumer of a pact, and make its pacts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pypact.compat.pact.broker import ConsumerName
from pypact.compat.pact.pact import Pact
from pypact.compat.pact.provider import Provider, require_provider


class Consumer(ConsumerName):
    """A consumer: the application that sends the requests.

    `service_cls` is the class of its pacts. The other arguments are used when a
    contract is published.
    """

    def __init__(
        self, name: str, service_cls: Callable[..., Any] = Pact, *args: Any, **more: Any
    ) -> None:
        super().__init__(name, service_cls, *args, **more)

    def has_pact_with(
        self,
        provider: Provider,
        host_name: str = "localhost",
        port: int = 1234,
        log_dir: str | None = None,
        ssl: bool = False,
        sslcert: str | None = None,
        sslkey: str | None = None,
        cors: bool = False,
        publish_to_broker: bool = False,
        broker_base_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        specification_version: str = "2.0.0",
        file_write_mode: str = "overwrite",
    ) -> Pact:
        """Return a pact with a provider, an object of `service_cls`.

        `host_name`, `port` and `ssl` make its `uri`. The contract is written to
        `pact_dir`, by default the working directory, as `specification_version`.
        `file_write_mode` is "overwrite" or "merge". `log_dir`, `sslcert` and `sslkey`
        have no effect.

        Raises: ValueError unless `provider` is a `Provider`.
        """
        require_provider(provider)
        pact: Pact = self.service_cls(
            consumer=self,
            provider=provider,
            host_name=host_name,
            port=port,
            log_dir=log_dir,
            ssl=ssl,
            sslcert=sslcert,
            sslkey=sslkey,
            cors=cors,
            publish_to_broker=publish_to_broker,
            broker_base_url=broker_base_url,
            broker_username=broker_username,
            broker_password=broker_password,
            broker_token=broker_token,
            pact_dir=pact_dir,
            specification_version=specification_version,
            file_write_mode=file_write_mode,
        )
        return pact
