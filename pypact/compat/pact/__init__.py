"""The interface of pact-python 2, without a process and without a port.

Change the import, and suites for pact-python 2 run with pypact:

>>> from pypact.compat.pact import Consumer, Like, Provider
>>> pact = Consumer("Web").has_pact_with(Provider("Users"), pact_dir="pacts")
>>> pact.uri
'http://localhost:1234'

Requests of this process to `pact.uri` are intercepted; see `Pact` for when its port is
opened. The contract has the name, the specification version and the matching rules that
the old library would have written. Options without a meaning issue an
`IgnoredOptionWarning`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypact.compat.pact.broker import Broker
    from pypact.compat.pact.consumer import Consumer
    from pypact.compat.pact.matchers import (
        EachLike,
        Format,
        Like,
        SomethingLike,
        Term,
    )
    from pypact.compat.pact.message_consumer import MessageConsumer
    from pypact.compat.pact.message_pact import MessagePact
    from pypact.compat.pact.message_provider import MessageProvider
    from pypact.compat.pact.pact import Pact
    from pypact.compat.pact.provider import Provider
    from pypact.compat.pact.verifier import Verifier

__all__ = [
    "Broker",
    "Consumer",
    "EachLike",
    "Format",
    "Like",
    "MessageConsumer",
    "MessagePact",
    "MessageProvider",
    "Pact",
    "Provider",
    "SomethingLike",
    "Term",
    "Verifier",
]

# Type checkers must not see it: for them every name would exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(
                f"module 'pypact.compat.pact' has no attribute {name!r}"
            )
        module = importlib.import_module(_HOMES[name])
        return getattr(module, name)


_MATCHERS = ("EachLike", "Format", "Like", "SomethingLike", "Term")
_HOMES = {
    "Broker": "pypact.compat.pact.broker",
    "Consumer": "pypact.compat.pact.consumer",
    "MessageConsumer": "pypact.compat.pact.message_consumer",
    "MessagePact": "pypact.compat.pact.message_pact",
    "MessageProvider": "pypact.compat.pact.message_provider",
    "Pact": "pypact.compat.pact.pact",
    "Provider": "pypact.compat.pact.provider",
    "Verifier": "pypact.compat.pact.verifier",
    **dict.fromkeys(_MATCHERS, "pypact.compat.pact.matchers"),
}
