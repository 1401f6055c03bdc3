"""Read and write contracts of every specification version."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pypact.formats import http, v1_to_v3
from pypact.formats.pact import (
    VersionLike,
    contract_from_json,
    contract_to_json,
    find_format,
    interaction_to_json,
)
from pypact.formats.store import read_pact_file, replace_contract
from pypact.model.http import Request, Response
from pypact.model.interactions import Contract, Message
from pypact.model.json import Json

__all__ = [
    "contract_to_json",
    "interaction_to_json",
    "read_message",
    "read_pact",
    "read_request",
    "read_response",
    "write_pact",
]


def read_pact(source: str | os.PathLike[str] | Mapping[str, Json]) -> Contract:
    """Read a contract of any specification version.

    `source` is the path of a pact file, or its parsed JSON.

        >>> contract = pypact.read_pact("pacts/Web-Users.json")
        >>> contract.consumer, contract.provider
        ('Web', 'Users')

    Raises: InvalidPact with the place of the error, StoreError if the file cannot be
    read.
    """
    if isinstance(source, Mapping):
        return contract_from_json(dict(source))
    return read_pact_file(Path(source))


def write_pact(
    contract: Contract,
    path: str | os.PathLike[str],
    *,
    specification: VersionLike | None = None,
    lossy: bool = False,
) -> None:
    """Write a contract to `path`, replacing an existing pact file.

    `specification` defaults to the version of the contract. Interactions that were read
    from a file of that version are written back unchanged. If the contract has
    interactions defined in a test, `pypact` is added to its metadata.

        >>> contract = pypact.read_pact("pacts/Web-Users.json")
        >>> pypact.write_pact(contract, "Web-Users-v2.json", specification="2.0.0")

    Raises: NotExpressible if the version cannot express a part of the contract (with
    `lossy` the part is left out and a `LossWarning` issued), StoreError if the file
    cannot be written, or is not a pact.
    """
    chosen = find_format(specification or contract.version)
    replace_contract(path, contract, version_format=chosen, lossy=lossy)


def read_request(data: Mapping[str, Json], version: VersionLike) -> Request:
    """Read a request from its JSON in a pact file of `version`."""
    return http.read_request(dict(data), find_format(version), "request")


def read_response(data: Mapping[str, Json], version: VersionLike) -> Response:
    """Read a response from its JSON in a pact file of `version`."""
    return http.read_response(dict(data), find_format(version), "response")


def read_message(data: Mapping[str, Json], version: VersionLike) -> Message:
    """Read a message from its JSON in a pact file of `version`."""
    return v1_to_v3.read_message(dict(data), find_format(version), "message")
