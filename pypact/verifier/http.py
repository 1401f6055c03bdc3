"""Verify HTTP interactions: send the request and compare the response.

Generators fill the request, filters change it, it is sent, and the response is
compared. Contracts hold decoded bodies, so the `Content-Encoding` of a response is
undone before it is compared.

Source: docs/internals/specification.md, "13.3 Request".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from logging import LogRecord

from pypact._dataclasses import replace
from pypact._process import bypass_interception
from pypact.errors import InvalidExpectation, ProviderProtocolError
from pypact.generators import apply_to_request
from pypact.matching.plans import ResponsePlan
from pypact.model.body import Body, BodyState
from pypact.model.http import Headers, Request, get_sent_body
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.targets import ProviderResponse, Target
from pypact.targets.base import decode_response, describe_exception
from pypact.targets.django import keep_connections_open
from pypact.targets.http import MAX_REDIRECTS, build_redirect_request
from pypact.targets.lifespan import is_loop_running
from pypact.verifier.callbacks import FilterFailed, RequestFilters
from pypact.verifier.coverage import RouteFinder
from pypact.verifier.exceptions import (
    EscapedExceptionMonitor,
    ExceptionSummary,
    ProviderLog,
    find_logged_exception,
    format_records,
    parse_traceback,
)
from pypact.verifier.flow import Context, RunInteraction
from pypact.verifier.results import Case, Failure, FailureKind, InteractionResult


def build_sent_request(request: Request, values: Mapping[str, Json]) -> Request:
    """Return the request to send for an interaction.

    Generators are applied, with the `values` of the provider states; the method is in
    upper case and the path starts with "/".
    """
    if request.generators:
        request = apply_to_request(request, "provider", values)
    method = request.method.upper()
    path = request.path if request.path.startswith("/") else f"/{request.path}"
    body = request.body
    if body.state is BodyState.NULL:
        body = get_sent_body(body, request.headers.first("content-type"))
    headers = _headers_to_send(request, body)
    if (method, path) == (request.method, request.path) and (
        headers is request.headers and body is request.body
    ):
        return request
    return replace(request, method=method, path=path, headers=headers, body=body)


def _headers_to_send(request: Request, body: Body) -> Headers:
    headers = request.headers
    host = headers.first("host")
    if host is not None and _is_mock_server(host):
        headers = headers.without("host")
    content_type = body.content_type
    has_type = content_type is not None and body.is_present
    if has_type and "content-type" not in headers:
        headers = headers.replacing("Content-Type", str(content_type))
    return headers


def _is_mock_server(host: str) -> bool:
    """Return whether a Host header is the address of the consumer's mock server."""
    name, _, port = host.rpartition(":")
    return port.isdecimal() and name in ("localhost", "127.0.0.1", "[::1]")


