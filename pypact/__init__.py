"""Test consumer-driven contracts without a server.

Each public name is imported when it is first used (PEP 562).
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypact import bodies, ext, fault, generate, match, select
    from pypact.broker import Broker
    from pypact.consumer import Consumer, Pact, Provider
    from pypact.consumer.block import Calls
    from pypact.errors import (
        BlockMisuse,
        BrokerError,
        ExampleWarning,
        IgnoredOptionWarning,
        InvalidExpectation,
        InvalidPact,
        LossWarning,
        MergeConflict,
        MissingRequests,
        NetworkBlocked,
        NotDeployable,
        NotExpressible,
        PactError,
        PactWarning,
        ProviderProtocolError,
        ServerError,
        StateHandlerFailed,
        StoreError,
        ToleranceWarning,
        UnexpectedRequest,
        UnknownState,
        VerificationFailed,
    )
    from pypact.formats import read_pact, write_pact
    from pypact.masking import secret
    from pypact.matching import match_message, match_request, match_response
    from pypact.model.http import Request, Response
    from pypact.model.interactions import Contract
    from pypact.model.mismatches import Mismatch
    from pypact.registry import Exchange
    from pypact.server import MockServer, MockServerClient, StubServer, stub
    from pypact.sources import UrlSource
    from pypact.strategies import Examples
    from pypact.verifier import (
        ContractCoverage,
        VerificationResult,
        Verifier,
        contract_coverage,
    )
    from pypact.verifier.callbacks import OutgoingRequest
    from pypact.verifier.examples import ExpectedExample

    __version__: str

__all__ = [
    "BlockMisuse",
    "Broker",
    "BrokerError",
    "Calls",
    "Consumer",
    "Contract",
    "ContractCoverage",
    "ExampleWarning",
    "Examples",
    "Exchange",
    "ExpectedExample",
    "IgnoredOptionWarning",
    "InvalidExpectation",
    "InvalidPact",
    "LossWarning",
    "MergeConflict",
    "Mismatch",
    "MissingRequests",
    "MockServer",
    "MockServerClient",
    "NetworkBlocked",
    "NotDeployable",
    "NotExpressible",
    "OutgoingRequest",
    "Pact",
    "PactError",
    "PactWarning",
    "Provider",
    "ProviderProtocolError",
    "Request",
    "Response",
    "ServerError",
    "StateHandlerFailed",
    "StoreError",
    "StubServer",
    "ToleranceWarning",
    "UnexpectedRequest",
    "UnknownState",
    "UrlSource",
    "VerificationFailed",
    "VerificationResult",
    "Verifier",
    "__version__",
    "bodies",
    "contract_coverage",
    "ext",
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


# Type checkers must not see it: for them every name would exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _MODULES:
            return _import_module(f"pypact.{name}")
        if name not in __all__:
            _refuse_former(name)
            raise AttributeError(f"module 'pypact' has no attribute {name!r}")
        if name == "__version__":
            value: object = _import_module("pypact._version").find_version()
        else:
            module = _import_module(_HOMES.get(name, "pypact.errors"))
            value = getattr(module, name)
        globals()[name] = value
        return value


def _refuse_former(name: str) -> None:
    """Raise ImportError for a name that other libraries have.

    Of an AttributeError, `from pypact import …` would not show the text.
    """
    table = _import_module("pypact.former_names").MODULE
    if name in table:
        raise ImportError(
            f"cannot import name {name!r} from 'pypact'; {table[name]}", name=name
        )


def _import_module(name: str) -> ModuleType:
    lazy = importlib.import_module("pypact._lazy")
    module: ModuleType = lazy.import_module(name)
    return module


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_MODULES = ("bodies", "ext", "fault", "generate", "match", "select")

# The module of each public name; those not listed are in pypact.errors.
_HOMES = {
    name: module
    for module, names in (
        ("pypact.broker", "Broker"),
        ("pypact.consumer", "Consumer Pact Provider"),
        ("pypact.consumer.block", "Calls"),
        ("pypact.formats", "read_pact write_pact"),
        ("pypact.masking", "secret"),
        ("pypact.matching", "match_message match_request match_response"),
        ("pypact.model.http", "Request Response"),
        ("pypact.model.interactions", "Contract"),
        ("pypact.model.mismatches", "Mismatch"),
        ("pypact.registry", "Exchange"),
        ("pypact.server", "MockServer MockServerClient StubServer stub"),
        ("pypact.sources", "UrlSource"),
        ("pypact.strategies", "Examples"),
        (
            "pypact.verifier",
            "ContractCoverage VerificationResult Verifier contract_coverage",
        ),
        ("pypact.verifier.callbacks", "OutgoingRequest"),
        ("pypact.verifier.examples", "ExpectedExample"),
    )
    for name in names.split()
}
