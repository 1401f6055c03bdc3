"""Does the provider answer this request as the contract says?

Source: semantics section 13.1, "Flow per interaction": the generators fill the request,
the filters change it, it is sent, the response is compared.
"""

from __future__ import annotations

from dataclasses import replace
from logging import LogRecord

from pypact.errors import InvalidExpectation, PactError, ProviderProtocolError
from pypact.hooks.stack import passing
from pypact.matching import ResponsePlan, compile_response
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.mismatches import Mismatch
from pypact.targets import Answer, Target
from pypact.targets.django import keeping_connections
from pypact.targets.loops import is_in_a_loop
from pypact.targets.redirects import MOST_REDIRECTS, redirected
from pypact.verifier.arguments import MissingValue
from pypact.verifier.decoding import decoded
from pypact.verifier.exchange import Perform, Situation
from pypact.verifier.filters import FilterFailed, Filters
from pypact.verifier.outgoing import outgoing
from pypact.verifier.provider_log import ProviderLog, exception_in, lines_of
from pypact.verifier.results import Case, Failure, FailureKind, InteractionResult
from pypact.verifier.routing import RouteFinder
from pypact.verifier.steps import Steps
from pypact.verifier.told_tracebacks import ToldException, told_exception
from pypact.verifier.tracebacks import headline, traceback_lines
from pypact.verifier.unwinding import Unwinding

__all__ = ["HttpExchange"]


class HttpExchange:
    """Verifies HTTP interactions: sends the request and compares the response."""

    def __init__(
        self,
        target: Target,
        *,
        filters: Filters | None = None,
        follow_redirects: bool = False,
    ) -> None:
        self._target = target
        self._base_url: str = getattr(target, "base_url", "")
        self._routes = RouteFinder(getattr(target, "app", None))
        self._unwinding = Unwinding(getattr(target, "app", None))
        self._filters = filters or Filters()
        self._follow_redirects = follow_redirects

    def prepare(self, case: Case) -> Perform:
        """Compile the expected response."""
        interaction = case.interaction
        if not isinstance(interaction, HttpInteraction):
            raise InvalidExpectation(f"{interaction!r} is not an HTTP interaction")
        plan = compile_response(interaction)

        def perform(situation: Situation) -> Steps[InteractionResult]:
            return self._perform(interaction, plan, situation)

        return perform

    def start(self, case: Case) -> Steps[InteractionResult | None]:
        """Start the provider if necessary; return a failed result if it cannot start.

        This comes before state setup, because state functions may need what the
        application creates at startup.
        """
        astart = getattr(self._target, "astart", None)
        if astart is None:
            return None
        with ProviderLog() as log:
            if is_in_a_loop():
                raised = yield astart()
            else:
                raised = self._target.start()  # type: ignore[attr-defined]  # beside astart
        if raised is None:
            return None
        log_lines = lines_of(log.take())[-_MOST_LINES:]
        failure = Failure(FailureKind.PROTOCOL, str(raised))
        return InteractionResult(case, failures=(failure,), log=log_lines)

    def close(self) -> None:
        """Stop monitoring the provider for exceptions."""
        self._unwinding.close()

    def _perform(
        self, interaction: HttpInteraction, plan: ResponsePlan, situation: Situation
    ) -> Steps[InteractionResult]:
        with ProviderLog() as log:
            request = outgoing(interaction.request, situation.values)
            remarks = lines_of(log.take())
            try:
                filtered = yield from self._filters.apply(request, situation)
            except FilterFailed as failed:
                return _filter_failure_result(situation.case, request, failed)
            request = filtered.request
            self._unwinding.open()
            response, followed = yield from self._send_and_follow(request)
            records = log.take()
        plain, decoding = decoded(response)
        mismatches: tuple[Mismatch, ...] = ()
        failures: tuple[Failure, ...] = ()
        if response.status is None:
            failures = (_no_response_failure(response),)
        else:
            mismatches = tuple(plan.check(plain.to_response()))
        result = InteractionResult(
            situation.case,
            mismatches=mismatches,
            failures=failures,
            request=request,
            answer=_without_exception(plain),
            base_url=self._base_url,
            remarks=remarks + followed + response.warnings,
            changes=filtered.changes,
            hidden=filtered.hidden,
        )
        if result.is_ok:
            late = response.exception
            if late is None:
                return result
            remark = f"the provider raised {headline(late)}"
            return replace(result, remarks=(*result.remarks, remark))
        log_lines = lines_of(records)
        raised = self._find_exception(response, records, log_lines)
        return replace(
            result,
            remarks=result.remarks
            + tuple(filter(None, (decoding, self._target_remark()))),
            raised=raised.headline if raised is not None else None,
            raised_at=raised.lines if raised is not None else (),
            routing=self._routes.find(request, response.status),
            log=log_lines[-_MOST_LINES:] + _last_lines(response.errors),
        )

    def _target_remark(self) -> str:
        return getattr(self._target, "remark", "")

    def _find_exception(
        self, response: Answer, records: list[LogRecord], log_lines: tuple[str, ...]
    ) -> ToldException | None:
        """Return the provider's exception that led to this response, if it is found.

        Looked up in this order: raised to the caller; logged; written as a traceback to
        the error stream or the log; seen to leave the provider's own code.
        """
        escaped = self._unwinding.take()
        if response.exception is not None and not _is_protocol_error(
            response.exception
        ):
            return _summarize_exception(response.exception)
        if response.status is not None and response.status < _SERVER_ERROR:
            return None  # the provider handled it; if it logged it, the log shows it
        logged = exception_in(records)
        if logged is not None:
            return _summarize_exception(logged)
        found = told_exception((response.errors, *log_lines))
        if found is None and escaped is not None and response.status is not None:
            found = _summarize_exception(escaped)
        return found

    def _send_and_follow(
        self, request: Request
    ) -> Steps[tuple[Answer, tuple[str, ...]]]:
        """Send a request and follow redirects; return the response and remarks."""
        response = yield from self._send(request)
        followed: list[str] = []
        while self._follow_redirects and len(followed) < MOST_REDIRECTS:
            following = redirected(
                request,
                response,
                host=getattr(self._target, "host", ""),
                prefix=getattr(self._target, "prefix", ""),
            )
            if following is None:
                break
            followed.append(
                f"followed a redirect ({response.status}) to {following.path}"
            )
            request = following
            response = yield from self._send(request)
        return response, tuple(followed)

    def _send(self, request: Request) -> Steps[Answer]:
        if getattr(self._target, "is_remote", False):
            # The verifier's own request must reach the provider, even while an
            # intercept() block claims its origin.
            with passing():
                return self._target.send(request)
        with keeping_connections():
            asend = getattr(self._target, "asend", None)
            if asend is None or not is_in_a_loop():
                return self._target.send(request)
            response: Answer = yield asend(request)
            return response


