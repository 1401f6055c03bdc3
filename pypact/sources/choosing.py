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
    """Find the source of `pacts`.

    It is a path, a pattern, a URL, a contract, a broker, a source, or several of those.
    A path is a directory when it is one or ends in a slash, a pattern when it has `*`,
    `?` or `[` and names nothing that exists.
    """
    if isinstance(pacts, str) and pacts.startswith(("http://", "https://")):
        return UrlSource(pacts)
    if isinstance(pacts, (str, os.PathLike)):
        return _path_source(os.fspath(pacts))
    if isinstance(pacts, Broker):
        return BrokerSource(pacts)
    if isinstance(pacts, Contract):
        return ContractSource(pacts)
    if callable(getattr(pacts, "load", None)):
        return pacts  # type: ignore[return-value]  # a Source of the user's own
    if isinstance(pacts, Iterable) and not isinstance(pacts, (bytes, dict)):
        return _Several([source_for(one) for one in pacts])
    raise InvalidExpectation(
        f"pacts={pacts!r} is no path, pattern, URL, contract, broker or source, "
        "nor a list of those"
    )


def _path_source(path: str) -> Source:
    if Path(path).is_dir() or path.endswith(("/", os.sep)):
        return DirectorySource(path)
    if any(sign in path for sign in "*?[") and not Path(path).exists():
        return GlobSource(path)
    return FileSource(path)


class _Several:
    def __init__(self, sources: list[Source]) -> None:
        if not sources:
            raise InvalidExpectation("pacts is an empty list: nothing to verify")
        self._sources = sources

    def load(self, provider: str) -> Iterable[SourcedPact]:
        return [pact for source in self._sources for pact in source.load(provider)]
