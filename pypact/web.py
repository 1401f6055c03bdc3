"""Send pypact's own HTTP requests to servers.

They read contracts from URLs and talk to the Pact Broker. They are never intercepted,
have a timeout, are retried where that can help, and never reveal credentials: not in
errors, in a `repr` or in a displayed URL.

Source: docs/internals/conventions.md, "Environment variables"; `Authorization` is sent
without waiting for a challenge, as all official clients do, but only to the host that
the credentials belong to.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pypact import _process
from pypact._dataclasses import dataclass, field
from pypact._process import bypass_interception
from pypact.errors import InvalidExpectation, PactError
from pypact.masking import HIDDEN, is_secret_name, mask_query, mask_text
from pypact.model.json import Json

if TYPE_CHECKING:
    import requests


class NoResponse(PactError):
    """A request that got no response."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name with a password, or a token; all None means no credentials."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token and (self.username or self.password):
            raise InvalidExpectation(
                "both a token and a user name or password were given; "
                "give only one of the two"
            )

    def __bool__(self) -> bool:
        return bool(self.username or self.password or self.token)

    @property
    def header(self) -> str | None:
        """The value of the Authorization header, or None without credentials."""
        if self.token:
            return f"Bearer {self.token}"
        if not self:
            return None
        import base64  # noqa: PLC0415 -- needed only for logging in

        pair = f"{self.username or ''}:{self.password or ''}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The strings that must not appear in any output."""
        header = (self.header or "").partition(" ")[2]
        return tuple(text for text in (self.password, self.token, header) if text)


@dataclass(frozen=True, slots=True)
class WebResponse:
    """The response of a server; `url` has its secrets masked.

    `attempts` is how often the request was sent.
    """

    status: int
    content_type: str
    content: bytes = field(repr=False)
    url: str
    attempts: int = 1

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


