"""Who is active, and are the clients' libraries hooked?

Design, decisions 5 to 7: one list for the process, behind a short lock. The hooks are
installed when the first claim is entered, and removed when the last one is left.

Nothing is imported while the lock is held: a thread that imports a client holds that
import's lock when it comes to us.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from typing import TypeAlias, cast

from pypact.errors import BlockMisuse
from pypact.hooks import HOOKS, Hook
from pypact.hooks.callers import caller_place
from pypact.hooks.origins import Authority, Origin, authority_of, parse_origin, url_of
from pypact.hooks.routing import (
    Call,
    Claim,
    Faulty,
    Headers,
    answer,
    refuse_network,
)
from pypact.hooks.watching import ImportWatcher
from pypact.model.http import Request, Response
from pypact.passing import is_passing, passing

__all__ = [
    "Call",
    "Claim",
    "Faulty",
    "Leave",
    "Origin",
    "Ownership",
    "enter",
    "forks",
    "owner_of",
    "parse_origin",
    "passing",
]

Leave: TypeAlias = Callable[[], None]
"""Release an active claim. Several claims may be released in any order."""


class Ownership:
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
        return url_of(self._authority).partition("://")[2]

    def answer(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: bytes | None,
        *,
        caller: str | None = None,
    ) -> Response | Faulty:
        """Return the response of the matching claim, or raise the claim's error.

        `target` is the request's path and query as sent. `caller` is the "file:line"
        that made the request; give it where that line is not on the current call
        stack.
        """
        __tracebackhide__ = True
        caller = caller or caller_place()

        def make_call(rest: str) -> Call:
            request = Request.from_http(method, rest, headers, body)
            return Call(request, url_of(self._authority) + target, caller)

        if self._is_blocked:
            refuse_network(self._claims, make_call(target))
        return answer(self._claims, target, make_call, is_own=_is_in_context)


def enter(claim: Claim) -> Leave:
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


def forks() -> int:
    """Return how many children this process has forked.

    The requests of a forked child are answered there, but not counted here.
    """
    return _forks


def owner_of(scheme: str, host: str, port: int | None) -> Ownership | None:
    """Return the claims on the origin of a request.

    None means that the request goes to the network.
    """
    if not _active or is_passing():
        return None
    authority = authority_of(scheme, host, port)
    claims = _claims_by_authority.get(authority)
    if claims is None:
        claims = _find_claims(authority)
    if claims:
        return Ownership(authority, claims)
    blocking = _find_blocking_claims(authority) if _is_any_blocking else ()
    return Ownership(authority, blocking, is_blocked=True) if blocking else None


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
