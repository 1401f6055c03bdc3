"""Load the contracts to verify a provider against, from files, URLs and brokers.

`resolve_source` returns the source for a user's argument; a custom source is any
object with the method `load` of `Source`.

Source: docs/internals/specification.md, "13.1 Flow per interaction".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pypact._dataclasses import dataclass
from pypact.broker import Broker, BrokerPact
from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.formats import read_pact
from pypact.formats.files import PactFiles
from pypact.formats.store import parse_contract
from pypact.model.interactions import Contract
from pypact.web import Credentials, NoResponse, WebClient, mask_url, split_credentials


@dataclass(frozen=True, slots=True)
class LoadedPact:
    """A contract that a source has read.

    `place` is the file, URL or pact that it came from. A `pending` contract never makes
    a run fail. `broker` and `from_broker` are None if it is not from a broker.
    """

    contract: Contract
    place: str
    pending: bool = False
    broker: Broker | None = None
    from_broker: BrokerPact | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """The broker's notices to show before the verification."""
        return self.from_broker.notices_before if self.from_broker else ()


class Source(Protocol):
    """A source of contracts to verify a provider against."""

    def load(self, provider: str) -> Iterable[LoadedPact]:
        """Read the contracts of `provider`, in a stable order.

        Raises: InvalidPact or StoreError, when there is none or one cannot be read.
        """
        ...


class ReadableSource:
    """A source that can be read for any provider; `place` names it in errors."""

    def __init__(self, place: str) -> None:
        self.place = place

    def find_files(self) -> list[Path]:
        """Return the files that the contracts are read from."""
        return []

    def read_all(self) -> list[LoadedPact]:
        """Read the contracts of all providers."""
        raise NotImplementedError

    def load(self, provider: str) -> Iterable[LoadedPact]:
        pacts = self.read_all()
        require_provider(self.place, provider, [pact.contract for pact in pacts])
        return [pact for pact in pacts if pact.contract.provider == provider]


def require_provider(place: str, provider: str, contracts: Iterable[Contract]) -> None:
    """Raise InvalidPact unless one of `contracts` is with `provider`."""
    names = sorted({contract.provider for contract in contracts})
    if provider not in names:
        raise InvalidPact(
            place,
            read=f"only contracts with {', '.join(map(repr, names))}",
            wanted=f"a contract with the provider {provider!r}",
        )


class ContractSource(ReadableSource):
    """A source of one contract that is already in memory."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(f"contract {contract.consumer} -> {contract.provider}")
        self.contract = contract

    def read_all(self) -> list[LoadedPact]:
        return [LoadedPact(self.contract, self.place)]


class PathSource(ReadableSource):
    """The pact files at a path: a file, a directory or a pattern.

    Peers: the Rust verifier ignores the provider in the file; here it must be the same.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._files = PactFiles(path)
        super().__init__(self._files.place)

    def find_files(self) -> list[Path]:
        return list(self._files.find())

    def read_all(self) -> list[LoadedPact]:
        files = self._files.require()
        return [LoadedPact(read_pact(path), shown) for path, shown in files.items()]


def read_provider_names(path: str) -> list[str]:
    """Return the providers in the contracts of a file, directory or pattern, if any."""
    files = [
        file
        for source in list_sources(path)
        if isinstance(source, ReadableSource)
        for file in source.find_files()
    ]
    return sorted({read_pact(file).provider for file in files if file.exists()})


class UrlSource(ReadableSource):
    """A single contract at an HTTP URL.

    Credentials are a `token`, or `username` and `password`, or are part of the URL;
    they are sent to its host only, and never shown. `timeout` is in seconds. `verify`
    is False to trust every certificate, or the path of a file with trusted ones.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        verify: bool | str = True,
    ) -> None:
        self._url, in_url = split_credentials(url)
        super().__init__(mask_url(self._url))
        given = Credentials(username, password, token)
        self._web = WebClient(
            self._url, given or in_url, timeout=timeout, verify=verify, shared=True
        )

    def __repr__(self) -> str:
        return f"UrlSource({self.place!r})"

    def read_all(self) -> list[LoadedPact]:
        return [LoadedPact(self.read(), self.place)]

    def read(self) -> Contract:
        """Read the contract of any provider."""
        try:
            response = self._web.send("GET", self._url, accept=_ACCEPT)
        except NoResponse as error:
            raise StoreError(f"the contract cannot be read: {error}") from None
        if not response.is_ok:
            raise StoreError(
                f"{self.place} cannot be read: the server responded {response.status}"
            )
        return parse_contract(response.content, self.place)


_ACCEPT = "application/json, application/hal+json;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class BrokerSource:
    """A broker's pacts for verification, or the single pact of its `pact_url`."""

    broker: Broker

    def load(self, provider: str) -> Iterable[LoadedPact]:
        found = self.broker.pacts(provider)
        if self.broker.pact_url is not None:
            [only] = found
            require_provider(only.listed.name, provider, [only.contract])
        return [self._load_pact(pact) for pact in found]

    def _load_pact(self, pact: BrokerPact) -> LoadedPact:
        listed = pact.listed
        reason = f", {listed.description}" if listed.description else ""
        return LoadedPact(
            pact.contract,
            f"{listed.name}{reason}",
            # Work in progress was not selected, so it is always pending.
            pending=listed.is_pending or listed.is_wip,
            broker=self.broker,
            from_broker=pact,
        )


def resolve_source(pacts: object) -> Source:
    """Return the source of the contracts that `pacts` describes.

    `pacts` is a path, a pattern, a URL, a contract, a broker, a source, or an iterable
    of those. A string is taken as a directory if it is one or ends with a slash, and as
    a pattern if it contains `*`, `?` or `[` and is not an existing path.

    Raises: InvalidExpectation, for anything else.
    """
    sources = list_sources(pacts)
    return sources[0] if len(sources) == 1 else _CombinedSource(sources)


def list_sources(pacts: object) -> list[Source]:
    """Return the sources that `pacts` describes, as for `resolve_source`."""
    if isinstance(pacts, str) and pacts.startswith(("http://", "https://")):
        return [UrlSource(pacts)]
    if isinstance(pacts, (str, os.PathLike)):
        return [PathSource(pacts)]
    if isinstance(pacts, Broker):
        return [BrokerSource(pacts)]
    if isinstance(pacts, Contract):
        return [ContractSource(pacts)]
    if callable(getattr(pacts, "load", None)):
        return [pacts]  # type: ignore[list-item]  # a custom Source
    if not isinstance(pacts, Iterable) or isinstance(pacts, (bytes, dict)):
        raise InvalidExpectation(
            "pacts must be a path, pattern, URL, contract, broker or source, "
            f"or a list of those, got {pacts!r}"
        )
    sources = [source for part in pacts for source in list_sources(part)]
    if not sources:
        raise InvalidExpectation("pacts is an empty list: expected some contracts")
    return sources


class _CombinedSource:
    """The contracts of several sources, one source after the other."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources

    def load(self, provider: str) -> Iterable[LoadedPact]:
        return [pact for source in self._sources for pact in source.load(provider)]
