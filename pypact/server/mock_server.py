"""Start and stop a mock server."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from os import PathLike, fspath

from pypact.errors import InvalidExpectation, ServerError
from pypact.model.interactions import HttpInteraction, parse_version
from pypact.server.access import allow_administration
from pypact.server.app import MockApp
from pypact.server.expectations import make_expectation
from pypact.server.http import HttpServer, RunningServer
from pypact.server.parsing import DEFAULT_LIMITS, Limits
from pypact.server.session import WRITE_MODES, Session, WriteOptions


class MockServer(RunningServer):
    """A mock server that serves from its creation until `close`.

    It implements the protocol of the Ruby mock service; `MockServerClient` is its
    client. `port=0` takes a free port, shown by `url`. The server's threads end with
    the program; in a child process of `multiprocessing`, however, they keep the process
    alive until it is terminated.

    The contract is written to `pact_dir` when a client requests it, or else in `close`.
    `specification` defaults to the lowest version in which the registered interactions
    are written, but at least 2.0.0.

    Requests administer the server only if their Host is a loopback address, `localhost`
    or `host`, and if no page of another website sent them. `allow_hosts` are further
    host names, `allow_origins` the origins of pages, such as `http://localhost:9876`.
    A directory given by a client must be inside of `pact_dir`, by default the working
    directory, or of one of `allow_pact_dirs`.

    A request is refused if its body has more than `max_body` bytes, or if it is not
    complete within `timeout` seconds (a long body: one more for each 10,000 bytes). A
    connection may be idle for `timeout` seconds.

        >>> with pypact.MockServer(port=0) as server:
        ...     client = pypact.MockServerClient(server.url)
        ...     client.missing()
        0

    Raises: ServerError, when the port is already in use or an option is not valid.
    """

    def __init__(  # noqa: PLR0913 -- all but the first two are keyword-only
        self,
        host: str = "localhost",
        port: int = 8080,
        *,
        consumer: str | None = None,
        provider: str | None = None,
        pact_dir: str | PathLike[str] | None = None,
        write_mode: str = "overwrite",
        specification: str | None = None,
        interactions: Iterable[HttpInteraction] = (),
        cors: bool = False,
        log: str = "standard out/err",
        allow_hosts: Iterable[str] = (),
        allow_origins: Iterable[str] = (),
        allow_pact_dirs: Iterable[str | PathLike[str]] = (),
        max_body: int = DEFAULT_LIMITS.max_body,
        timeout: float = DEFAULT_LIMITS.timeout,
    ) -> None:
        if write_mode not in WRITE_MODES:
            known = ", ".join(WRITE_MODES)
            raise ServerError(f"write_mode must be one of {known}, got {write_mode!r}")
        if specification:
            try:
                parse_version(specification)
            except InvalidExpectation as error:
                raise ServerError(str(error)) from error
        directory = None if pact_dir is None else fspath(pact_dir)
        limits = Limits(max_body, timeout)
        access = allow_administration(host, allow_hosts, allow_origins)
        writing = WriteOptions(
            consumer,
            provider,
            directory,
            write_mode,
            specification,
            _list_directories(allow_pact_dirs),
        )
        self._session = Session("MockService", writing)
        for interaction in interactions:
            self._session.add(make_expectation(interaction))
        app = MockApp(self._session, access=access, cors=cors, log=log)
        is_child = _is_child()
        if is_child:
            _import_early()
        self._server = HttpServer(
            app, host, port, is_daemon=not is_child, limits=limits
        )
        app.url = self._server.url

    def close(self) -> None:
        """Stop serving, and write the contract if no client has had it written.

        Running requests have a few seconds to finish.

        Raises: StoreError.
        """
        self._server.close()
        self._session.write_at_end()

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        if error is None:
            self.close()
        else:
            self._server.close()

    def __repr__(self) -> str:
        return f"<MockServer {self.url}>"


def _list_directories(given: Iterable[str | PathLike[str]]) -> tuple[str, ...]:
    listed = [given] if isinstance(given, (str, PathLike)) else given
    return tuple(fspath(one) for one in listed)


def _import_early() -> None:
    """Import what can no longer be imported once the main thread has ended.

    Such modules register with `threading`, which then refuses that.
    """
    import concurrent.futures.thread  # noqa: F401, PLC0415 -- deep bodies are compared in a thread


def _is_child() -> bool:
    """Return whether this process was started by `multiprocessing`."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
