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
"""Ends what `enter` began; among several, in any order."""


class Ownership:
    """The claims that a request could mean, as they were when it was sent.

    With `is_blocked` nobody owns it, and they refuse it.
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
        """What a Host header says of it."""
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
        """Answer a request; `target` is its path and query as they are sent.

        `caller` is the line that asked, where it is not running now.
        """
        __tracebackhide__ = True
        caller = caller or caller_place()

        def call(rest: str) -> Call:
            request = Request.from_http(method, rest, headers, body)
            return Call(request, url_of(self._authority) + target, caller)

        if self._is_blocked:
            refuse_network(self._claims, call(target))
        return answer(self._claims, target, call, is_own=_is_own)


def enter(claim: Claim) -> Leave:
    """Let `claim` answer from now on, until the returned function is called.

    Raises: BlockMisuse where this context already has a claim on the same.
    """
    for library in HOOKS:
        if sys.modules.get(library) is not None:
            _load(library)
    number = next(_numbers)
    with _lock:
        _refuse_double(claim)
        if not _active:
            _install()
        _active[number] = claim
        _changed()
    _own.set((*_still_own(), number))
    return lambda: _leave(number)


def forks() -> int:
    """How many children this process has forked: what they ask is not known here."""
    return _forks


def owner_of(scheme: str, host: str, port: int | None) -> Ownership | None:
    """Tell who owns what a client calls by these names; None lets a request pass."""
    if not _active or is_passing():
        return None
    authority = authority_of(scheme, host, port)
    claims = _routes.get(authority)
    if claims is None:
        claims = _find_claims(authority)
    if claims:
        return Ownership(authority, claims)
    blocking = _blocking(authority) if _blocks else ()
    return Ownership(authority, blocking, is_blocked=True) if blocking else None


def _leave(number: int) -> None:
    with _lock:
        if _active.pop(number, None) is None:
            raise BlockMisuse("this claim was already left")
        _changed()
        if not _active:
            _installed.close()
    _own.set(_still_own())


def _changed() -> None:
    global _blocks  # noqa: PLW0603 -- asked for each call that nobody owns
    _routes.clear()
    _blocks = any(claim.allowed is not None for claim in _active.values())


def _refuse_double(claim: Claim) -> None:
    for number in _still_own():
        other = _active[number]
        if other.origin == claim.origin:
            what = "every origin" if claim.origin is None else str(claim.origin)
            raise BlockMisuse(
                f"{claim.name} claims {what}, which {other.name} already owns; "
                "one of the two needs another base_url"
            )


def _still_own() -> tuple[int, ...]:
    return tuple(number for number in _own.get() if number in _active)


def _is_own(claim: Claim) -> bool:
    return any(_active.get(number) is claim for number in _own.get())


def _find_claims(authority: Authority) -> tuple[Claim, ...]:
    with _lock:
        claims = tuple(
            claim
            for claim in _active.values()
            if claim.origin is None or claim.origin.authority == authority
        )
        _routes[authority] = claims
    return claims


def _blocking(authority: Authority) -> tuple[Claim, ...]:
    """Those that do not let a call to an origin out; the caller's own, if it has any.

    A test that blocks the network does not block it for a test beside it.
    """
    _, host, port = authority
    own = [_active[number] for number in _still_own()]
    with _lock:
        asked = own or list(_active.values())
    return tuple(
        claim
        for claim in asked
        if claim.allowed is not None
        and not claim.allowed & {host, f"{host}:{port}", "*"}
    )


def _load(library: str) -> None:
    if library not in _loaded:
        _loaded[library] = cast(Hook, importlib.import_module(HOOKS[library]))


def _install() -> None:
    with contextlib.ExitStack() as undo:
        for library, hook in _loaded.items():
            # None: it was imported once, and somebody has taken it out again.
            if (module := sys.modules.get(library)) is not None:
                undo.callback(hook.install(module))
        watcher = ImportWatcher(HOOKS.keys() - _loaded.keys(), _install_imported)
        watcher.start()
        undo.callback(watcher.stop)
        _installed.push(undo.pop_all())


def _install_imported(library: str) -> None:
    _load(library)
    with _lock:
        if _active:
            _installed.callback(_loaded[library].install(sys.modules[library]))


def _forked() -> None:
    global _forks  # noqa: PLW0603 -- one count for the process
    _forks += 1


def _begin_child() -> None:
    # Another thread of the parent may have held it, and does not live here.
    global _lock  # noqa: PLW0603 -- see above
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_forked, after_in_child=_begin_child)

_forks = 0
_lock = threading.Lock()
_numbers = count()
_active: dict[int, Claim] = {}
_routes: dict[Authority, tuple[Claim, ...]] = {}  # found once, until the claims change
_blocks = False  # whether any claim lets only some hosts be reached
_loaded: dict[str, Hook] = {}
_installed = contextlib.ExitStack()

# Numbers and not claims, so that a context which lives on keeps nothing alive.
_own: ContextVar[tuple[int, ...]] = ContextVar("pypact_own_claims", default=())
