"""Test consumer-driven contracts without a server.

Each public name is imported when it is first used (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypact import bodies
    from pypact.broker import Broker
    from pypact.consumer import Consumer, Pact, Provider
    from pypact.errors import (
        BlockMisuse,
        BrokerError,
        InvalidExpectation,
        InvalidPact,
        MergeConflict,
        MissingRequests,
        NetworkBlocked,
        NotExpressible,
        PactError,
        ProviderProtocolError,
        ServerError,
        StateHandlerFailed,
        StoreError,
        UnexpectedRequest,
        UnknownContentType,
        UnknownGenerator,
        UnknownRule,
        UnknownState,
        VerificationFailed,
    )
    from pypact.formats import read_pact, write_pact
    from pypact.masking import secret
    from pypact.matching import match_message, match_request, match_response
    from pypact.model.http import Request, Response
    from pypact.model.interactions import Contract
    from pypact.model.mismatches import Mismatch
    from pypact.server import MockServer, MockServerClient, StubServer, stub
    from pypact.sources import UrlSource
    from pypact.verifier import Verifier, contract_coverage

__all__ = [
    "BlockMisuse",
    "Broker",
    "BrokerError",
    "Consumer",
    "Contract",
    "InvalidExpectation",
    "InvalidPact",
    "MergeConflict",
    "Mismatch",
    "MissingRequests",
    "MockServer",
    "MockServerClient",
    "NetworkBlocked",
    "NotExpressible",
    "Pact",
    "PactError",
    "Provider",
    "ProviderProtocolError",
    "Request",
    "Response",
    "ServerError",
    "StateHandlerFailed",
    "StoreError",
    "StubServer",
    "UnexpectedRequest",
    "UnknownContentType",
    "UnknownGenerator",
    "UnknownRule",
    "UnknownState",
    "UrlSource",
    "VerificationFailed",
    "Verifier",
    "bodies",
    "contract_coverage",
    "fault",
    "generate",
    "match",
    "match_message",
    "match_request",
    "match_response",
    "read_pact",
    "secret",
    "select",
    "stub",
    "write_pact",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"pypact.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'pypact' has no attribute {name!r}")
    module = importlib.import_module(_HOMES.get(name, "pypact.errors"))
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_MODULES = ("bodies", "fault", "generate", "match", "select")

# The module of each public name; names not listed are errors from pypact.errors.
_HOMES = {
    "Broker": "pypact.broker",
    "Consumer": "pypact.consumer",
    "Contract": "pypact.model.interactions",
    "Mismatch": "pypact.model.mismatches",
    "MockServer": "pypact.server",
    "MockServerClient": "pypact.server",
    "Pact": "pypact.consumer",
    "Provider": "pypact.consumer",
    "Request": "pypact.model.http",
    "Response": "pypact.model.http",
    "StubServer": "pypact.server",
    "UrlSource": "pypact.sources",
    "Verifier": "pypact.verifier",
    "contract_coverage": "pypact.verifier",
    "match_message": "pypact.matching",
    "match_request": "pypact.matching",
    "match_response": "pypact.matching",
    "read_pact": "pypact.formats",
    "secret": "pypact.masking",
    "stub": "pypact.server",
    "write_pact": "pypact.formats",
}
