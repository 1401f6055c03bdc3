"""What does the mock server know: expected, asked, and to be written?

The registry answers and judges; here is what the administration protocol adds: a
registry can be cleared, what was asked for once stays to be written, and one content
counts for one description and state. Source: conventions, 4.6.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pypact.errors import InvalidPact, PactError, ServerError
from pypact.formats import contract_to_json, read_pact
from pypact.formats.merge import Identity, identity
from pypact.formats.store import contract_path, put, update
from pypact.matching import match_request
from pypact.model.contract import Contract
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.versions import SpecificationVersion
from pypact.registry import Answer, Registry
from pypact.server.expectations import Expectation
from pypact.server.summaries import differing_members, named_state

__all__ = ["WRITE_MODES", "AlmostDuplicate", "Miss", "Session", "Writing"]

WRITE_MODES = ("overwrite", "merge", "update", "none")
"""How a contract comes into a file: in its place; beside what is there, which must be
the same; in place of the same interactions; not at all."""


class AlmostDuplicate(PactError):
    """An interaction is registered that was answered before with another content."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Who has the contract, where it goes, how, and of which version."""

    consumer: str | None = None
    provider: str | None = None
    pact_dir: str | None = None
    write_mode: str = "overwrite"
    specification: str | None = None

    @property
    def is_possible(self) -> bool:
        """Tell whether all is known that writing needs."""
        return None not in (self.consumer, self.provider, self.pact_dir)


@dataclass(frozen=True, slots=True)
class Miss:
    """A request without an answer; `near` are the interactions of its route."""

    request: Request
    near: tuple[tuple[HttpInteraction, tuple[Mismatch, ...]], ...]


