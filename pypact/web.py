"""How does pypact itself call a server?

For contracts behind a URL and for the Pact Broker. Such calls are never intercepted,
wait a limited time, are tried again where that can help, and show no credentials: not
in errors, not in a `repr`, not in the address they name.

Source: conventions 4.1; `Authorization` is sent at once, without a challenge, as all
official clients do, but only to the host that it was given for.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pypact import spool
from pypact.errors import InvalidExpectation, PactError
from pypact.masking import HIDDEN, is_secret, mask_text
from pypact.model.json_text import Json
from pypact.passing import passing

if TYPE_CHECKING:
    import requests

__all__ = [
    "Credentials",
    "NoAnswer",
    "Reply",
    "Web",
    "credentials_of",
    "without_secrets",
]


class NoAnswer(PactError):
    """A server gave no answer at all; the caller says what was asked of it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password, or a token; neither is nobody's."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token and (self.username or self.password):
            raise InvalidExpectation(
                "a token and a user with a password were given; one of the two it is"
            )

    def __bool__(self) -> bool:
        return bool(self.username or self.password or self.token)

    @property
    def header(self) -> str | None:
        """The value of `Authorization`."""
        if self.token:
            return f"Bearer {self.token}"
        if not self:
            return None
        import base64  # noqa: PLC0415 -- only who logs in needs it

        pair = f"{self.username or ''}:{self.password or ''}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        header = (self.header or "").partition(" ")[2]
        return tuple(text for text in (self.password, self.token, header) if text)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; `url` is shown without secrets."""

    status: int
    content_type: str
    content: bytes = field(repr=False)
    url: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


class Web:
    """Calls servers with the credentials of one of them.

    `home` is the URL whose host may see the credentials; `verify` is whether
    certificates are checked, or the file of those to trust; `timeout` is in seconds,
    for connecting and for each wait for data. What is `shared` is asked once by all the
    processes of a run that collect tests together.
    """

    def __init__(
        self,
        home: str,
        credentials: Credentials | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        verify: bool | str = True,
        shared: bool = False,
    ) -> None:
        self._home = urlsplit(home)
        self._credentials = credentials or Credentials()
        self._timeout = timeout
        self._retries = retries
        self._verify = verify
        self._shared = shared

    def call(
        self, method: str, url: str, *, accept: str = "*/*", data: Json = None
    ) -> Reply:
        """Send a request, as often as needed; `data` becomes a body of JSON.

        Answers of 408, 429 and 5xx are tried again `retries` times with growing pauses,
        a failed connection twice.

        Raises: NoAnswer.
        """
        refuse_bad_url(url)
        if not self._shared:
            return self._answered(method, url, accept, data)
        who = self._credentials.header, self._home.geturl(), self._verify
        return spool.once(
            (method, url, accept, data, *who),
            lambda: self._answered(method, url, accept, data),
        )

    def _answered(self, method: str, url: str, accept: str, data: Json) -> Reply:
        import requests  # noqa: PLC0415 -- 70 ms, only who calls a server

        headers = {"Accept": accept, "User-Agent": "pypact"}
        body = None
        if data is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(data).encode()
        with passing(), open_session() as session:
            session.verify = self._verify
            for attempt in range(self._retries + 1):
                is_last = attempt == self._retries
                try:
                    answer = session.request(
                        method,
                        url,
                        headers=headers,
                        data=body,
                        timeout=self._timeout,
                        auth=self._authorise,
                    )
                except requests.ConnectionError as error:
                    if is_last or attempt >= _CONNECTIONS:
                        raise self._no_answer(url, error) from None
                    time.sleep(_pause(attempt, None))
                except (requests.RequestException, ValueError) as error:
                    raise self._no_answer(url, error) from None
                else:
                    if is_last or not _is_passing_trouble(answer.status_code):
                        return self._reply(answer)
                    time.sleep(_pause(attempt, answer.headers.get("Retry-After")))
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def is_home(self, url: str) -> bool:
        """Tell whether `url` is of the host that may see the credentials.

        It is not, where that would send them over a line less safe than its own.
        """
        parts = urlsplit(url)
        is_safe = parts.scheme in (self._home.scheme, "https")
        return is_safe and parts.hostname == self._home.hostname

    def masked(self, text: str) -> str:
        """Hide the credentials in a text."""
        return mask_text(text, self._credentials.secrets)

    def _authorise(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, and not among the headers, so that no ~/.netrc takes its place.
        header = self._credentials.header
        if header is not None and self.is_home(request.url or ""):
            request.headers["Authorization"] = header
        return request

    def _reply(self, answer: requests.Response) -> Reply:
        content_type = answer.headers.get("Content-Type", "")
        shown = self.masked(without_secrets(answer.url))
        return Reply(answer.status_code, content_type, answer.content, shown)

    def _no_answer(self, url: str, error: Exception) -> NoAnswer:
        shown = without_secrets(url)
        return NoAnswer(self.masked(f"{shown} gave no answer: {_reason(error)}"))


def open_session() -> requests.Session:
    """Begin calls to one server."""
    import requests  # noqa: PLC0415 -- as above

    return requests.Session()


def credentials_of(url: str) -> tuple[str, Credentials]:
    """Part a URL from the user and password in it.

    Raises: InvalidExpectation for what is no URL of HTTP.
    """
    refuse_bad_url(url)
    parts = urlsplit(url)
    credentials = Credentials(
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )
    return urlunsplit(parts._replace(netloc=_host(parts))), credentials


def refuse_bad_url(url: str) -> None:
    """Raise InvalidExpectation for what is no URL of HTTP."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_good = is_good and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good:
        shown = without_secrets(url)
        raise InvalidExpectation(f"{shown!r} is no URL that begins with http(s)://")


def without_secrets(url: str) -> str:
    """Show a URL: no user, no password, no value of a query that could be a key."""
    try:
        parts = urlsplit(url)
        query = "&".join(map(_shown, parts.query.split("&")))
        return urlunsplit(parts._replace(netloc=_host(parts), query=query))
    except ValueError:
        return HIDDEN if "@" in url else url


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _shown(pair: str) -> str:
    name, sign, value = pair.partition("=")
    lower = unquote(name).lower()
    is_key = is_secret(lower) or any(marker in lower for marker in _KEYS)
    return f"{name}{sign}{HIDDEN}" if value and is_key else pair


def _is_passing_trouble(status: int) -> bool:
    return status in (408, 429) or status >= 500


def _pause(attempt: int, asked: str | None) -> float:
    if asked is not None and asked.isdigit():
        return min(float(asked), _LONGEST)
    return min(_FIRST * 2.0**attempt, _LONGEST)


def _reason(error: Any) -> str:
    """Say what failed, without the URL that the libraries' texts repeat."""
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


_CONNECTIONS = 2  # what refuses a connection mostly goes on to
_FIRST = 0.1
_LONGEST = 5.0
_KEYS = ("auth", "credential", "key", "sig")
