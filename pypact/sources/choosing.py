"""Which source does the user mean?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pypact.broker import Broker
from pypact.errors import InvalidExpectation
from pypact.model.contract import Contract
from pypact.sources.brokers import BrokerSource
from pypact.sources.files import DirectorySource, FileSource, GlobSource
from pypact.sources.sourced import ContractSource, Source, SourcedPact
from pypact.sources.urls import UrlSource

__all__ = ["source_for"]


def source_for(pacts: object) -> Source:
    """Return the source of the contracts that `pacts` describes.

    `pacts` is a path, a pattern, a URL, a contract, a broker, a source, or an iterable
    of those. A string is taken as a directory if it is one or ends with a slash, and as
    a pattern if it contains `*`, `?` or `[` and is not an existing path.

    Raises: InvalidExpectation, for anything else.
    """
    if isinstance(pacts, str) and pacts.startswith(("http://", "https://")):
        return UrlSource(pacts)
    if isinstance(pacts, (str, os.PathLike)):
        return _source_for_path(os.fspath(pacts))
    if isinstance(pacts, Broker):
        return BrokerSource(pacts)
    if isinstance(pacts, Contract):
        return ContractSource(pacts)
    if callable(getattr(pacts, "load", None)):
        return pacts  # type: ignore[return-value]  # a custom Source
    if isinstance(pacts, Iterable) and not isinstance(pacts, (bytes, dict)):
        return _CombinedSource([source_for(one) for one in pacts])
    raise InvalidExpectation(
        "pacts must be a path, pattern, URL, contract, broker or source, "
        f"or a list of those, got {pacts!r}"
    )


def _source_for_path(path: str) -> Source:
    if Path(path).is_dir() or path.endswith(("/", os.sep)):
        return DirectorySource(path)
    if any(sign in path for sign in "*?[") and not Path(path).exists():
        return GlobSource(path)
    return FileSource(path)


class _CombinedSource:
    """The contracts of several sources, one source after the other."""

    def __init__(self, sources: list[Source]) -> None:
        if not sources:
            raise InvalidExpectation("pacts is an empty list: nothing to verify")
        self._sources = sources

    def load(self, provider: str) -> Iterable[SourcedPact]:
        return [pact for source in self._sources for pact in source.load(provider)]
