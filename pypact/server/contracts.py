"""Which contracts does a stub answer from, and did they change?

Files, directories, patterns and URLs. Files are looked at again before each request: a
look costs some microseconds, and a stub that answers from an old contract costs hours.
"""

from __future__ import annotations

import glob
import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from pypact.errors import InvalidExpectation, InvalidPact, PactError
from pypact.formats import read_pact
from pypact.model.contract import Contract
from pypact.model.interactions import HttpInteraction
from pypact.registry import Registry
from pypact.sources import UrlSource

__all__ = ["Pacts", "StubContracts"]

Pacts: TypeAlias = "str | os.PathLike[str] | Contract | Iterable[object]"
"""A path, a pattern, a URL or a contract, or an iterable of those."""


class StubContracts:
    """The contracts of a stub, with one registry for each requested provider state.

    Raises: InvalidPact or StoreError, when there is no contract or one is unreadable.
    """

    def __init__(self, pacts: Pacts) -> None:
        self._sources = _list_sources(pacts)
        self._lock = threading.Lock()
        self._stamp: _Stamp = ()
        self._interactions: list[HttpInteraction] = []
        self._registries: dict[str | None, Registry] = {}
        self._load(self._read_stamp())

    @property
    def interactions(self) -> tuple[HttpInteraction, ...]:
        """All HTTP interactions of the contracts."""
        return tuple(self._interactions)

    def registry(self, state: str | None) -> Registry:
        """Return the registry for the provider state `state`; None means any state.

        Interactions of the state come first, then those without a state. Files that
        have changed are read again; if one has become unreadable, the contracts read
        before stay in use, and the error is logged.
        """
        with self._lock:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                try:
                    self._load(stamp)
                except PactError as error:
                    _LOG.error("%s", error)
                    self._stamp = stamp
            if state not in self._registries:
                self._registries[state] = _build_registry(self._interactions, state)
            return self._registries[state]

    def _read_stamp(self) -> _Stamp:
        paths = [path for source in self._sources for path in _find_files(source)]
        return tuple(found for path in paths if (found := _stamp(path)))

    def _load(self, stamp: _Stamp) -> None:
        contracts = [one for source in self._sources for one in _read_contracts(source)]
        self._interactions = [
            one
            for contract in contracts
            for one in contract.interactions
            if isinstance(one, HttpInteraction)
        ]
        self._registries = {}
        self._stamp = stamp


_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


def _build_registry(
    interactions: Iterable[HttpInteraction], state: str | None
) -> Registry:
    registry = Registry("the stubbed contracts", remembers=False)
    if state is None:
        # Peers: like the Ruby stub, prefer the lowest status if several match.
        chosen = sorted(interactions, key=lambda one: one.response.status)
    else:
        listed = list(interactions)
        chosen = [one for one in listed if state in [s.name for s in one.states]]
        chosen += [one for one in listed if not one.states]
    for interaction in chosen:
        registry.add(interaction)
    return registry


def _list_sources(pacts: Pacts) -> list[str | Contract]:
    if isinstance(pacts, (str, Contract)):
        return [pacts]
    if isinstance(pacts, os.PathLike):
        return [os.fspath(pacts)]
    if not isinstance(pacts, Iterable) or isinstance(pacts, (bytes, dict)):
        raise InvalidExpectation(
            f"expected a path, URL, contract, or a list of those, got {pacts!r}"
        )
    found = [one for each in pacts for one in _list_sources(each)]  # type: ignore[arg-type]  # the recursion checks it
    if not found:
        raise InvalidExpectation("pacts is empty: a stub needs at least one contract")
    return found


def _find_files(source: str | Contract) -> list[Path]:
    if isinstance(source, Contract) or _is_url(source):
        return []
    path = Path(source)
    if path.is_dir():
        return sorted(path.glob("*.json"))
    if path.exists() or not any(sign in source for sign in "*?["):
        return [path]
    return sorted(Path(found) for found in glob.glob(source, recursive=True))  # noqa: PTH207 -- Path.glob takes no absolute pattern


def _read_contracts(source: str | Contract) -> list[Contract]:
    if isinstance(source, Contract):
        return [source]
    if _is_url(source):
        return [UrlSource(source).read()]
    files = _find_files(source)
    if not files:
        raise InvalidPact(source, read="no file", wanted="files *.json")
    return [read_pact(path) for path in files]


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _stamp(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size


_LOG = logging.getLogger("pypact.server")