class WebClient:
    """An HTTP client that sends its credentials to one host only.

    `home` is the URL whose host receives the credentials, and the additional `headers`,
    which are secrets as well. `verify` sets whether TLS
    certificates are checked, or names a file of trusted certificates. `timeout` is in
    seconds, for connecting and for each wait for data; a whole response may take four
    times as long, and have 128 MB. With `shared`, all processes of
    a run that collect tests together send each request only once.
    """

    def __init__(
        self,
        home: str,
        credentials: Credentials | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        verify: bool | str = True,
        headers: Mapping[str, str] | None = None,
        shared: bool = False,
    ) -> None:
        self._headers = dict(headers or {})
        self._home = urlsplit(home)
        self._credentials = credentials or Credentials()
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._shared = shared

    def send(
        self,
        method: str,
        url: str,
        *,
        accept: str = "*/*",
        data: Json = None,
        content_type: str = "application/json",
    ) -> WebResponse:
        """Send a request, with retries; `data` becomes a JSON body.

        After a status of 408, 429 or 5xx the request is sent again, up to `retries`
        times, after growing pauses or the pause that the server gives in Retry-After,
        unless that is over a minute; after a failed connection, up to twice.

        Raises: NoResponse, also for a redirect that would turn the request into a GET.
        """
        check_url(url)
        send = functools.partial(self._send, method, url, accept, data, content_type)
        if not self._shared:
            return send()
        identity = self._credentials.header, self._home.geturl(), self._verify
        others = tuple(self._headers.items())
        return _process.run_once((method, url, accept, data, *identity, others), send)

    def _send(
        self, method: str, url: str, accept: str, data: Json, content_type: str
    ) -> WebResponse:
        import requests  # noqa: PLC0415 -- takes 70 ms, needed only to call a server

        headers = {"Accept": accept, "User-Agent": "pypact"}
        body = None
        if data is not None:
            headers["Content-Type"] = content_type
            body = json.dumps(data).encode()
        with bypass_interception(), open_session() as session:
            self._strip_headers_on_redirects(session)
            for attempt in range(self._retries + 1):
                is_last = attempt == self._retries
                try:
                    response = session.request(
                        method,
                        url,
                        headers=headers,
                        data=body,
                        timeout=self._timeout,
                        auth=self._authorise,
                        # REQUESTS_CA_BUNDLE would override `session.verify`.
                        verify=self._verify,
                    )
                except requests.ConnectionError as error:
                    if is_last or attempt >= _CONNECTION_RETRIES:
                        raise self._no_response(url, error) from None
                    time.sleep(_get_pause(attempt, None))
                except (requests.RequestException, ValueError) as error:
                    raise self._no_response(url, error) from None
                except OSError as error:  # the file of certificates does not exist
                    raise NoResponse(
                        f"no request to {mask_url(url)}: {error}"
                    ) from None
                else:
                    is_failure = _is_temporary_failure(response.status_code)
                    pause = _get_pause(attempt, response.headers.get("Retry-After"))
                    if is_last or not is_failure or pause > _LONGEST_RETRY_AFTER:
                        self._refuse_changed_method(method, url, response)
                        return self._mask_response(response, attempt + 1)
                    time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def may_receive_credentials(self, url: str) -> bool:
        """Return whether `url` has the host of `home`, and its scheme or https."""
        parts = urlsplit(url)
        is_safe = parts.scheme in (self._home.scheme, "https")
        return is_safe and parts.hostname == self._home.hostname

    def mask(self, text: str) -> str:
        """Hide the credentials in a string."""
        secrets = (*self._credentials.secrets, *filter(None, self._headers.values()))
        return mask_text(text, secrets)

    def _authorise(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Set through `auth`: a ~/.netrc would override a plain header.
        from pypact.transport import restore_brackets  # noqa: PLC0415 -- imports requests

        request.url = restore_brackets(request.url or "")
        header = self._credentials.header
        if self.may_receive_credentials(request.url):
            request.headers.update(self._headers)
            if header is not None:
                request.headers["Authorization"] = header
        return request

    def _strip_headers_on_redirects(self, session: requests.Session) -> None:
        # `requests` removes Authorization on the way to another host, but nothing else.
        rebuild: Any = session.rebuild_auth

        def rebuild_auth(
            request: requests.PreparedRequest, response: requests.Response
        ) -> None:
            rebuild(request, response)
            if not self.may_receive_credentials(request.url or ""):
                for name in self._headers:
                    request.headers.pop(name, None)

        if self._headers:
            session.rebuild_auth = rebuild_auth  # type: ignore[method-assign]

    def _refuse_changed_method(
        self, method: str, url: str, response: requests.Response
    ) -> None:
        if response.history and response.request.method != method:
            shown = self.mask(f"{mask_url(url)} to {mask_url(response.url)}")
            raise NoResponse(
                f"the server redirects {shown}, where a {method} request would become "
                f"a {response.request.method}; use the second URL"
            )

    def _mask_response(self, response: requests.Response, attempts: int) -> WebResponse:
        content_type = response.headers.get("Content-Type", "")
        shown = self.mask(mask_url(response.url))
        status = response.status_code
        _LOGGER.info("%s %s -> %s", response.request.method, shown, status)
        return WebResponse(status, content_type, response.content, shown, attempts)

    def _no_response(self, url: str, error: Exception) -> NoResponse:
        shown = mask_url(url)
        return NoResponse(
            self.mask(f"no response from {shown}: {_describe_failure(error)}")
        )


def open_session() -> requests.Session:
    """Open a session for requests to one server."""
    from pypact import transport  # noqa: PLC0415 -- imports requests

    return transport.open_session()


def split_credentials(url: str) -> tuple[str, Credentials]:
    """Split a URL into the URL without user name and password, and these two."""
    check_url(url)
    parts = urlsplit(url)
    credentials = Credentials(
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )
    return urlunsplit(parts._replace(netloc=_get_host_and_port(parts))), credentials


def check_url(url: str) -> None:
    """Raise InvalidExpectation if `url` is not a valid HTTP URL."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_good = is_good and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good:
        shown = mask_url(url)
        raise InvalidExpectation(
            f"{shown!r} is not a valid URL starting with http:// or https://"
        )


def mask_url(url: str) -> str:
    """Remove user and password from a URL, and mask query values that may be keys."""
    try:
        parts = urlsplit(url)
        query = mask_query(parts.query, _find_keys)
        return urlunsplit(parts._replace(netloc=_get_host_and_port(parts), query=query))
    except ValueError:
        return HIDDEN if "@" in url else url


def _get_host_and_port(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _find_keys(names: Iterable[str]) -> frozenset[str]:
    """Return the names that may carry keys: more than in a consumer's requests."""
    return frozenset(
        name
        for name in names
        if is_secret_name(name) or any(one in name.lower() for one in _KEY_MARKERS)
    )


def _is_temporary_failure(status: int) -> bool:
    return status in (408, 429) or status >= 500


def _get_pause(attempt: int, retry_after: str | None) -> float:
    """Return the seconds to wait; `retry_after` has seconds or a date."""
    if retry_after is not None:
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after)
        try:
            return max(parsedate_to_datetime(retry_after).timestamp() - time.time(), 0)
        except (ValueError, OverflowError):
            pass  # not a valid value: ignored, RFC 9110, section 10.2.3
    return min(_FIRST_PAUSE * 2.0**attempt, _LONGEST_PAUSE)


def _describe_failure(error: Any) -> str:
    """Describe what failed, without the URL that the libraries' messages repeat."""
    for _ in range(8):
        first = next(iter(error.args), None)
        inner = [getattr(error, "reason", None), first, error.__cause__]
        found = next((one for one in inner if isinstance(one, BaseException)), None)
        if found is None:
            break
        error = found
    text = getattr(error, "strerror", None) or str(error).rpartition(": ")[2]
    name = type(error).__name__
    return f"{name} ({text})" if text and "/" not in text else name


_LOGGER = logging.getLogger(__name__)
_CONNECTION_RETRIES = 2  # a server that refuses connections mostly keeps doing so
_FIRST_PAUSE = 0.1  # seconds
_LONGEST_PAUSE = 5.0  # seconds
_LONGEST_RETRY_AFTER = 60.0  # seconds
_KEY_MARKERS = ("auth", "credential", "key", "sig")
