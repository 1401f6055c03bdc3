"""Serve mocked and stubbed providers over HTTP.

All use the registry that interception uses: a mock server with the protocol of the Ruby
mock service (`MockServer`, `MockServerClient`), a server for the interactions of one
block (`Pact.serve`), and stubs that respond from existing contracts (`stub`,
`StubServer`).
"""

from pypact.server.client import MockServerClient
from pypact.server.mock_server import MockServer
from pypact.server.stubs import StubServer, stub

__all__ = ["MockServer", "MockServerClient", "StubServer", "stub"]
