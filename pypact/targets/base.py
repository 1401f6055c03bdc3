"""Define what a target is, and what all targets share.

Path and query are sent as in the contract; only characters that a request line cannot
contain are percent-encoded.

Source: RFC 9110, "Content-Length", "204 No Content", "304 Not Modified", "HEAD".
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote

from pypact._lazy import compile_later
from pypact.errors import ProviderProtocolError
from pypact.model.body import Body, BodyState
from pypact.model.codings import (
    CodingError,
    describe_missing_coding,
    split_codings,
    undo_content_codings,
)
from pypact.model.http import NO_HEADERS, Headers, Request, Response, forbids_body
from pypact.targets.lifespan import PrivateLoop


class ProviderResponse(NamedTuple):
    """A provider's response to one request, complete or not.

    `status` is None if there is no complete response; `exception` is then the reason.
    An exception together with a status was either turned into an error response by the
    provider, or raised after its response was complete. `headers` are (name, value)
    lines in the order received. `errors` is the string that the provider wrote to its
    error stream; `warnings` name violations of HTTP that a server would tolerate.

    A named tuple, because one is created for every request, and creating a frozen
    dataclass takes three times as long.
    """

    status: int | None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    errors: str = ""
    warnings: tuple[str, ...] = ()
    exception: BaseException | None = None

    def to_response(self) -> Response:
        """Convert to a model response; ValueError if it is not complete."""
        if self.status is None:
            raise ValueError("there is no complete response")
        state = BodyState.PRESENT if self.body else BodyState.EMPTY
        headers = Headers.from_lines(self.headers)
        return Response(self.status, headers, Body(state, self.body))


class Target:
    """The base class of targets; a subclass defines at least `send`.

    `app` is the application, if it runs in this process. `host` is the host of requests
    without a `Host` header. `prefix` is the path before the paths of the contract.
    `base_url` is shown in curl commands. `is_remote` is True if the provider runs
    elsewhere. A target with `is_async` keeps its application in an event loop: `run`
    uses that loop, and `asend` is used where a loop is running. `default_loop` is the
    loop of a target that does not define `run`, once it was needed.
    """

    app: Any = None
    host: str = ""
    prefix: str = ""
    base_url: str = ""
    is_remote: bool = False
    is_async: bool = False
    default_loop: PrivateLoop | None = None

    @property
    def remark(self) -> str:
        """A note about how the application was started, or an empty string."""
        return ""

    def has_started(self) -> bool:
        """Return whether `start` surely has nothing to do."""
        return False

    def start(self) -> BaseException | None:
        """Start the provider if necessary; return the error if that fails.

        A verifier calls this before each interaction; `intercept()` and `record()` call
        only `send`.
        """
        return None

    async def astart(self) -> BaseException | None:
        """Start the provider in the running event loop, like `start`."""
        return self.start()

    def send(self, request: Request) -> ProviderResponse:
        """Send `request` unchanged and return the provider's response.

        An exception of the provider is not raised but returned in the response.
        """
        raise NotImplementedError

    async def asend(self, request: Request) -> ProviderResponse:
        """Send `request` in the running event loop, like `send`."""
        return self.send(request)

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run `awaitable`, such as an async state function, on the target's event loop.

        By default, that loop is `default_loop`; it is closed when the verifier or the
        block that uses the target is closed, and created again when needed.
        """
        if self.default_loop is None:
            self.default_loop = PrivateLoop()
        return self.default_loop.run(awaitable)

    def close(self) -> None:
        """Stop the application, or close connections; `send` starts them again."""
        if self.default_loop is not None:
            self.default_loop.close()

    async def aclose(self) -> None:
        """Stop an application that was started in the running event loop."""


def choose_run(
    target: Target | None, loop: PrivateLoop
) -> Callable[[Awaitable[Any]], Any]:
    """Return the function that runs the awaitables of hooks and state functions.

    It is `run` of a target that defines it or has `is_async`, else that of `loop`.
    """
    if target is not None and (type(target).run is not Target.run or target.is_async):
        return target.run
    return loop.run