class Session:
    """The state of one mock server."""

    def __init__(self, name: str, writing: Writing) -> None:
        self.name = name
        self.writing = writing
        self._lock = threading.Lock()
        self._registry = Registry(name)
        self._expected: dict[int, Expectation] = {}
        self._verified: dict[Identity, Expectation] = {}
        self._is_written = False

    # -- what is expected --------------------------------------------------------------

    def add(self, expectation: Expectation) -> None:
        """Expect an interaction.

        Raises: AlmostDuplicate.
        """
        with self._lock:
            self._add(expectation)

    def replace_all(self, expectations: Iterable[Expectation]) -> None:
        """Expect these instead of all others, and forget what was asked.

        Raises: AlmostDuplicate.
        """
        with self._lock:
            self._clear()
            for expectation in expectations:
                self._add(expectation)

    def clear(self) -> None:
        """Expect nothing, and forget what was asked."""
        with self._lock:
            self._clear()

    def clear_all(self) -> None:
        """Forget what is to be written, too."""
        with self._lock:
            self._clear()
            self._verified.clear()
            self._is_written = False

    # -- what is asked -----------------------------------------------------------------

    def candidates(self, request: Request) -> list[HttpInteraction]:
        """Find all interactions that match a request."""
        return self._registry.candidates(request)

    def answer(self, request: Request) -> Answer:
        """Answer a request; its interaction is one to write from now on.

        Raises: UnexpectedRequest.
        """
        with self._lock:
            registry, expected = self._registry, self._expected
        answer = registry.answer(request)
        expectation = expected[id(answer.interaction)]
        with self._lock:
            name = identity(expectation.recorded)
            self._verified.setdefault(name, expectation)
        return answer

    def misses(self) -> list[Miss]:
        """List the requests that got no answer, in their order."""
        with self._lock:
            registry = self._registry
            expected = [one.interaction for one in self._expected.values()]
        return [
            self.miss(exchange.request, expected)
            for exchange in registry.exchanges
            if exchange.error is not None
        ]

    def miss(
        self, request: Request, expected: Iterable[HttpInteraction] | None = None
    ) -> Miss:
        """Say which interactions have the route of a request, and what differs."""
        if expected is None:
            with self._lock:
                expected = [one.interaction for one in self._expected.values()]
        compared = ((one, tuple(match_request(one, request))) for one in expected)
        return Miss(request, tuple(pair for pair in compared if _is_route(pair[1])))

    def missing(self, misses: Iterable[Miss]) -> list[HttpInteraction]:
        """List what nobody asked for, not even in a wrong way."""
        near = {id(one) for miss in misses for one, _ in miss.near}
        return [one for one in self._registry.verdict().missing if id(one) not in near]

    # -- what is written ---------------------------------------------------------------

    def write(self, details: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """Write the contract of what was asked for, and give it.

        `details` are what the client says over what the server was started with.

        Raises: ServerError, StoreError, MergeConflict, NotExpressible.
        """
        writing = _amended(self.writing, details or {})
        with self._lock:
            verified = list(self._verified.values())
            self._is_written = True
        contract = _contract(writing, verified)
        if writing.write_mode == "none" or not verified:
            return contract_to_json(contract, contract.version)
        if writing.pact_dir is None:
            raise ServerError("no directory to write the pact to: set pact_dir")
        directory = Path(writing.pact_dir).absolute()
        path = contract_path(directory, contract.consumer, contract.provider)
        if writing.write_mode == "overwrite":
            put(path, contract)
        else:
            update(path, contract, keeps_old=writing.write_mode == "merge")
        written = read_pact(path)
        return contract_to_json(written, written.version)

    def write_at_end(self) -> None:
        """Write what a client did not ask to be written, where that is possible."""
        with self._lock:
            is_due = bool(self._verified) and not self._is_written
        if is_due and self.writing.is_possible:
            self.write()

    def _add(self, expectation: Expectation) -> None:
        before = self._verified.get(identity(expectation.recorded))
        if before is not None:
            _refuse_other(before.recorded, expectation.recorded)
        self._registry.add(expectation.interaction)
        self._expected[id(expectation.interaction)] = expectation

    def _clear(self) -> None:
        # New ones: a request that is being answered keeps those it began with.
        self._registry = Registry(self.name)
        self._expected = {}


def _is_route(mismatches: Iterable[Mismatch]) -> bool:
    return not any(one.kind in (Kind.METHOD, Kind.PATH) for one in mismatches)


def _refuse_other(before: HttpInteraction, after: HttpInteraction) -> None:
    members = differing_members(before, after)
    if members:
        listed = " and ".join(filter(None, (", ".join(members[:-1]), members[-1])))
        raise AlmostDuplicate(
            f"An interaction with same description ({named_state(after.description)}) "
            f"and provider state ({named_state(*(s.name for s in after.states))}) "
            f"but a different {listed} has already been used. Please use a different "
            "description or provider state, or remove any random data in the "
            "interaction."
        )


def _amended(writing: Writing, details: Mapping[str, Json]) -> Writing:
    changes: dict[str, Json] = {}
    for role in ("consumer", "provider"):
        if details.get(role) is not None:
            changes[role] = _name_in(details[role], role)
    for name, member in _DETAILS.items():
        if details.get(name) is not None:
            if not isinstance(details[name], (str, int)):
                raise InvalidPact(name, read=repr(details[name]), wanted="a text")
            changes[member] = str(details[name])
    amended = replace(writing, **changes)
    if amended.write_mode not in WRITE_MODES:
        raise InvalidPact(
            "pactfile_write_mode",
            read=repr(amended.write_mode),
            wanted=f"one of {', '.join(WRITE_MODES)}",
        )
    return amended


def _name_in(data: Json, role: str) -> Json:
    name = data.get("name") if isinstance(data, dict) else data
    if name is not None and not isinstance(name, str):
        raise InvalidPact(role, read=repr(data), wanted='an object such as {"name": …}')
    return name


def _contract(writing: Writing, verified: list[Expectation]) -> Contract:
    if not writing.consumer or not writing.provider:
        raise ServerError("You must specify a consumer and provider name")
    default = max((one.version for one in verified), default=SpecificationVersion.V2)
    version: SpecificationVersion | None = default
    if writing.specification is not None:
        version = SpecificationVersion.parse(writing.specification)
    if version is None:
        known = ", ".join(map(str, SpecificationVersion))
        raise InvalidPact(
            "pact_specification_version",
            read=repr(writing.specification),
            wanted=f"one of {known}",
        )
    interactions = tuple(one.recorded for one in verified)
    return Contract(writing.consumer, writing.provider, interactions, version=version)


_DETAILS = {
    "pact_dir": "pact_dir",
    "pactfile_write_mode": "write_mode",
    "pact_specification_version": "specification",
}
