"""Find and run tools of other Pact projects, and serve applications to them.

`PYPACT_PACT_CLI` is the path of the `pact` binary of pact-python-cli,
`PYPACT_PACT_PYTHON` that of a Python with pact-python 4. Each needs an environment of
its own, since both install a module `pact`.
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
    """Return the path of the official command; skip the test if it is missing."""
    found = os.environ.get("PYPACT_PACT_CLI") or shutil.which("pact")
    if not found:
        pytest.skip("`pact` of pact-python-cli not found: set PYPACT_PACT_CLI")
    return found


def pact_python() -> str:
    """Return the path of a Python with pact-python; skip the test if it is missing."""
    found = os.environ.get("PYPACT_PACT_PYTHON")
    if not found:
        pytest.skip("Python with pact-python not found: set PYPACT_PACT_PYTHON")
    return found


def run_foreign(*arguments: object, timeout: float = 120, **options):
    """Run a foreign command with captured output and without telemetry."""
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
    """Serve a WSGI app on a free port of the loopback interface; yield the port."""
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
        """Suppress the request log."""
