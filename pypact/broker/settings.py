"""Read the settings of a broker from the official environment variables.

Source: docs/internals/conventions.md, "Environment variables".
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pypact.errors import InvalidExpectation
from pypact.web import Credentials


def resolve_broker_url(given: str | None, pact_url: str | None) -> str:
    """Return the base URL: the given one, a variable's, or the origin of `pact_url`."""
    url = given or read_variable("PACT_BROKER_BASE_URL", "PACT_BROKER_URL")
    if url is None and pact_url is not None:
        parts = urlsplit(pact_url)
        url = f"{parts.scheme}://{parts.netloc}"
    if url is None:
        raise InvalidExpectation(
            "the Pact Broker has no URL: pass one, or set PACT_BROKER_BASE_URL"
        )
    return url if url.endswith("/") else f"{url}/"


def choose_credentials(given: Credentials, in_url: Credentials) -> Credentials:
    """Return the given credentials, those of the URL, or those of the environment.

    Raises: InvalidExpectation, for credentials in both the arguments and the URL.
    """
    if given and in_url:
        raise InvalidExpectation(
            "credentials are given both in the broker's URL and as arguments"
        )
    return given or in_url or _read_credentials()


def _read_credentials() -> Credentials:
    username = read_variable("PACT_BROKER_USERNAME")
    password = read_variable("PACT_BROKER_PASSWORD")
    if username is None and password is None:
        pair = read_variable("PACT_BROKER_AUTH")
        username, _, password = pair.partition(":") if pair else (None, "", None)
    return Credentials(username, password, read_variable("PACT_BROKER_TOKEN"))


def read_retries() -> int:
    """Return how often to repeat a request, 8 times by default."""
    text = read_variable("PACT_BROKER_HTTP_RETRIES") or "8"
    if not text.isdigit():
        raise InvalidExpectation(
            f"PACT_BROKER_HTTP_RETRIES={text!r} is not a whole number"
        )
    return int(text)


def read_verify() -> bool | str:
    """Return whether to check TLS certificates, or the path of the trusted ones."""
    if is_variable_true(
        "PACT_BROKER_DISABLE_SSL_VERIFICATION",
        "PACT_DISABLE_SSL_VERIFICATION",
        "SSL_SKIP_VERIFICATION",
    ):
        return False
    return read_variable("SSL_CERT_FILE") or True


def is_variable_true(*names: str) -> bool:
    """Return whether one of the environment variables is `true`, in any case."""
    return any(os.environ.get(name, "").lower() == "true" for name in names)


def read_variable(*names: str) -> str | None:
    """Return the first of the environment variables that is set and not empty."""
    return next(filter(None, map(os.environ.get, names)), None)
