"""Tools of other Pact projects: where they are, and servers for them to call.

`PYPACT_PACT_CLI` names the `pact` binary of pact-python-cli, `PYPACT_PACT_PYTHON` a
Python that has pact-python 4. Both need environments of their own: they own the
module `pact`.
"""

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest


def pact_cli() -> str:
    """The official command; a test that asks for an absent one is skipped."""
    found = os.environ.get("PYPACT_PACT_CLI") or shutil.which("pact")
    if not found:
        pytest.skip("no `pact` of pact-python-cli: PYPACT_PACT_CLI names none")
    return found


def pact_python() -> str:
    """A Python that has pact-python 4; a test that asks for none is skipped."""
    found = os.environ.get("PYPACT_PACT_PYTHON")
    if not found:
        pytest.skip("no Python with pact-python: PYPACT_PACT_PYTHON names none")
    return found


def run_foreign(*arguments: object, timeout: float = 120, **options):
    """Run a command of others; what it prints is captured, telemetry is off."""
    environment = {**os.environ, "PACT_DO_NOT_TRACK": "true"}
    return subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env=environment,
        **options,
    )


@contextlib.contextmanager
def served(app) -> Iterator[int]:
    """Serve a WSGI app on a free port of the loopback; gives the port."""
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: a test's output is its own."""
