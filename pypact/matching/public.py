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
    """Return the mismatches of a request with an interaction; empty if it matches.

    `interaction` is an `HttpInteraction` or a builder with a method `to_interaction()`.
    A mapping is read as a request in a pact file of the interaction's version.

    Raises: TypeError if the interaction is not an HTTP interaction.
    """
    expected = _require_http(interaction)
    if isinstance(request, Mapping):
        from pypact.formats import read_request  # noqa: PLC0415 -- for mappings only

        request = read_request(request, expected.version or SpecificationVersion.V4)
    return compile_request(expected).check(request)


def match_response(
    interaction: object, response: Response | Mapping[str, Json]
) -> list[Mismatch]:
    """Return the mismatches of a response with an interaction; empty if it matches.

    `interaction` is an `HttpInteraction` or a builder with a method `to_interaction()`.
    A mapping is read as a response in a pact file of the interaction's version.

    Raises: TypeError if the interaction is not an HTTP interaction.
    """
    expected = _require_http(interaction)
    if isinstance(response, Mapping):
        from pypact.formats import read_response  # noqa: PLC0415 -- for mappings only

        response = read_response(response, expected.version or SpecificationVersion.V4)
    return compile_response(expected).check(response)


def match_message(
    interaction: object,
    contents: bytes | None,
    metadata: Mapping[str, Json] | None = None,
    *,
    response: int | None = None,
) -> list[Mismatch]:
    """Return the mismatches of a message with an interaction; empty if it matches.

    `interaction` is a message interaction or a builder with a method
    `to_interaction()`. Of a synchronous message, the request is compared, or with
    `response` the response at that index.

    Raises: TypeError if the interaction is not a message.
    """
    expected = _finish_builder(interaction)
    if isinstance(expected, SyncMessage):
        message = expected.request if response is None else expected.responses[response]
        return compile_message(message).check(contents, metadata)
    if isinstance(expected, AsyncMessage):
        return compile_message(expected).check(contents, metadata)
    raise TypeError(f"expected a message interaction, got {expected!r}")


def _require_http(interaction: object) -> HttpInteraction:
    expected = _finish_builder(interaction)
    if isinstance(expected, HttpInteraction):
        return expected
    raise TypeError(f"expected an HTTP interaction, got {expected!r}")


def _finish_builder(interaction: object) -> object:
    finish = getattr(interaction, "to_interaction", None)
    return interaction if finish is None else finish()
