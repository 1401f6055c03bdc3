"""Keep the state of one mock server, and describe it as the Ruby mock service does.

Interactions can be cleared, while used ones stay to be written. Texts and JSON follow
the Ruby mock service, because old clients show or parse them.

Source: docs/internals/conventions.md, "Ruby mock service protocol", and the responses
of pact-mock_service 3.11.2.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later
from pypact._process import is_writing_forbidden
from pypact.errors import InvalidPact, PactError, ServerError
from pypact.explain.mismatches import format_mismatches
from pypact.explain.secrets import hide_mismatch_secrets, hide_request_secrets
from pypact.formats import contract_to_json, interaction_to_json, read_pact
from pypact.formats.merge import InteractionIdentity, identify
from pypact.formats.store import get_contract_path, merge_into_file, replace_contract
from pypact.matching import match_request
from pypact.model.http import Request, Response, format_target
from pypact.model.interactions import (
    Contract,
    HttpInteraction,
    SpecificationVersion,
    parse_version,
)
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.registry import MatchedResponse, Registry, Verdict
from pypact.server.access import find_allowed_directory
from pypact.server.expectations import Expectation


def format_request_line(request: Request) -> str:
    """Return method, path and query of a request, as `GET /user?id=23`."""
    return f"{request.method} {format_target(request.path, request.query)}"


def quote_names(*names: str) -> str:
    """Return provider states, or a description, as one JSON string, `nil` if empty."""
    return dump_json(", ".join(names)) if names else "nil"


def summarize_interaction(interaction: HttpInteraction) -> dict[str, Json]:
    """Return the JSON that describes one of several matching interactions."""
    request = interaction.request
    shown: dict[str, Json] = {"method": request.method.lower(), "path": request.path}
    if len(request.query):
        shown["query"] = {name: list(values) for name, values in request.query.items()}
    if len(request.headers):
        shown["headers"] = {
            name: ", ".join(values) for name, values in request.headers.items()
        }
    if request.body.is_present:
        shown["body"] = _body_to_json(request)
    return {"description": interaction.description, "request": shown}


def diff_interaction(
    interaction: HttpInteraction, mismatches: Iterable[Mismatch]
) -> dict[str, Json]:
    """Return the differences of a request from an interaction of its route, as JSON."""
    shown: dict[str, Json] = {"description": interaction.description}
    if interaction.states:
        shown["provider_state"] = ", ".join(state.name for state in interaction.states)
    for mismatch in mismatches:
        part = shown.setdefault(_PART_NAMES.get(mismatch.kind, mismatch.kind), {})
        *keys, last = _split_path(mismatch)
        for key in keys:
            part = part.setdefault(key, {})
            if "EXPECTED" in part:
                break
        actual = mismatch.actual
        part[last] = {
            "EXPECTED": _value_to_json(mismatch.expected),
            "ACTUAL": "<key not found>" if actual is None else _value_to_json(actual),
            "message": mismatch.message,
        }
    return shown


def find_differing_members(
    before: HttpInteraction, after: HttpInteraction
) -> list[str]:
    """List the parts in which two interactions differ, such as `request path`."""
    one, other = (interaction_to_json(each, "4.0") for each in (before, after))
    return [
        f"{part} {member}"
        for part, members in _COMPARED_MEMBERS.items()
        for member in members
        if one[part].get(member) != other[part].get(member)
    ]


def format_verification_failure(
    name: str,
    log: str,
    misses: Sequence[UnmatchedRequest],
    missing: Sequence[HttpInteraction],
) -> str:
    """Return the text of a failed verification: the requests by problem, then diffs."""
    incorrect = [miss for miss in misses if miss.near]
    sections = {
        "Incorrect requests": [_format_incorrect(miss) for miss in incorrect],
        "Missing requests": [format_request_line(one.request) for one in missing],
        "Unexpected requests": [
            format_request_line(miss.request) for miss in misses if not miss.near
        ],
    }
    listed = "".join(
        f"{title}:\n\t" + "\n\t".join(lines) + "\n\n"
        for title, lines in sections.items()
        if lines
    )
    diffs = "\n\n".join(_format_diff(miss) for miss in incorrect)
    return (
        "Actual interactions do not match expected interactions for mock "
        f"{name}.\n\n{listed}{diffs}\nSee {log} for details."
    )


def _format_incorrect(miss: UnmatchedRequest) -> str:
    parts = dict.fromkeys(
        _PART_NAMES.get(mismatch.kind, mismatch.kind)
        for _, mismatches in miss.near
        for mismatch in mismatches
    )
    *others, last = parts
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{format_request_line(miss.request)} (request {listed} did not match)"


def _format_diff(miss: UnmatchedRequest) -> str:
    return "\n".join(
        f"Diff with interaction: {dump_json(one.description)}{_format_states(one)}\n"
        f"{format_mismatches(mismatches, shows_declared=True)}\n"
        for one, mismatches in miss.near
    )


def _format_states(interaction: HttpInteraction) -> str:
    if not interaction.states:
        return ""
    return f" given {quote_names(*(state.name for state in interaction.states))}"


def _body_to_json(request: Request) -> Json:
    try:
        return parse_json(request.body.content)
    except ValueError:
        return request.body.content.decode("utf-8", "replace")


def _split_path(mismatch: Mismatch) -> list[str]:
    if mismatch.kind in (MismatchKind.QUERY, MismatchKind.HEADER):
        return [mismatch.path or "*"]
    found = _PATH_KEY.findall(mismatch.path)
    return [name or quoted or index for name, quoted, index in found] or ["*"]


def _value_to_json(value: Json) -> Json:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


_PART_NAMES = {
    MismatchKind.BODY: "body",
    MismatchKind.BODY_TYPE: "headers",
    MismatchKind.HEADER: "headers",
    MismatchKind.QUERY: "query",
}

_COMPARED_MEMBERS = {
    "request": ("method", "path", "query", "headers", "body", "matchingRules"),
    "response": ("status", "headers", "body", "matchingRules"),
}

_PATH_KEY = compile_later(r"""\.([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]""")


WRITE_MODES = ("overwrite", "merge", "update", "none")
"""The ways to write a contract to its file.

`overwrite` replaces the file; `merge` adds to it, and refuses an interaction that
differs from the one of the same name in the file; `merge_into_file` adds to it and
replaces those; `none` does not write.
"""


class ConflictingInteraction(PactError, AssertionError):
    """An interaction unlike a used one with the same description and state."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Options for writing the contract: names, directory, write mode, pact version.

    Clients may give directories inside of `pact_dir`, by default the working directory,
    and inside of `allowed_dirs`. `file_name` is by default that of pypact's own files.
    """

    consumer: str | None = None
    provider: str | None = None
    pact_dir: str | None = None
    write_mode: str = "overwrite"
    specification: str | None = None
    allowed_dirs: tuple[str, ...] = ()
    file_name: str | None = None

    @property
    def is_complete(self) -> bool:
        return None not in (self.consumer, self.provider, self.pact_dir)


@dataclass(frozen=True, slots=True)
class UnmatchedRequest:
    """An unmatched request, with the mismatches of its route's interactions.

    The secrets of the request are hidden in both.
    """

    request: Request
    near: tuple[tuple[HttpInteraction, tuple[Mismatch, ...]], ...]


class Session:
    """The expected interactions, the requests and the used interactions of a server."""

    def __init__(self, name: str, writing: WriteOptions) -> None:
        self.name = name
        self.writing = writing
        self._lock = threading.Lock()
        self._registry = Registry(name, is_long_lived=True)
        self._expected: dict[int, Expectation] = {}
        self._verified: dict[InteractionIdentity, Expectation] = {}
        self._is_written = False

    def add(self, expectation: Expectation) -> None:
        """Expect one more interaction."""
        with self._lock:
            self._add(expectation)

    def replace_all(self, expectations: Iterable[Expectation]) -> None:
        """Expect only these interactions, and forget the requests received so far."""
        with self._lock:
            self._clear()
            for expectation in expectations:
                self._add(expectation)

    def clear(self) -> None:
        """Expect no interaction, and forget the requests received so far."""
        with self._lock:
            self._clear()

    def clear_all(self) -> None:
        """Clear as `clear` does; also forget the used interactions to be written."""
        with self._lock:
            self._clear()
            self._verified.clear()
            self._is_written = False

    def find_candidates(self, request: Request) -> list[HttpInteraction]:
        return self._registry.find_matching(request)

    def respond_to(
        self, request: Request, *, base_url: str = "", caller: str | None = None
    ) -> MatchedResponse:
        """Return the response to a request; its interaction will be written.

        `base_url` is the URL of the server, for generators; `caller` is the client or
        the line that sent the request.
        """
        with self._lock:
            registry, expected = self._registry, self._expected
        matched = registry.respond_to(request, base_url=base_url, caller=caller)
        expectation = expected[id(matched.interaction)]
        with self._lock:
            self._verified.setdefault(identify(expectation.recorded), expectation)
        return matched

    def respond_with(
        self, expectation: Expectation, request: Request, *, base_url: str, caller: str
    ) -> Response:
        """Return the response of one interaction, which will be written.

        Raises: UnexpectedRequest if the request does not match it.
        """
        registry = Registry(self.name, guess_json=True)
        registry.add(expectation.interaction)
        matched = registry.respond_to(request, base_url=base_url, caller=caller)
        with self._lock:
            self._verified.setdefault(identify(expectation.recorded), expectation)
        return matched.response

    def judge(self) -> Verdict:
        """Return the verdict on the requests received since the last change."""
        with self._lock:
            registry = self._registry
        note = "the client got a response with the status code 500"
        if registry.forgotten:
            note += f"; {registry.forgotten} more unexpected requests are not listed"
        return replace(registry.verdict(), note=note)

    def record_failure(self, request: Request, error: PactError, caller: str) -> None:
        """Record a request that got no response."""
        with self._lock:
            registry = self._registry
        registry.record_failure(request, error, caller=caller)

    def find_unmatched(self) -> list[UnmatchedRequest]:
        """List the requests that matched no interaction, in the order received.

        Only the first 100 are listed, so that the memory of a server is limited.
        """
        with self._lock:
            registry, expected = self._registry, self._list_expected()
        return [
            self.compare_request(exchange.request, expected)
            for exchange in registry.exchanges
            if exchange.error is not None
        ]

    def compare_request(
        self, request: Request, expected: Iterable[HttpInteraction] | None = None
    ) -> UnmatchedRequest:
        """Compare a request with the (currently) expected interactions of its route."""
        if expected is None:
            with self._lock:
                expected = self._list_expected()
        compared = ((near, tuple(match_request(near, request))) for near in expected)
        near = tuple(
            (one, tuple(hide_mismatch_secrets(mismatches, request)))
            for one, mismatches in compared
            if _is_same_route(mismatches)
        )
        return UnmatchedRequest(hide_request_secrets(request), near)

    def find_missing(self, misses: Iterable[UnmatchedRequest]) -> list[HttpInteraction]:
        """List the interactions that had neither a matching nor a near request."""
        near = {id(interaction) for miss in misses for interaction, _ in miss.near}
        missing = self._registry.verdict().missing
        return [interaction for interaction in missing if id(interaction) not in near]

    def write(self, details: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """Write the contract of the used interactions, and return it as JSON.

        `details` are options of the client; they override those of the server.
        """
        writing = _override_options(self.writing, details or {})
        with self._lock:
            verified = list(self._verified.values())
            self._is_written = True
        contract = _build_contract(writing, verified)
        if writing.write_mode == "none" or not verified or is_writing_forbidden():
            return contract_to_json(contract, contract.version)
        if writing.pact_dir is None:
            raise ServerError("cannot write the pact without a directory: set pact_dir")
        directory = Path(writing.pact_dir).absolute()
        if writing.file_name is not None:
            path = directory / writing.file_name
        else:
            path = get_contract_path(directory, contract.consumer, contract.provider)
        if writing.write_mode == "overwrite":
            replace_contract(path, contract, keeps_other_pairs=True)
        else:
            merge_into_file(path, contract, keeps_old=writing.write_mode == "merge")
        written = read_pact(path)
        return contract_to_json(written, written.version)

    def write_at_end(self) -> None:
        """Write the contract if no client has requested it and the options suffice."""
        with self._lock:
            is_due = bool(self._verified) and not self._is_written
        if is_due and self.writing.is_complete:
            self.write()

    def _list_expected(self) -> list[HttpInteraction]:
        return [expectation.interaction for expectation in self._expected.values()]

    def _add(self, expectation: Expectation) -> None:
        before = self._verified.get(identify(expectation.recorded))
        if before is not None:
            _refuse_different(before.recorded, expectation.recorded)
        self._registry.add(expectation.interaction)
        self._expected[id(expectation.interaction)] = expectation

    def _clear(self) -> None:
        # New objects: a request in progress keeps those that it started with.
        self._registry = Registry(self.name, is_long_lived=True)
        self._expected = {}


def _is_same_route(mismatches: Iterable[Mismatch]) -> bool:
    other_route = (MismatchKind.METHOD, MismatchKind.PATH)
    return not any(one.kind in other_route for one in mismatches)


def _refuse_different(before: HttpInteraction, after: HttpInteraction) -> None:
    members = find_differing_members(before, after)
    if members:
        listed = " and ".join(filter(None, (", ".join(members[:-1]), members[-1])))
        raise ConflictingInteraction(
            f"An interaction with same description ({quote_names(after.description)}) "
            f"and provider state ({quote_names(*(s.name for s in after.states))}) "
            f"but a different {listed} has already been used. Please use a different "
            "description or provider state, or remove any random data in the "
            "interaction."
        )


def _override_options(
    writing: WriteOptions, details: Mapping[str, Json]
) -> WriteOptions:
    changes: dict[str, Json] = {}
    for role in ("consumer", "provider"):
        if details.get(role) is not None:
            changes[role] = _read_participant_name(details[role], role)
    for name, member in _OPTION_MEMBERS.items():
        if details.get(name) is not None:
            if not isinstance(details[name], (str, int)):
                raise InvalidPact(name, read=repr(details[name]), wanted="a string")
            changes[member] = str(details[name])
    if "pact_dir" in changes:
        allowed = (writing.pact_dir or ".", *writing.allowed_dirs)
        changes["pact_dir"] = str(find_allowed_directory(changes["pact_dir"], allowed))
    amended = replace(writing, **changes)
    if amended.write_mode not in WRITE_MODES:
        raise InvalidPact(
            "pactfile_write_mode",
            read=repr(amended.write_mode),
            wanted=f"one of {', '.join(WRITE_MODES)}",
        )
    return amended


def _read_participant_name(data: Json, role: str) -> Json:
    name = data.get("name") if isinstance(data, dict) else data
    if name is not None and not isinstance(name, str):
        raise InvalidPact(role, read=repr(data), wanted='an object such as {"name": …}')
    return name


def _build_contract(writing: WriteOptions, verified: list[Expectation]) -> Contract:
    if not writing.consumer or not writing.provider:
        raise ServerError("You must specify a consumer and provider name")
    default = max((one.version for one in verified), default=SpecificationVersion.V2)
    given = writing.specification
    version = default if given is None else parse_version(given)
    interactions = tuple(one.recorded for one in verified)
    return Contract(writing.consumer, writing.provider, interactions, version=version)


_OPTION_MEMBERS = {
    "pact_dir": "pact_dir",
    "pactfile_write_mode": "write_mode",
    "pact_specification_version": "specification",
}