def decode_response(response: ProviderResponse) -> tuple[ProviderResponse, str | None]:
    """Return the response with its `Content-Encoding` undone, and a remark.

    The remark, None if there was nothing to decode, names the codings.

    Raises: ProviderProtocolError, if the body cannot be decoded.
    """
    values = [v for k, v in response.headers if k.lower() == "content-encoding"]
    body = response.body
    if not values or not body:
        return response, None
    names = split_codings(values)
    try:
        body = undo_content_codings(body, names)
    except CodingError as error:
        problem = f"the response body is not valid {error.name}: {error.problem}"
        if error.problem is None:
            problem = f"the response: {describe_missing_coding(error.name)}"
        raise ProviderProtocolError(problem) from None
    remark = f"the response body was decoded from {', '.join(names)}"
    return response._replace(body=body), remark


class AppTarget(Target):
    """The base class of targets that call an application in this process."""

    def __init__(self, app: Any, *, host: str, mount: str, scheme: str) -> None:
        self.app = app
        self.host = host
        self.prefix = mount.rstrip("/")
        # Shown in curl commands; only needed if the mount is part of the URL.
        self.base_url = f"{scheme}://{host}{self.prefix}" if self.prefix else ""


class AppCall:
    """The base class of calls of an application, with what they received so far.

    `interface` is named in error texts. A call is complete with its whole body, or cut
    off at a limit such as "30 s".
    """

    interface = ""

    def __init__(self, method: str, *, max_body: int) -> None:
        self._method = method
        self._max_body = max_body
        self._status: str | int | None = None
        self._sent_headers: tuple[tuple[str, str], ...] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._complete = False
        self._cut: str | None = None
        self._violation: ProviderProtocolError | None = None

    def _make_response(
        self,
        code: int | None,
        reason: str,
        exception: BaseException | None,
        errors: str = "",
    ) -> ProviderResponse:
        is_usable = self._complete or self._cut is not None
        if self._violation is not None or code is None or not is_usable:
            begun: tuple[str, ...] = ()
            if self._sent_headers is not None:
                size = f"{self._size} bytes of body"
                begun = (f"the response had begun: {self._status}, {size}",)
            return ProviderResponse(None, "", (), b"", errors, begun, exception)
        headers, body = self._sent_headers or (), b"".join(self._chunks)
        problem = find_length_problem(
            self._method, code, headers, len(body), is_complete=self._complete
        )
        if problem is not None:
            violation = self._violate(problem)
            return ProviderResponse(None, "", (), b"", errors, (), violation)
        warnings: tuple[str, ...] = ()
        if not self._complete:
            warnings = (describe_cut(self._cut, self._size),)
        if forbids_body(self._method, code):
            if self._complete:
                warnings = check_response_body(self._method, code, body)
            body = b""
        return ProviderResponse(
            code, reason, headers, body, errors, warnings, exception
        )

    def note_delay(self, duration: float, limit: float) -> None:
        """Note that the call took longer than its limit, both in seconds."""
        allowed = f"the limit is {limit:g} s (`timeout`)"
        self._violate(f"the response took {duration:.1f} s; {allowed}")

    def _refuse(self, problem: str) -> NoReturn:
        # Kept as well, because the application may swallow the exception.
        raise self._violate(problem)

    def _violate(self, problem: str) -> ProviderProtocolError:
        error = ProviderProtocolError(
            f"the provider violated {self.interface}: {problem}"
        )
        self._violation = self._violation or error
        return error


def describe_cut(limit: str | None, size: int) -> str:
    return f"the response was cut off after {limit}; it had {size} bytes"


def check_response_body(method: str, status: int, body: bytes) -> tuple[str, ...]:
    """Return warnings about a body that contradicts its status."""
    if not body or method == "HEAD" or not forbids_body(method, status):
        return ()
    size = len(body)
    return (f"a {status} response must not have a body, but it has {size} bytes",)


def find_length_problem(
    method: str,
    status: int,
    headers: Iterable[tuple[str, str]],
    size: int,
    *,
    is_complete: bool,
) -> str | None:
    """Return why a Content-Length is wrong for a body of `size` bytes, or None.

    A client waits for missing bytes, and reads excess bytes as its next response.
    """
    length = str(size)
    for name, value in headers:
        if value == length or name.lower() != "content-length":
            continue
        digits = value.strip(" \t")
        if _DIGITS.fullmatch(digits) is None:
            return f"Content-Length is {value[:80]!r}, not a number"
        if forbids_body(method, status):
            continue  # it may be the length for another method or status
        digits = digits.lstrip("0") or "0"
        declared = int(digits) if len(digits) < _MOST_DIGITS else float("inf")
        if size > declared or (size < declared and is_complete):
            return f"Content-Length is {value[:80]}, but the body has {size} bytes"
    return None


