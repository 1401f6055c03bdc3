"""How do consumers that are not in this process reach the registry?

A WSGI application over the registry that interception uses, as a mock server with the
protocol of the Ruby mock service (`MockServer`, `MockServerClient`), as one pact's
server (`Pact.serve`), and as a stub that answers from contracts (`stub`, `StubServer`).
"""

from pypact.server.client import MockServerClient
from pypact.server.mock_server import MockServer
from pypact.server.stubbing import StubServer, stub

__all__ = ["MockServer", "MockServerClient", "StubServer", "stub"]
