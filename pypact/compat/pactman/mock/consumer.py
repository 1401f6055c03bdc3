"""Name the consumer of a pact, and make its pacts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pypact.compat.pact.provider import Provider, require_provider
from pypact.compat.pactman.mock.pact import Pact


class Consumer:
    """A consumer: the application that sends the requests.

    `service_cls` is the class of its pacts.
    """

    def __init__(self, name: str, service_cls: Callable[..., Any] = Pact) -> None:
        self.name = name
        self.service_cls = service_cls

    def has_pact_with(
        self,
        provider: Provider,
        host_name: str = "localhost",
        port: int | None = None,
        log_dir: str | None = None,
        ssl: bool = False,
        sslcert: str | None = None,
        sslkey: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        version: str = "2.0.0",
        file_write_mode: str = "overwrite",
        use_mocking_server: bool | None = None,
    ) -> Pact:
        """Return a pact with a provider, an object of `service_cls`.

        `host_name`, `port` (by default an unused number) and `ssl` make its `uri`. The
        contract is written to `pact_dir`, by default the working directory, as
        `version` of the specification. `file_write_mode` is "overwrite", "merge" or
        "never". With `use_mocking_server`, or the environment variable
        PACT_USE_MOCKING_SERVER=yes, the port is opened. `log_dir`, `sslcert` and
        `sslkey` have no effect.

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
            pact_dir=pact_dir,
            version=version,
            file_write_mode=file_write_mode,
            use_mocking_server=use_mocking_server,
        )
        return pact
