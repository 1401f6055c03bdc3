"""Let a `RequestsMock` of the library `responses` respond from a contract.

It uses the same registry as interception, so the same requests match.

    @responses.activate(registry=contract_registry("pacts/Web-Users.json"))
    def test_it(): ...
"""

from __future__ import annotations

from os import PathLike
from typing import Any
from urllib.parse import urlsplit

import requests
import responses
from responses.registries import FirstMatchRegistry
from urllib3 import HTTPHeaderDict

from pypact.errors import UnexpectedRequest
from pypact.formats import read_pact
from pypact.hooks.origins import normalize_authority, parse_origin
from pypact.model.http import Request
from pypact.model.interactions import Contract
from pypact.registry import Registry

__all__ = ["contract_registry"]


def contract_registry(
    contract: Contract | str | PathLike[str], *, base_url: str | None = None
) -> type[FirstMatchRegistry]:
    """Return a registry class for `RequestsMock(registry=…)` that uses a contract.

    The contract responds to requests to every origin; with `base_url`, only to requests
    below that URL. Responses that are added to the mock take precedence over it.

    Raises: InvalidPact or StoreError, for a contract that cannot be read.
    """
    if not isinstance(contract, Contract):
        contract = read_pact(contract)
    interactions = contract.interactions
    name = f"{contract.consumer} -> {contract.provider}"
    origin = None if base_url is None else parse_origin(base_url)

    class ContractRegistry(FirstMatchRegistry):
        """A registry that responds from a contract."""

        def __init__(self) -> None:
            super().__init__()
            self._registry = Registry(name, remembers=False, guess_json=True)
            self._registry.add_supported(interactions)

        def find(self, request: Any) -> tuple[responses.BaseResponse | None, list[str]]:
            """Return a matching response of the mock, or else of the contract."""
            found, reasons = super().find(request)
            parts = urlsplit(request.url)
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            relative_target: str | None = target or "/"
            if origin is not None:
                host = normalize_authority(
                    parts.scheme, parts.hostname or "", parts.port
                )
                relative_target = (
                    origin.strip_prefix(target) if host == origin.authority else None
                )
            if found is not None or relative_target is None:
                return found, reasons
            body = request.body
            content = body.encode() if isinstance(body, str) else body
            parsed_request = Request.from_http(
                request.method, relative_target, request.headers.items(), content
            )
            try:
                matched = self._registry.respond_to(
                    parsed_request,
                    base_url=f"{parts.scheme}://{parts.netloc}"
                    if origin is None
                    else str(origin),
                    url=request.url,
                )
            except UnexpectedRequest as error:
                raise requests.ConnectionError(str(error), request=request) from error
            response = matched.response
            return (
                responses.Response(
                    method=request.method,
                    url=request.url,
                    status=response.status,
                    body=response.body.content,
                    headers=HTTPHeaderDict(
                        (header, value)
                        for header, value in response.headers.lines()
                        if header.lower() != "content-type"
                    ),
                    content_type=response.headers.first("content-type"),
                ),
                [],
            )

    return ContractRegistry