class HttpDriver:
    """The driver of HTTP interactions: it sends requests and compares responses."""

    def __init__(
        self,
        target: Target,
        *,
        filters: RequestFilters | None = None,
        follow_redirects: bool = False,
    ) -> None:
        self._target = target
        self._routes = RouteFinder(target.app)
        self._monitor = EscapedExceptionMonitor(target.app)
        self._log = ProviderLog()
        self._filters = filters or RequestFilters()
        self._follow_redirects = follow_redirects
        kind = type(target)
        self.has_start = (kind.start, kind.astart) != (Target.start, Target.astart)

    def prepare(self, case: Case) -> RunInteraction:
        interaction = case.interaction
        if not isinstance(interaction, HttpInteraction):
            raise InvalidExpectation(f"{interaction!r} is not an HTTP interaction")
        return partial(self._run, interaction, ResponsePlan(interaction.response))

    async def start(self, context: Context) -> InteractionResult | None:
        """Start the provider if necessary; return a failed result if it cannot start.

        This comes before state setup, because state functions may need what the
        application creates at startup.
        """
        if self._target.has_started():
            return None
        with ProviderLog() as log:
            in_loop = self._target.is_async and is_loop_running()
            if in_loop or context.run is None:
                error = await context.wait_for(self._target.astart())
            else:
                error = self._target.start()
        if error is None:
            return None
        result = context.fail(Failure(FailureKind.PROTOCOL, str(error)))
        return replace(result, log=format_records(log.take())[-_MOST_LINES:])

    def close(self) -> None:
        self._monitor.close()

    async def _run(
        self, interaction: HttpInteraction, plan: ResponsePlan, context: Context
    ) -> InteractionResult:
        # In an event loop, several interactions may run at the same time.
        with ProviderLog() if self._log.is_entered else self._log as log:
            request = build_sent_request(interaction.request, context.values)
            remarks = format_records(log.take()) if log.records else ()
            try:
                request = await self._filters.apply(request, context)
            except FilterFailed as failed:
                return replace(context.fail(failed.failure), request=request)
            self._monitor.open()
            if self._follow_redirects:
                response, followed = await self._send_and_follow(request, context)
            else:
                response, followed = await self._send(request, context), ()
            records = log.records
        plain, decoding = response, None
        mismatches: tuple[Mismatch, ...] = ()
        failures: tuple[Failure, ...] = ()
        if response.status is None:
            failures = (_describe_missing_response(response),)
        else:
            try:
                plain, decoding = decode_response(response)
                mismatches = tuple(plan.check(plain.to_response()))
            except ProviderProtocolError as error:
                failures = (Failure(FailureKind.PROTOCOL, str(error)),)
        if mismatches and not self._target.is_remote:
            mismatches, left_out = _leave_out_server_headers(mismatches)
            remarks += left_out
        remarks += followed + response.warnings
        raised, routing = None, None
        log_lines: tuple[str, ...] = ()
        if mismatches or failures:
            log_lines = format_records(records)
            raised = self._find_exception(response, records, log_lines)
            routing = self._routes.find(request, response.status)
            errors = tuple(response.errors.splitlines()[-_MOST_LINES:])
            log_lines = log_lines[-_MOST_LINES:] + errors
            remarks += tuple(filter(None, (decoding, self._target.remark)))
        elif response.exception is not None:
            late = describe_exception(response.exception)
            remarks += (f"the provider raised {late}",)
        return InteractionResult(
            context.case,
            mismatches=mismatches,
            failures=failures,
            remarks=remarks,
            request=request,
            # The traceback would keep all frames and their values until the run ends.
            answer=plain if plain.exception is None else plain._replace(exception=None),
            base_url=self._target.base_url,
            is_remote=self._target.is_remote,
            raised=raised.headline if raised is not None else None,
            raised_at=raised.lines if raised is not None else (),
            routing=routing,
            log=log_lines,
        )

    def _find_exception(
        self,
        response: ProviderResponse,
        records: list[LogRecord],
        log_lines: tuple[str, ...],
    ) -> ExceptionSummary | None:
        """Return the provider's exception that led to this response, if it is found."""
        escaped = self._monitor.take()
        error = response.exception
        # For a violation of WSGI, ASGI or HTTP, pypact created the exception itself.
        if error is not None and not isinstance(error, ProviderProtocolError):
            return ExceptionSummary.of(error)
        if response.status is not None and response.status < _SERVER_ERROR:
            return None  # the provider handled it; if it logged it, the log shows it
        logged = find_logged_exception(records)
        if logged is not None:
            return ExceptionSummary.of(logged)
        found = parse_traceback((response.errors, *log_lines))
        if found is None and escaped is not None and response.status is not None:
            found = ExceptionSummary.of(escaped)
        return found

    async def _send_and_follow(
        self, request: Request, context: Context
    ) -> tuple[ProviderResponse, tuple[str, ...]]:
        """Send a request and follow redirects; return the response and remarks."""
        response = await self._send(request, context)
        followed: list[str] = []
        while len(followed) < MAX_REDIRECTS:
            following = build_redirect_request(
                request, response, host=self._target.host, prefix=self._target.prefix
            )
            if following is None:
                break
            path = following.path
            followed.append(f"followed a redirect ({response.status}) to {path}")
            request = following
            response = await self._send(request, context)
        return response, tuple(followed)

    async def _send(self, request: Request, context: Context) -> ProviderResponse:
        if self._target.is_remote:
            # The verifier's own request must reach the provider, even while an
            # intercept() block claims its origin.
            with bypass_interception():
                return self._target.send(request)
        let_close = keep_connections_open()
        try:
            if not self._target.is_async or not is_loop_running():
                return self._target.send(request)
            response: ProviderResponse
            response = await context.wait_for(self._target.asend(request))
            return response
        finally:
            if let_close is not None:
                let_close()


def _leave_out_server_headers(
    mismatches: tuple[Mismatch, ...],
) -> tuple[tuple[Mismatch, ...], tuple[str, ...]]:
    """Leave out missing headers that an app does not have without a server.

    Return the other mismatches, and a remark for each header.
    """
    left_out = [
        one
        for one in mismatches
        if one.kind == MismatchKind.HEADER
        and one.actual is None
        and one.path.lower() in _SERVER_HEADERS
    ]
    remarks = (
        f"the header {one.path} was not checked: a server adds it, not the app"
        for one in left_out
    )
    others = tuple(one for one in mismatches if one not in left_out)
    return others, tuple(remarks)


def _describe_missing_response(response: ProviderResponse) -> Failure:
    error = response.exception
    if isinstance(error, ProviderProtocolError):
        return Failure(FailureKind.PROTOCOL, str(error))
    what = describe_exception(error) if error is not None else "nothing"
    return Failure(FailureKind.PROVIDER, f"the provider raised {what}")


_MOST_LINES = 20  # of the provider's log, and of its error stream
_SERVER_ERROR = 500
_SERVER_HEADERS = ("connection", "date", "server", "transfer-encoding")