def _filter_failure_result(
    case: Case, request: Request, failed: FilterFailed
) -> InteractionResult:
    cause = failed.__cause__ or failed
    where = traceback_lines(cause)
    if isinstance(cause, MissingValue):
        problem = (
            f": no value for its parameter {cause.name!r}; the provider states and "
            f"their params provide: {cause.known}"
        )
        where = ()  # it was not called
    elif isinstance(cause, PactError):
        problem = f": {cause}"
    else:
        problem = f" raised {headline(cause)}"
    failure = Failure(
        FailureKind.FILTER, f"the request filter {failed.name}{problem}", where
    )
    return InteractionResult(
        case, failures=(failure,), request=request, hidden=failed.hidden
    )


def _no_response_failure(response: Answer) -> Failure:
    error = response.exception
    if _is_protocol_error(error):
        return Failure(FailureKind.PROTOCOL, str(error))
    what = headline(error) if error is not None else "nothing"
    return Failure(FailureKind.PROVIDER, f"the provider raised {what}")


def _is_protocol_error(error: BaseException | None) -> bool:
    """Return whether the provider violated WSGI, ASGI or HTTP, and raised nothing."""
    return isinstance(error, ProviderProtocolError)


def _summarize_exception(raised: BaseException) -> ToldException:
    return ToldException(headline(raised), traceback_lines(raised))


def _without_exception(response: Answer) -> Answer:
    # Its traceback would keep all frames and their values alive until the run ends.
    return response._replace(exception=None)


def _last_lines(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines()[-_MOST_LINES:])


_MOST_LINES = 20  # of the provider's log, and of its error stream
_SERVER_ERROR = 500
