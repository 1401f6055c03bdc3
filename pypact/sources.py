"""Load the contracts to verify a provider against, from files, URLs and brokers.

`resolve_source` returns the source for a user's argument; a custom source is any
object with the method `load` of `Source`.

Source: docs/internals/specification.md, "13.1 Flow per interaction".
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pypact.broker import Broker, BrokerPact
from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.formats import read_pact
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


class _PathSource(ReadableSource):
    """A source at a path; a relative path is resolved when the source is created."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(os.fspath(path))
        self._path = Path(path).absolute()


class FileSource(_PathSource):
    """A single pact file.

    Peers: the Rust verifier ignores the provider in the file; here it must be the same.
    """

    def find_files(self) -> list[Path]:
        return [self._path]

    def read_all(self) -> list[LoadedPact]:
        if not self._path.exists():
            raise StoreError(f"{self.place}: no such file or directory")
        return [LoadedPact(read_pact(self._path), self.place)]


class DirectorySource(_PathSource):
    """The `*.json` files of a directory, sorted by name."""

    def find_files(self) -> list[Path]:
        return sorted(self._path.glob("*.json"))

    def read_all(self) -> list[LoadedPact]:
        if not self._path.is_dir():
            raise StoreError(f"{self.place}: no such directory")
        paths = self.find_files()
        shown = {path: os.path.join(self.place, path.name) for path in paths}  # noqa: PTH118 -- as the user wrote it
        return _read_files(self.place, shown)


class GlobSource(ReadableSource):
    """The files that match a pattern with `*`, `?` or `**`."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._absolute = os.path.abspath(pattern)  # noqa: PTH100 -- Path has no glob in the middle

    def find_files(self) -> list[Path]:
        found = sorted(glob.glob(self._absolute, recursive=True))  # noqa: PTH207 -- the same
        return [path for path in map(Path, found) if path.is_file()]

    def read_all(self) -> list[LoadedPact]:
        shown = {path: os.path.relpath(path) for path in self.find_files()}
        return _read_files(self.place, shown)


def _read_files(place: str, shown: dict[Path, str]) -> list[LoadedPact]:
    if not shown:
        raise InvalidPact(place, read="nothing: no such file", wanted="files *.json")
    return [LoadedPact(read_pact(path), name) for path, name in shown.items()]


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
        return [_choose_source(os.fspath(pacts))]
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


def _choose_source(path: str) -> Source:
    if Path(path).is_dir() or path.endswith(("/", os.sep)):
        return DirectorySource(path)
    if any(sign in path for sign in "*?[") and not Path(path).exists():
        return GlobSource(path)
    return FileSource(path)


class _CombinedSource:
    """The contracts of several sources, one source after the other."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources

    def load(self, provider: str) -> Iterable[LoadedPact]:
        return [pact for source in self._sources for pact in source.load(provider)]
