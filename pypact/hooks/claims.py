"""Hold the active claims of the process, and dispatch intercepted requests to them.

The hooks are installed when the first claim is activated, and removed when the last one
is released. Of several claims on an origin, those of the caller's own context come
first, then the longest path prefix wins. A request to a claimed origin that is outside
of every prefix is refused, and so is one that several claims match equally well.

The claims of all threads are guarded by one lock, which is held only briefly. Nothing
is imported while it is held: a thread that is importing a client holds the lock of that
import when it enters this module, so importing here could deadlock.

Source: docs/internals/design.md, "Decision 5: Where to hook", "Decision 6: Owned
origins", "Decision 7: One process".
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from typing import NoReturn, TypeAlias, cast

from pypact._process import is_bypassing
from pypact.errors import BlockMisuse, NetworkBlocked, PactError, UnexpectedRequest
from pypact.frames import find_caller
from pypact.hooks import HOOKS, Hook
from pypact.hooks.origins import (
    Authority,
    Origin,
    format_origin,
    normalize_authority,
)
from pypact.hooks.patching import ImportWatcher
from pypact.model.http import Request, Response

HeaderLines: TypeAlias = Sequence[tuple[str, str]]
"""Header lines as (name, value) pairs, in the order in which they are sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a claim receives it.

    `request.path` excludes the claim's path prefix; `url` is the full URL. `caller` is
    the "file:line" that made the request.
    """

    request: Request
    url: str
    caller: str


@dataclass(frozen=True, slots=True)
class FaultyResponse:
    """A response with a fault.

    `kind` is the kind of a `pypact.fault`; `seconds` is the delay of a slow body.
    """

    kind: str
    response: Response
    seconds: float = 0.0

    @property
    def has_head(self) -> bool:
        """Whether the client receives the status line and headers of the response."""
        return self.kind in {"slow_body", "truncated_body"}


CallHandler: TypeAlias = Callable[[Call], Response | FaultyResponse]
"""Return the response to a call, or raise the error that the caller gets."""

RefusalHandler: TypeAlias = Callable[[Call, PactError], None]
"""Record a refused call, so that its block also fails when it ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """The origin that a block owns.

    With `origin=None` the claim owns each origin that no other claim owns. `name`
    identifies the claim in errors. `allowed` are the hosts ("host" or "host:port") that
    requests to unclaimed origins may go to; None allows all.
    """

    origin: Origin | None
    respond: CallHandler
    refuse: RefusalHandler
    name: str
    allowed: frozenset[str] | None = None


def dispatch_call(
    claims: Sequence[Claim],
    target: str,
    call: Callable[[str], Call],
    *,
    is_own: Callable[[Claim], bool],
) -> Response | FaultyResponse:
    """Return the response of the best matching claim.

    All of `claims` own the request's origin. `call` builds the call from a target (path
    and query) without the prefix; `is_own` returns whether a claim was activated in the
    caller's context.

    Raises: UnexpectedRequest when the target is outside of every prefix; BlockMisuse
    when several claims match equally well.
    """
    __tracebackhide__ = True
    found = [
        (claim, rest)
        for claim in claims
        if (rest := _strip_prefix(claim, target)) is not None
    ]
    if not found:
        _refuse_outside_prefix(claims, call(target))
    if len(found) > 1:
        found = [pair for pair in found if is_own(pair[0])] or found
        longest = max(_prefix_length(claim) for claim, _ in found)
        found = [pair for pair in found if _prefix_length(pair[0]) == longest]
    if len(found) > 1:
        _refuse_ambiguous([claim for claim, _ in found], call(target))
    claim, rest = found[0]
    return claim.respond(call(rest))


