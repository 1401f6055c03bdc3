"""The application of the mock server, with the protocol of the Ruby mock service.

Requests with the header X-Pact-Mock-Service administer the server.

Source: docs/internals/conventions.md, "Ruby mock service protocol".
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from pypact.errors import InvalidPact, PactError, UnexpectedRequest
from pypact.formats.base import describe_value
from pypact.masking import mask_url_query
from pypact.model.http import Request, Response
from pypact.model.json import Json, parse_json
from pypact.server.access import AccessDenied, AdminAccess
from pypact.server.expectations import read_expectation
from pypact.server.responses import (
    add_cors_headers,
    add_missing_headers,
    make_json_response,
    make_text_response,
    respond_to_preflight,
)
from pypact.server.session import (
    ConflictingInteraction,
    Session,
    diff_interaction,
    format_request_line,
    format_verification_failure,
    summarize_interaction,
)

ADMIN_HEADER = "x-pact-mock-service"


class MockApp:
    """An application that mocks the provider and administers its session.

    `access` decides which requests may administer it. `log` is named in failure texts;
    `url` is sent to clients of the administration, and used by generators.
    """

    def __init__(
        self,
        session: Session,
        *,
        access: AdminAccess | None = None,
        cors: bool = False,
        log: str = "standard out/err",
        url: str | None = None,
    ) -> None:
        self.session = session
        self._access = access or AdminAccess()
        self.url = url
        self._has_cors = cors
        self._log = log

    def __call__(self, request: Request, client: str) -> Response:
        try:
            response = self._respond(request, client)
        except AccessDenied as error:
            # Without CORS headers, so that no page can read it.
            line = mask_url_query(format_request_line(request))
            _LOG.warning("refused %s: %s", line, error)
            return make_json_response({"message": str(error)}, 403)
        except ConflictingInteraction as error:
            response = make_text_response(str(error), 500)
        except Exception as error:  # noqa: BLE001 -- no request may stop the server
            response = _make_error_response(error)
        return self._add_headers(response, request)

    def _respond(self, request: Request, client: str) -> Response:
        if request.method == "OPTIONS":
            requested = request.headers.get("access-control-request-headers") or ()
            is_administration = ADMIN_HEADER in ",".join(requested).lower()
            if is_administration:
                self._access.check(request)
            if self._has_cors or is_administration:
                return respond_to_preflight(request)
        if ADMIN_HEADER in request.headers:
            handle = _HANDLERS.get((request.method, request.path.removesuffix("/")))
            if handle is not None:
                self._access.check(request)
                return handle(self, request)
        return self._replay(request, client)

    def _add_headers(self, response: Response, request: Request) -> Response:
        is_administration = ADMIN_HEADER in request.headers
        if self._has_cors or (is_administration and self._may_administer(request)):
            response = add_cors_headers(response, request)
        if is_administration and self.url is not None:
            response = add_missing_headers(
                response, {"X-Pact-Mock-Service-Location": self.url}
            )
        return response

    def _may_administer(self, request: Request) -> bool:
        try:
            self._access.check(request)
        except AccessDenied:
            return False
        return True

    def _replay(self, request: Request, client: str) -> Response:
        line = mask_url_query(format_request_line(request))
        candidates = self.session.find_candidates(request)
        if len(candidates) > 1:
            shown = list(map(summarize_interaction, candidates))
            message = f"Multiple interaction found for {line}"
            return make_json_response(
                {"message": message, "matching_interactions": shown}, 500
            )
        try:
            return self.session.respond_to(
                request, base_url=self.url or "", caller=client
            ).response
        except UnexpectedRequest as error:
            _LOG.warning("%s", error)
        near = self.session.compare_request(request).near
        diffs = [diff_interaction(*pair) for pair in near]
        message = f"No interaction found for {line}"
        return make_json_response({"message": message, "interaction_diffs": diffs}, 500)

    def _show(self, _request: Request) -> Response:
        return make_text_response("Mock service running")

    def _delete_session(self, _request: Request) -> Response:
        self.session.clear_all()
        return make_text_response("Cleared session")

    def _count_missing(self, _request: Request) -> Response:
        missing = self.session.find_missing(self.session.find_unmatched())
        return make_json_response({"size": len(missing)})

    def _verify(self, request: Request) -> Response:
        misses = self.session.find_unmatched()
        missing = self.session.find_missing(misses)
        if not misses and not missing:
            return make_text_response("Interactions matched")
        text = format_verification_failure(
            self.session.name, self._log, misses, missing
        )
        _LOG.warning("verifying %s: %s", _read_parameter(request, _EXAMPLE), text)
        return make_text_response(text, 500)

    def _post_interaction(self, request: Request) -> Response:
        self.session.add(read_expectation(_read_json(request), "interaction"))
        return make_text_response("Registered interactions")

    def _put_interactions(self, request: Request) -> Response:
        data = _read_json_object(request)
        listed = data.get("interactions")
        if not isinstance(listed, list):
            raise InvalidPact(
                "interactions", read=describe_value(listed), wanted="a list"
            )
        expectations = [
            read_expectation(interaction, f"interactions[{index}]")
            for index, interaction in enumerate(listed)
        ]
        self.session.replace_all(expectations)
        return make_text_response("Registered interactions")

    def _delete_interactions(self, request: Request) -> Response:
        self.session.clear()
        _LOG.info("cleared interactions %s", _read_parameter(request, _EXAMPLE))
        return make_text_response("Cleared interactions")

    def _write_log(self, request: Request) -> Response:
        _LOG.info("%s", _read_parameter(request, "msg"))
        return make_text_response("")

    def _write_pact(self, request: Request) -> Response:
        details = _read_json_object(request) if request.body.is_present else {}
        return make_json_response(self.session.write(details))


def _read_parameter(request: Request, name: str) -> str:
    return (request.query.get(name) or ("",))[0] or ""


def _read_json_object(request: Request) -> dict[str, Json]:
    data = _read_json(request)
    if not isinstance(data, dict):
        raise InvalidPact(
            _describe_body(request), read=describe_value(data), wanted="an object"
        )
    return data


def _read_json(request: Request) -> Json:
    try:
        return parse_json(request.body.content)
    except ValueError as error:
        raise InvalidPact(
            _describe_body(request),
            read=f"a body that is not JSON ({error})",
            wanted="JSON",
        ) from error


def _describe_body(request: Request) -> str:
    return f"the body of {request.method} {request.path}"


def _make_error_response(error: Exception) -> Response:
    """Describe an error; one that is not pypact's own is logged as well."""
    if not isinstance(error, PactError):
        _LOG.error("the mock server failed", exc_info=error)
    name = type(error).__name__
    message = f"Error occurred in mock service: {name} - {error}"
    trace = traceback.format_tb(error.__traceback__)
    return make_json_response({"message": message, "backtrace": trace}, 500)


_LOG = logging.getLogger("pypact.server")
_EXAMPLE = "example_description"

# In alphabetical order.
_HANDLERS: dict[tuple[str, str], Callable[[MockApp, Request], Response]] = {
    ("DELETE", "/interactions"): MockApp._delete_interactions,  # noqa: SLF001 -- the table of this class
    ("DELETE", "/session"): MockApp._delete_session,  # noqa: SLF001 -- the table of this class
    ("GET", ""): MockApp._show,  # noqa: SLF001 -- the table of this class
    ("GET", "/interactions/missing"): MockApp._count_missing,  # noqa: SLF001 -- the table of this class
    ("GET", "/interactions/verification"): MockApp._verify,  # noqa: SLF001 -- the table of this class
    ("GET", "/log"): MockApp._write_log,  # noqa: SLF001 -- the table of this class
    ("POST", "/interactions"): MockApp._post_interaction,  # noqa: SLF001 -- the table of this class
    ("POST", "/pact"): MockApp._write_pact,  # noqa: SLF001 -- the table of this class
    ("PUT", "/interactions"): MockApp._put_interactions,  # noqa: SLF001 -- the table of this class
}
