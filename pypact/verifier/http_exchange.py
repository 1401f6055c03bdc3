"""Does the provider answer this request as the contract says?

Source: semantics section 13.1, "Flow per interaction": the generators fill the request,
the filters change it, it is sent, the answer is compared.
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
    """Sends requests to a target and judges the answers."""

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
        """Compile the expected answer."""
        interaction = case.interaction
        if not isinstance(interaction, HttpInteraction):
            raise InvalidExpectation(f"{interaction!r} is no HTTP interaction")
        plan = compile_response(interaction)

        def perform(situation: Situation) -> Steps[InteractionResult]:
            return self._perform(interaction, plan, situation)

        return perform

    def start(self, case: Case) -> Steps[InteractionResult | None]:
        """Start the provider, unless it runs; gives what comes of one that cannot be.

        State functions may need what the start of an application makes.
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
        """Watch the provider no more."""
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
                return _filter_failed(situation.case, request, failed)
            request = filtered.request
            self._unwinding.open()
            answer, followed = yield from self._answered(request)
            records = log.take()
        plain, decoding = decoded(answer)
        mismatches: tuple[Mismatch, ...] = ()
        failures: tuple[Failure, ...] = ()
        if answer.status is None:
            failures = (_no_answer(answer),)
        else:
            mismatches = tuple(plan.check(plain.to_response()))
        result = InteractionResult(
            situation.case,
            mismatches=mismatches,
            failures=failures,
            request=request,
            answer=_without_exception(plain),
            base_url=self._base_url,
            remarks=remarks + followed + answer.warnings,
            changes=filtered.changes,
            hidden=filtered.hidden,
        )
        if result.is_ok:
            late = answer.exception
            if late is None:
                return result
            remark = f"the provider raised {headline(late)}"
            return replace(result, remarks=(*result.remarks, remark))
        said = lines_of(records)
        told = self._raised(answer, records, said)
        return replace(
            result,
            remarks=result.remarks + tuple(filter(None, (decoding, self._remark()))),
            raised=told.headline if told is not None else None,
            raised_at=told.lines if told is not None else (),
            routing=self._routes.find(request, answer.status),
            log=said[-_MOST_LINES:] + _tail(answer.errors),
        )

    def _remark(self) -> str:
        return getattr(self._target, "remark", "")

    def _raised(
        self, answer: Answer, records: list[LogRecord], said: tuple[str, ...]
    ) -> ToldException | None:
        """Tell of the exception that this answer was made of."""
        left = self._unwinding.take()
        if answer.exception is not None and not _is_breach(answer.exception):
            return _told(answer.exception)
        if answer.status is not None and answer.status < _SERVER_ERROR:
            return None  # it was handled, whatever it was; the log has it
        logged = exception_in(records)
        if logged is not None:
            return _told(logged)
        told = told_exception((answer.errors, *said))
        if told is None and left is not None and answer.status is not None:
            told = _told(left)
        return told

    def _answered(self, request: Request) -> Steps[tuple[Answer, tuple[str, ...]]]:
        answer = yield from self._sent(request)
        followed: list[str] = []
        while self._follow_redirects and len(followed) < MOST_REDIRECTS:
            following = redirected(
                request,
                answer,
                host=getattr(self._target, "host", ""),
                prefix=getattr(self._target, "prefix", ""),
            )
            if following is None:
                break
            followed.append(
                f"followed a redirect ({answer.status}) to {following.path}"
            )
            request = following
            answer = yield from self._sent(request)
        return answer, tuple(followed)

    def _sent(self, request: Request) -> Steps[Answer]:
        if getattr(self._target, "is_remote", False):
            # Our own call must reach the provider, whatever a consumer's pact claims.
            with passing():
                return self._target.send(request)
        with keeping_connections():
            asend = getattr(self._target, "asend", None)
            if asend is None or not is_in_a_loop():
                return self._target.send(request)
            answer: Answer = yield asend(request)
            return answer


def _filter_failed(
    case: Case, request: Request, failed: FilterFailed
) -> InteractionResult:
    cause = failed.__cause__ or failed
    where = traceback_lines(cause)
    if isinstance(cause, MissingValue):
        said = (
            f": nothing has a value for its parameter {cause.name!r}; the states and "
            f"their params have: {cause.known}"
        )
        where = ()  # it was not called
    elif isinstance(cause, PactError):
        said = f": {cause}"
    else:
        said = f" raised {headline(cause)}"
    failure = Failure(
        FailureKind.FILTER, f"the request filter {failed.name}{said}", where
    )
    return InteractionResult(
        case, failures=(failure,), request=request, hidden=failed.hidden
    )


def _no_answer(answer: Answer) -> Failure:
    error = answer.exception
    if _is_breach(error):
        return Failure(FailureKind.PROTOCOL, str(error))
    what = headline(error) if error is not None else "nothing"
    return Failure(FailureKind.PROVIDER, f"the provider raised {what}")


def _is_breach(error: BaseException | None) -> bool:
    """Tell a breach of WSGI, ASGI or HTTP from what the provider raised itself."""
    return isinstance(error, ProviderProtocolError)


def _told(raised: BaseException) -> ToldException:
    return ToldException(headline(raised), traceback_lines(raised))


def _without_exception(answer: Answer) -> Answer:
    # Its traceback would keep every frame and their values alive to the end of the run.
    return answer._replace(exception=None)


def _tail(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines()[-_MOST_LINES:])


_MOST_LINES = 20
_SERVER_ERROR = 500
