"""How is the broker reached? What is not given is taken from the official variables.

Source: conventions 4.1.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pypact.errors import InvalidExpectation
from pypact.web import Credentials, Web, credentials_of

__all__ = ["Connection", "broker_url", "is_true", "variable"]


class Connection:
    """Where the broker is, and who calls it."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        timeout: float,
        retries: int | None,
        verify: bool | str | None,
    ) -> None:
        self.url, in_url = credentials_of(url)
        self._credentials = _chosen(credentials, in_url)
        self._timeout = timeout
        self._retries = _retries() if retries is None else retries
        self._verify = _verify() if verify is None else verify

    def web(self, home: str, *, shared: bool = False) -> Web:
        """Begin to call the host of `home`, `shared` with this run's processes."""
        return Web(
            home,
            self._credentials,
            timeout=self._timeout,
            retries=self._retries,
            verify=self._verify,
            shared=shared,
        )


def broker_url(given: str | None, pact_url: str | None) -> str:
    """Choose the broker's root: given, by variable, or where a single pact lies.

    Raises: InvalidExpectation.
    """
    url = given or variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL")
    if url is None and pact_url is not None:
        parts = urlsplit(pact_url)
        url = f"{parts.scheme}://{parts.netloc}"
    if url is None:
        raise InvalidExpectation(
            "where is the Pact Broker? give its URL, or set PACT_BROKER_BASE_URL"
        )
    return url if url.endswith("/") else f"{url}/"


def _chosen(given: Credentials, in_url: Credentials) -> Credentials:
    if given and in_url:
        raise InvalidExpectation(
            "credentials were given both in the broker's URL and beside it"
        )
    return given or in_url or _from_variables()


def _from_variables() -> Credentials:
    username = variable("PACT_BROKER_USERNAME")
    password = variable("PACT_BROKER_PASSWORD")
    if username is None and password is None:
        pair = variable("PACT_BROKER_AUTH")
        username, _, password = pair.partition(":") if pair else (None, "", None)
    return Credentials(username, password, variable("PACT_BROKER_TOKEN"))


def _retries() -> int:
    text = variable("PACT_BROKER_HTTP_RETRIES") or "8"
    if not text.isdigit():
        raise InvalidExpectation(f"PACT_BROKER_HTTP_RETRIES={text!r} is no number")
    return int(text)


def _verify() -> bool | str:
    if is_true("PACT_BROKER_DISABLE_SSL_VERIFICATION", "PACT_DISABLE_SSL_VERIFICATION"):
        return False
    return variable("SSL_CERT_FILE") or True


def is_true(*names: str) -> bool:
    return any(os.environ.get(name, "").lower() == "true" for name in names)


def variable(*names: str) -> str | None:
    return next(filter(None, map(os.environ.get, names)), None)
