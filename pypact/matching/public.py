"""Does this message match that interaction? For tools that ask once.

`interaction` comes from `read_pact`, or is a builder with a method `to_interaction()`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pypact.matching.message import compile_message
from pypact.matching.request import compile_request
from pypact.matching.response import compile_response
from pypact.model.http import Request, Response
from pypact.model.interactions import AsyncMessage, HttpInteraction, SyncMessage
from pypact.model.json_text import Json
from pypact.model.mismatches import Mismatch
from pypact.model.versions import SpecificationVersion

__all__ = ["match_message", "match_request", "match_response"]


def match_request(
    interaction: object, request: Request | Mapping[str, Json]
) -> list[Mismatch]:
    """Compare an actual request with an expected one; an empty list: it matches.

    A mapping is read as a pact file of the interaction's version has it.
    """
    expected = _http(interaction)
    if isinstance(request, Mapping):
        from pypact.formats import read_request  # noqa: PLC0415 -- for this form only

        request = read_request(request, expected.version or SpecificationVersion.V4)
    return compile_request(expected).check(request)


def match_response(
    interaction: object, response: Response | Mapping[str, Json]
) -> list[Mismatch]:
    """Compare an actual response with an expected one; an empty list: it matches.

    A mapping is read as a pact file of the interaction's version has it.
    """
    expected = _http(interaction)
    if isinstance(response, Mapping):
        from pypact.formats import read_response  # noqa: PLC0415 -- for this form only

        response = read_response(response, expected.version or SpecificationVersion.V4)
    return compile_response(expected).check(response)


def match_message(
    interaction: object,
    contents: bytes | None,
    metadata: Mapping[str, Json] | None = None,
    *,
    response: int | None = None,
) -> list[Mismatch]:
    """Compare an actual message with an expected one; an empty list: it matches.

    Of a synchronous message, the request is compared, or with `response` the answer of
    that index.
    """
    expected = _finished(interaction)
    if isinstance(expected, SyncMessage):
        message = expected.request if response is None else expected.responses[response]
        return compile_message(message).check(contents, metadata)
    if isinstance(expected, AsyncMessage):
        return compile_message(expected).check(contents, metadata)
    raise TypeError(f"wanted an interaction that is a message, not {expected!r}")


def _http(interaction: object) -> HttpInteraction:
    expected = _finished(interaction)
    if isinstance(expected, HttpInteraction):
        return expected
    raise TypeError(f"wanted an interaction by HTTP, not {expected!r}")


def _finished(interaction: object) -> object:
    finish = getattr(interaction, "to_interaction", None)
    return interaction if finish is None else finish()
