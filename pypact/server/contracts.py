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
"""A path, a pattern, a URL or a contract, or several of those."""


class StubContracts:
    """The registries of some contracts, one for each provider state that is asked for.

    Raises: InvalidPact and StoreError, when there is no contract or one is unreadable.
    """

    def __init__(self, pacts: Pacts) -> None:
        self._sources = _listed(pacts)
        self._lock = threading.Lock()
        self._stamp: _Stamp = ()
        self._interactions: list[HttpInteraction] = []
        self._registries: dict[str | None, Registry] = {}
        self._load(self._look())

    @property
    def interactions(self) -> tuple[HttpInteraction, ...]:
        """All HTTP interactions of the contracts."""
        return tuple(self._interactions)

    def registry(self, state: str | None) -> Registry:
        """Give what answers when the provider is in `state`; with None, in any.

        Those of the state come first, then those that need none. A contract that cannot
        be read any more is not used; the one read before is.
        """
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                try:
                    self._load(stamp)
                except PactError as error:
                    _LOG.error("%s", error)
                    self._stamp = stamp
            if state not in self._registries:
                self._registries[state] = _registry(self._interactions, state)
            return self._registries[state]

    def _look(self) -> _Stamp:
        paths = [path for source in self._sources for path in _files(source)]
        return tuple(found for path in paths if (found := _stamp(path)))

    def _load(self, stamp: _Stamp) -> None:
        contracts = [one for source in self._sources for one in _contracts(source)]
        self._interactions = [
            one
            for contract in contracts
            for one in contract.interactions
            if isinstance(one, HttpInteraction)
        ]
        self._registries = {}
        self._stamp = stamp


_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


def _registry(interactions: Iterable[HttpInteraction], state: str | None) -> Registry:
    registry = Registry("the stubbed contracts", remembers=False)
    if state is None:
        # Peers: as the Ruby stub, of several answers that with the lowest status.
        chosen = sorted(interactions, key=lambda one: one.response.status)
    else:
        listed = list(interactions)
        chosen = [one for one in listed if state in [s.name for s in one.states]]
        chosen += [one for one in listed if not one.states]
    for interaction in chosen:
        registry.add(interaction)
    return registry


def _listed(pacts: Pacts) -> list[str | Contract]:
    if isinstance(pacts, (str, Contract)):
        return [pacts]
    if isinstance(pacts, os.PathLike):
        return [os.fspath(pacts)]
    if not isinstance(pacts, Iterable) or isinstance(pacts, (bytes, dict)):
        raise InvalidExpectation(
            f"{pacts!r} is no path, URL, contract, or list of those"
        )
    found = [one for each in pacts for one in _listed(each)]  # type: ignore[arg-type]  # checked there
    if not found:
        raise InvalidExpectation("there is no contract to answer from")
    return found


def _files(source: str | Contract) -> list[Path]:
    if isinstance(source, Contract) or _is_url(source):
        return []
    path = Path(source)
    if path.is_dir():
        return sorted(path.glob("*.json"))
    if path.exists() or not any(sign in source for sign in "*?["):
        return [path]
    return sorted(Path(found) for found in glob.glob(source, recursive=True))  # noqa: PTH207 -- Path has no glob in the middle


def _contracts(source: str | Contract) -> list[Contract]:
    if isinstance(source, Contract):
        return [source]
    if _is_url(source):
        return [UrlSource(source).read()]
    files = _files(source)
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
