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
    """The URL of a broker, with credentials and the settings of its HTTP client."""

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
        self._credentials = _choose_credentials(credentials, in_url)
        self._timeout = timeout
        self._retries = _retries() if retries is None else retries
        self._verify = _verify() if verify is None else verify

    def web(self, home: str, *, shared: bool = False) -> Web:
        """Return an HTTP client for the host of `home`.

        With `shared` the processes of a test run share what it reads.
        """
        return Web(
            home,
            self._credentials,
            timeout=self._timeout,
            retries=self._retries,
            verify=self._verify,
            shared=shared,
        )


def broker_url(given: str | None, pact_url: str | None) -> str:
    """Return the base URL of the broker.

    It is the given one, that of the environment variable, or the origin of `pact_url`.

    Raises: InvalidExpectation, when there is none.
    """
    url = given or variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL")
    if url is None and pact_url is not None:
        parts = urlsplit(pact_url)
        url = f"{parts.scheme}://{parts.netloc}"
    if url is None:
        raise InvalidExpectation(
            "the Pact Broker has no URL: pass one, or set PACT_BROKER_BASE_URL"
        )
    return url if url.endswith("/") else f"{url}/"


def _choose_credentials(given: Credentials, in_url: Credentials) -> Credentials:
    if given and in_url:
        raise InvalidExpectation(
            "credentials are given both in the broker's URL and as arguments"
        )
    return given or in_url or _credentials_from_environment()


def _credentials_from_environment() -> Credentials:
    username = variable("PACT_BROKER_USERNAME")
    password = variable("PACT_BROKER_PASSWORD")
    if username is None and password is None:
        pair = variable("PACT_BROKER_AUTH")
        username, _, password = pair.partition(":") if pair else (None, "", None)
    return Credentials(username, password, variable("PACT_BROKER_TOKEN"))


def _retries() -> int:
    text = variable("PACT_BROKER_HTTP_RETRIES") or "8"
    if not text.isdigit():
        raise InvalidExpectation(
            f"PACT_BROKER_HTTP_RETRIES={text!r} is not a whole number"
        )
    return int(text)


def _verify() -> bool | str:
    if is_true("PACT_BROKER_DISABLE_SSL_VERIFICATION", "PACT_DISABLE_SSL_VERIFICATION"):
        return False
    return variable("SSL_CERT_FILE") or True


def is_true(*names: str) -> bool:
    """Return whether one of the environment variables is `true`, in any case."""
    return any(os.environ.get(name, "").lower() == "true" for name in names)


def variable(*names: str) -> str | None:
    """Return the first of the environment variables that is set and not empty."""
    return next(filter(None, map(os.environ.get, names)), None)