_DIGITS = compile_later("[0-9]+")
_MOST_DIGITS = 20


HEADER_VALUE = compile_later(r"[\t\x20-\x7e\x80-\xff]*")


def encode_path(request: Request) -> str:
    """Return the path as an ASCII string, percent-encoded where necessary."""
    if _NOT_IN_PATH.search(request.path) is None:
        return request.path
    return _quote_only(request.path, _NOT_IN_PATH)


def encode_query(request: Request) -> str:
    """Return the query as an ASCII string, in the order and form of the contract."""
    return _quote_only(request.query.encoded(), _NOT_IN_QUERY)


def encode_target(request: Request) -> str:
    """Return the request target: path and query, percent-encoded where necessary."""
    query = encode_query(request)
    return f"{encode_path(request)}?{query}" if query else encode_path(request)


def join_header_values(name: str, values: tuple[str, ...]) -> str:
    """Join the values of one header to a line; return its bytes as latin-1 characters.

    As the official verifier, send UTF-8: docs/internals/specification.md, "3.4
    Headers".
    """
    comma = "; " if name.lower() == "cookie" else ", "
    line = values[0] if len(values) == 1 else comma.join(values)
    return line if line.isascii() else line.encode("utf-8", "replace").decode("latin-1")


def get_content_length(request: Request) -> str | None:
    """Return the value of `Content-Length`, or None to send no such header."""
    content = request.body.content
    if (
        not content
        and request.headers is NO_HEADERS
        and request.method not in _METHODS_WITH_LENGTH
    ):
        return None
    encoding = request.headers.first("transfer-encoding")
    if encoding is not None and "chunked" in encoding.lower():
        return None
    if content:
        return str(len(content))
    if request.method in _METHODS_WITH_LENGTH or "content-length" in request.headers:
        return "0"
    return None


def _quote_only(text: str, not_allowed: re.Pattern[str]) -> str:
    """Percent-encode only the characters that a request line may not contain."""
    if not_allowed.search(text) is None:
        return text
    return not_allowed.sub(lambda found: quote(found[0], safe=""), text)


# Strict servers respond to these with 400. Peers: square brackets are sent as they are,
# as the Rust verifier does.
_NOT_IN_PATH = compile_later(r"""[^\x21-\x7e]+|["<>\\^`{|}?#]+""")
_NOT_IN_QUERY = compile_later(r"""[^\x21-\x7e]+|["<>\\^`{|}#]+""")
_METHODS_WITH_LENGTH = ("POST", "PUT", "PATCH")


def is_provider_error(raised: BaseException) -> bool:
    """Return whether the exception belongs in the response instead of propagating.

    Exceptions that are meant for the caller propagate: KeyboardInterrupt, and those
    that a test runner raises, such as the skip of a test.
    """
    if isinstance(raised, Exception):
        return True
    if isinstance(raised, KeyboardInterrupt):
        return False
    # A BaseExceptionGroup; the class exists only since Python 3.11.
    inner = getattr(raised, "exceptions", None)
    if isinstance(inner, tuple) and inner:
        return all(map(is_provider_error, inner))
    packages = {one.__module__.partition(".")[0] for one in type(raised).__mro__}
    return packages.isdisjoint(_CALLERS)


# The packages whose exceptions control the code that they run, and are not errors.
_CALLERS = {"_pytest", "hypothesis", "trio", "curio"}


def describe_exception(error: BaseException) -> str:
    """Return an exception as one line: its type and the first line of its message."""
    lines = read_message(error).splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0][:MOST_CHARACTERS]}" if lines else name


def read_message(error: BaseException) -> str:
    """Return the message of an exception, or a substitute if reading it fails."""
    try:
        return str(error).strip()
    except BaseException as problem:
        if not is_provider_error(problem):
            raise
        return f"(its message raised {type(problem).__name__})"


MOST_CHARACTERS = 1_000
"""The length to which each line of an exception's message is cut."""


def strip_own_frames(raised: BaseException) -> BaseException:
    """Remove pypact's own frames from the start of the exception's traceback."""
    traceback = raised.__traceback__
    own = "pypact.targets."
    while traceback is not None and get_module_name(traceback).startswith(own):
        traceback = traceback.tb_next
    return raised.with_traceback(traceback)


def get_module_name(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", ""))
