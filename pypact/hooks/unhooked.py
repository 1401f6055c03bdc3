"""List the HTTP clients whose requests are not intercepted.

Blocks name those that are imported when a request was not sent, and refuse packages
that take the place of a hooked client.
"""

from __future__ import annotations

import sys
from types import ModuleType

from pypact.errors import BlockMisuse

_CLIENTS = {
    "aiosonic": "aiosonic",
    "asks": "asks",
    "curl_cffi": "curl_cffi",
    "geventhttpclient": "geventhttpclient",
    "grpc": "grpcio",
    "picows": "picows",
    "playwright": "playwright",
    "primp": "primp",
    "pycurl": "pycurl",
    "pyreqwest": "pyreqwest",
    "PyQt6.QtNetwork": "PyQt6",
    "PySide6.QtNetwork": "PySide6",
    "rnet": "rnet",
    "selenium": "selenium",
    "tls_client": "tls-client",
    "tornado.httpclient": "tornado",
    "tornado.simple_httpclient": "tornado",
    "treq": "treq",
    "twisted.web.client": "twisted",
    "websocket": "websocket-client",
    "websockets": "websockets",
}
"""Modules → the packages that they belong to."""


def list_imported_clients() -> list[str]:
    """Return the names of clients without a hook that are imported."""
    found = (name for module, name in _CLIENTS.items() if module in sys.modules)
    return list(dict.fromkeys(found))


def check_urllib3(library: ModuleType) -> None:
    """Refuse versions of urllib3 that cannot be intercepted.

    urllib3.future, which niquests requires, takes the place of urllib3, or is imported
    as `urllib3_future`. The last number of its versions is 900 or more.

    Raises: BlockMisuse.
    """
    version = str(getattr(library, "__version__", ""))
    numbers = [int(part) for part in version.split(".") if part.isdecimal()]
    if library.__name__ == "urllib3_future" or (len(numbers) > 2 and numbers[2] >= 900):
        raise BlockMisuse(
            f"urllib3.future {version} is imported as {library.__name__!r}: pypact "
            "does not intercept it, nor niquests, which requires it. Test this "
            "consumer with pact.serve(), or uninstall urllib3-future, reinstall "
            "urllib3, and use requests or httpx"
        )
    if numbers and numbers[0] < 2:
        raise BlockMisuse(
            f"urllib3 {version} is imported: pypact intercepts urllib3 2.0 and later"
        )
