"""What is a block of a pact whose consumer comes over the network?"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from pypact.consumer.block import Block
from pypact.consumer.calls import Calls
from pypact.errors import BlockMisuse
from pypact.hooks import stack
from pypact.server.http import HttpServer
from pypact.server.serving import serve

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact

__all__ = ["Serving"]


class Serving:
    """A server for a block of a pact, as returned by `Pact.serve`; entered once."""

    def __init__(self, pact: Pact, *, host: str, port: int, cors: bool) -> None:
        self._block = Block(pact, enter=self._start)
        self._host = host
        self._port = port
        self._has_cors = cors
        self._server: HttpServer | None = None
        self._calls: Calls | None = None

    @property
    def url(self) -> str:
        """The URL of the server, for clients on this machine."""
        return self._started_server().url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._started_server().port

    @property
    def calls(self) -> Calls:
        """The calls of the block, in their order."""
        if self._calls is None:
            raise BlockMisuse("this block was never entered")
        return self._calls

    def __enter__(self) -> Serving:  # noqa: PYI034 -- 3.10 has no typing.Self
        """Start the server.

        Raises: ServerError when the port is taken.
        """
        self._calls = self._block.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server; stage the interactions, or raise what went wrong."""
        __tracebackhide__ = True
        self._block.__exit__(kind, error, traceback)

    def _start(self, claim: stack.Claim) -> stack.Leave:
        self._server = serve(
            claim, host=self._host, port=self._port, cors=self._has_cors
        )
        self._block.found_at(self._server.url)
        return self._server.close

    def _started_server(self) -> HttpServer:
        if self._server is None:
            raise BlockMisuse("this block was never entered")
        return self._server