def refuse_blocked_call(claims: Sequence[Claim], call: Call) -> NoReturn:
    """Refuse a call to an unclaimed origin that `claims` do not allow.

    Raises: NetworkBlocked.
    """
    host = call.url.partition("://")[2].partition("/")[0].partition("?")[0]
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = NetworkBlocked(
        f"{call.request.method} {call.url}, called at {call.caller}, would go to the "
        f"network, which is blocked by\n{names}\n"
        f"Declare the call in a pact, or allow its host with allow_hosts=[{host!r}]"
    )
    _record_and_raise(claims, call, error)


def _strip_prefix(claim: Claim, target: str) -> str | None:
    return target if claim.origin is None else claim.origin.strip_prefix(target)


def _prefix_length(claim: Claim) -> int:
    return -1 if claim.origin is None else len(claim.origin.prefix)


def _refuse_outside_prefix(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    owned = "\n".join(f"  {claim.origin} belongs to {claim.name}" for claim in claims)
    error = UnexpectedRequest(
        f"{call.request.method} {call.url}, called at {call.caller}, "
        f"is outside of the path prefixes that pacts own on this origin:\n{owned}"
    )
    _record_and_raise(claims, call, error)


def _refuse_ambiguous(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = BlockMisuse(
        f"{call.request.method} {call.url}, called at {call.caller}, matches several "
        f"blocks, and the calling thread was started in none of them:\n{names}\n"
        "Start the calling thread in a copy of its test's context "
        "(contextvars.copy_context().run)"
    )
    _record_and_raise(claims, call, error)


def _record_and_raise(
    claims: Iterable[Claim], call: Call, error: PactError
) -> NoReturn:
    for claim in claims:
        claim.refuse(call, error)
    raise error


Release: TypeAlias = Callable[[], None]
"""Release an active claim. Several claims may be released in any order."""


class ClaimedOrigin:
    """The claims on a request's origin, as they were when the request was sent.

    With `is_blocked`, no claim owns the origin, and `claims` are those whose network
    policy refuses the request.
    """

    __slots__ = ("_authority", "_claims", "_is_blocked")

    def __init__(
        self,
        authority: Authority,
        claims: tuple[Claim, ...],
        *,
        is_blocked: bool = False,
    ) -> None:
        self._authority = authority
        self._claims = claims
        self._is_blocked = is_blocked

    @property
    def host(self) -> str:
        """The host, and the port if it is not the default, as in a Host header."""
        return format_origin(self._authority).partition("://")[2]

    def answer(
        self,
        method: str,
        target: str,
        headers: HeaderLines,
        body: bytes | None,
        *,
        caller: str | None = None,
    ) -> Response | FaultyResponse:
        """Return the response of the matching claim, or raise the claim's error.

        `target` is the request's path and query as sent. `caller` is the "file:line"
        that made the request; give it where that line is not on the current call
        stack.
        """
        __tracebackhide__ = True
        caller = caller or find_caller()

        def make_call(rest: str) -> Call:
            request = Request.from_http(method, rest, headers, body)
            return Call(request, format_origin(self._authority) + target, caller)

        if self._is_blocked:
            refuse_blocked_call(self._claims, make_call(target))
        return dispatch_call(self._claims, target, make_call, is_own=_is_in_context)


def activate(claim: Claim) -> Release:
    """Activate a claim, until the returned function is called.

    Raises: BlockMisuse when this context already has a claim on the same origin.
    """
    for library in HOOKS:
        if sys.modules.get(library) is not None:
            _load_hook(library)
    number = next(_numbers)
    with _lock:
        _refuse_duplicate(claim)
        if not _active:
            _install_hooks()
        _active[number] = claim
        _reset_caches()
    _context_claims.set((*_active_in_context(), number))
    return lambda: _release(number)


def count_forks() -> int:
    """Return how many children this process has forked.

    The requests of a forked child are answered there, but not counted here.
    """
    return _forks


def find_claimed_origin(
    scheme: str, host: str, port: int | None
) -> ClaimedOrigin | None:
    """Return the claims on the origin of a request.

    None means that the request goes to the network.
    """
    if not _active or is_bypassing():
        return None
    authority = normalize_authority(scheme, host, port)
    claims = _claims_by_authority.get(authority)
    if claims is None:
        claims = _find_claims(authority)
    if claims:
        return ClaimedOrigin(authority, claims)
    blocking = _find_blocking_claims(authority) if _is_any_blocking else ()
    return ClaimedOrigin(authority, blocking, is_blocked=True) if blocking else None


def _release(number: int) -> None:
    with _lock:
        if _active.pop(number, None) is None:
            raise BlockMisuse("this claim was already released")
        _reset_caches()
        if not _active:
            _installed.close()
    _context_claims.set(_active_in_context())


def _reset_caches() -> None:
    global _is_any_blocking  # noqa: PLW0603 -- read for each request without a claim
    _claims_by_authority.clear()
    _is_any_blocking = any(claim.allowed is not None for claim in _active.values())


def _refuse_duplicate(claim: Claim) -> None:
    for number in _active_in_context():
        other = _active[number]
        if other.origin == claim.origin:
            what = "every origin" if claim.origin is None else str(claim.origin)
            raise BlockMisuse(
                f"{claim.name} claims {what}, which {other.name} already owns; "
                "give one of the two another base_url"
            )


def _active_in_context() -> tuple[int, ...]:
    return tuple(number for number in _context_claims.get() if number in _active)


def _is_in_context(claim: Claim) -> bool:
    return any(_active.get(number) is claim for number in _context_claims.get())


def _find_claims(authority: Authority) -> tuple[Claim, ...]:
    with _lock:
        claims = tuple(
            claim
            for claim in _active.values()
            if claim.origin is None or claim.origin.authority == authority
        )
        _claims_by_authority[authority] = claims
    return claims


def _find_blocking_claims(authority: Authority) -> tuple[Claim, ...]:
    """Return the claims whose network policy forbids requests to an origin.

    Only the claims of the caller's own context count, if it has any: a test that
    blocks the network does not block it for a test that runs in parallel.
    """
    _, host, port = authority
    own = [_active[number] for number in _active_in_context()]
    with _lock:
        candidates = own or list(_active.values())
    return tuple(
        claim
        for claim in candidates
        if claim.allowed is not None
        and not claim.allowed & {host, f"{host}:{port}", "*"}
    )


def _load_hook(library: str) -> None:
    if library not in _loaded:
        _loaded[library] = cast(Hook, importlib.import_module(HOOKS[library]))


def _install_hooks() -> None:
    with contextlib.ExitStack() as undo:
        for library, hook in _loaded.items():
            # None: it was imported once, and removed from `sys.modules` since.
            if (module := sys.modules.get(library)) is not None:
                undo.callback(hook.install(module))
        watcher = ImportWatcher(HOOKS.keys() - _loaded.keys(), _install_after_import)
        watcher.start()
        undo.callback(watcher.stop)
        _installed.push(undo.pop_all())


def _install_after_import(library: str) -> None:
    _load_hook(library)
    with _lock:
        if _active:
            _installed.callback(_loaded[library].install(sys.modules[library]))


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 -- one count for the process
    _forks += 1


def _replace_lock_in_child() -> None:
    # Another thread of the parent may have held the lock when the process forked;
    # that thread does not exist in the child, so it would never release the lock.
    global _lock  # noqa: PLW0603 -- see above
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_parent=_count_fork, after_in_child=_replace_lock_in_child
    )

_forks = 0
_lock = threading.Lock()
_numbers = count()
_active: dict[int, Claim] = {}
# A cache, cleared whenever the active claims change.
_claims_by_authority: dict[Authority, tuple[Claim, ...]] = {}
_is_any_blocking = False  # whether any active claim restricts the allowed hosts
_loaded: dict[str, Hook] = {}
_installed = contextlib.ExitStack()

# Numbers instead of claims, so that a context that outlives its claims does not keep
# them in memory.
_context_claims: ContextVar[tuple[int, ...]] = ContextVar(
    "pypact_own_claims", default=()
)
