"""Hold the active claims of the process, and dispatch intercepted requests to them.

Of several claims on an origin, those of the caller's own context come first, then the
longest path prefix wins. A request that no claim matches best is refused. So is a call
to an origin without a claim, where the client would open its connection, if the network
policies of the claims do not allow it.

Source: docs/internals/design.md, "Decision 5: Where to hook", "Decision 6: Owned
origins", "Decision 7: One process".
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from itertools import count
from typing import Any, NoReturn, TypeAlias

from pypact._dataclasses import dataclass
from pypact._lazy import import_module
from pypact._process import is_bypassing, is_writing_deferred
from pypact.errors import BlockMisuse, NetworkBlocked, PactError, UnexpectedRequest
from pypact.frames import find_caller
from pypact.hooks import HOOKS, Hook
from pypact.hooks.imports import ImportWatcher
from pypact.hooks.network import NetworkPolicy, explain_refusal
from pypact.hooks.origins import Authority, Origin, format_origin, normalize_authority
from pypact.hooks.unhooked import check_urllib3
from pypact.masking import find_header_secrets, mask_text, mask_url_query
from pypact.model.http import Request, Response

HeaderLines: TypeAlias = Sequence[tuple[str, str]]
"""Header lines as (name, value) pairs, in the order in which they are sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a claim receives it.

    `request.path` excludes the claim's path prefix; `caller` is "file:line".
    """

    request: Request
    url: str
    caller: str

    @property
    def line(self) -> str:
        """The method and the URL, without secrets."""
        return f"{self.request.method} {mask_url_query(self.url)}"

    @property
    def origin(self) -> str:
        """The scheme, host and port of the URL."""
        return "/".join(self.url.split("/", 3)[:3])


@dataclass(frozen=True, slots=True)
class FaultyResponse:
    """A response with a fault; `kind` and `seconds` are those of a `pypact.fault`."""

    kind: str
    response: Response
    seconds: float = 0.0

    @property
    def has_head(self) -> bool:
        """Whether the client receives the status line and headers of the response."""
        return self.kind in {"slow_body", "truncated_body"}


CallHandler: TypeAlias = Callable[[Call], Response | FaultyResponse]
"""A function that returns the response to a call, or raises an error for the caller."""

Observer: TypeAlias = Callable[[Call, Response], None]
"""A function that records a call which a mock has answered."""

RefusalHandler: TypeAlias = Callable[[Call, PactError], None]
"""A function that records a refused call, so that its block fails when it ends."""

Release: TypeAlias = Callable[[], None]
"""A function that releases a claim. Claims may be released in any order."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """The origin that a block owns, or with None each origin that no other claim owns.

    `name` identifies the claim in errors. `network` restricts calls to unclaimed
    origins; with None, the claim has no say in these. The calls of `older_threads`,
    which were started before the block, pass. `observe` receives the calls that a mock
    has answered. `before_process` is called before this process starts or forks another
    one, whose calls use the network: a forked child does not have such a claim.
    """

    origin: Origin | None
    respond: CallHandler
    refuse: RefusalHandler
    name: str
    network: NetworkPolicy | None = None
    older_threads: frozenset[threading.Thread] = frozenset()
    observe: Observer | None = None
    before_process: Callable[[], object] | None = None

    def owns(self, authority: Authority) -> bool:
        return self.origin is None or self.origin.authority == authority

    def strip_prefix(self, target: str) -> str | None:
        origin = self.origin
        if origin is None or (not origin.prefix and target.startswith("/")):
            return target
        return origin.strip_prefix(target)

    @property
    def prefix_length(self) -> int:
        return -1 if self.origin is None else len(self.origin.prefix)


class ClaimedOrigin:
    """The claims on a request's origin, as they were when the request was sent.

    `host` is the host, and the port if it is not the default, as in a Host header.
    `framed` is for hooks that keep what they send, as long as the claims are the same.
    """

    __slots__ = ("_claims", "_is_own", "authority", "framed", "host")

    def __init__(
        self,
        authority: Authority,
        claims: Sequence[Claim],
        is_own: Callable[[Claim], bool],
    ) -> None:
        self.authority = authority
        self.host = format_origin(authority).partition("://")[2]
        self.framed: dict[object, Any] = {}
        self._claims = claims
        self._is_own = is_own

    def respond(
        self,
        method: str,
        target: str,
        headers: HeaderLines,
        body: bytes | None,
        *,
        caller: str | None = None,
    ) -> Response | FaultyResponse:
        """Return the response of the matching claim, or raise the claim's error.

        `target` is the request's path and query as sent. Give `caller` ("file:line")
        where the line that made the request is not on the current call stack.
        """
        __tracebackhide__ = True
        caller = caller or find_caller()
        matching = self._find_matching(target)
        rest = matching[0][1] if len(matching) == 1 else target
        request = Request.from_http(method, rest, headers, body)
        call = Call(request, format_origin(self.authority) + target, caller)
        if len(matching) != 1:
            self._refuse(call, [claim for claim, _ in matching])
        return matching[0][0].respond(call)

    @property
    def is_recorded(self) -> bool:
        """Whether a claim records the calls that mocks answer."""
        return any(claim.observe is not None for claim in self._claims)

    def observe(
        self,
        method: str,
        target: str,
        headers: HeaderLines,
        body: bytes | None,
        response: Response,
    ) -> None:
        """Record a call that a mock has answered, if the matching claim records."""
        matching = self._find_matching(target)
        if len(matching) != 1:
            return
        claim, rest = matching[0]
        if claim.observe is not None:
            request = Request.from_http(method, rest, headers, body)
            url = format_origin(self.authority) + target
            claim.observe(Call(request, url, find_caller()), response)

    def record_invalid(
        self, method: str, target: str, problem: str, *, caller: str | None = None
    ) -> UnexpectedRequest:
        """Return the error about a request that no server accepts, and record it.

        `problem` continues the sentence "The request is not a valid HTTP request: …".
        """
        caller = caller or find_caller()
        request = Request.from_http(method, target, (), None)
        call = Call(request, format_origin(self.authority) + target, caller)
        error = UnexpectedRequest(
            f"pypact: {call.line} is not a valid HTTP request: {problem}\n\n"
            f"  called at  {caller}"
        )
        matching = [claim for claim, _ in self._find_matching(target)]
        for claim in matching or self._claims:
            claim.refuse(call, error)
        return error

    def _find_matching(self, target: str) -> list[tuple[Claim, str]]:
        """Return the best matching claims, each with the target without its prefix."""
        found = []
        for claim in self._claims:
            rest = claim.strip_prefix(target)
            if rest is not None:
                found.append((claim, rest))
        if len(found) > 1:
            found = [pair for pair in found if self._is_own(pair[0])] or found
            longest = max(claim.prefix_length for claim, _ in found)
            found = [pair for pair in found if pair[0].prefix_length == longest]
        return found

    def _refuse(self, call: Call, ambiguous: Sequence[Claim]) -> NoReturn:
        __tracebackhide__ = True
        claims = ambiguous or self._claims
        error: PactError
        if ambiguous:
            names = "\n".join(f"  block      {claim.name}" for claim in claims)
            error = BlockMisuse(
                f"pypact: {call.line} matches several blocks, and the calling thread "
                f"was started in none of them\n\n  called at  {call.caller}\n"
                f"{names}\n\n"
                "  hint       start the calling thread in a copy of its test's context "
                "(contextvars.copy_context().run)"
            )
        else:
            owned = "\n".join(f"  owned      {c.origin} by {c.name}" for c in claims)
            error = UnexpectedRequest(
                f"pypact: {call.line} is outside of the path prefixes of the pacts on "
                f"this origin\n\n  called at  {call.caller}\n{owned}\n\n"
                f"  hint       in the client: request a URL below {claims[0].origin}\n"
                "             in the contract: a base_url that the URL begins with, "
                f"such as {call.origin}"
            )
        for claim in claims:
            claim.refuse(call, error)
        raise error


class Refusal(ClaimedOrigin):
    """An origin without a claim, and the claims whose network policies refuse calls.

    `declared` are the claims whose origins may have been meant.
    """

    __slots__ = ("_declared",)

    def __init__(
        self,
        authority: Authority,
        claims: Sequence[Claim],
        is_own: Callable[[Claim], bool],
        declared: Sequence[Claim],
    ) -> None:
        super().__init__(authority, claims, is_own)
        self._declared = declared

    def respond(
        self,
        method: str,
        target: str,
        headers: HeaderLines = (),
        body: bytes | None = None,
        *,
        caller: str | None = None,
    ) -> NoReturn:
        """Raise NetworkBlocked."""
        __tracebackhide__ = True
        caller = caller or find_caller()
        request = Request.from_http(method, target, headers, body)
        url = format_origin(self.authority) + target
        text = explain_refusal(
            f"{method} {mask_url_query(url)}",
            caller,
            self.authority,
            [(one.name, one.network) for one in self._claims if one.network],
            [(one.origin, one.name) for one in self._declared if one.origin],
        )
        error = NetworkBlocked(mask_text(text, find_header_secrets(headers)))
        call = Call(request, url, caller)
        for claim in self._claims:
            claim.refuse(call, error)
        raise error


class ActiveClaims:
    """The active claims of all threads, and the hooks that are installed for them.

    One lock guards both; it is held only briefly. Nothing is imported while it is held:
    a thread that is importing a client holds the lock of that import when it enters
    this class, so importing here could deadlock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._claims: dict[int, Claim] = {}
        # Numbers instead of claims, so that a context that outlives its claims does
        # not keep them in memory.
        self._numbers_in_context: ContextVar[tuple[int, ...]] = ContextVar(
            "pypact_own_claims", default=()
        )
        # Derived from the claims, and reset whenever they change.
        self._origins: dict[Authority, ClaimedOrigin | None] = {}
        self._closes_network = False
        self._loaded_hooks: dict[str, Hook] = {}
        self._installed_hooks = contextlib.ExitStack()
        self._hooked_modules: dict[str, object] = {}
        self._watcher: ImportWatcher | None = None
        self._forks = 0
        self._started = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._prepare_process,
                after_in_parent=self._count_fork,
                after_in_child=self._continue_in_child,
            )

    def activate(self, claim: Claim) -> Release:
        """Activate a claim, until the returned function is called."""
        # Before imports are watched, as wrapt imports what has a hook.
        import_module("pypact.hooks.patching")
        for library in HOOKS:
            if library not in self._loaded_hooks and sys.modules.get(library):
                self._load_hook(library)
        number = next(self._numbers)
        with self._lock:
            self._refuse_duplicate(claim)
            if not self._claims and not self._are_hooks_intact():
                self._remove_hooks()
                self._install_hooks()
            self._claims[number] = claim
            self._update_derived()
        self._numbers_in_context.set((*self._find_own_numbers(), number))
        return partial(self._release, number)

    def find_claimed_origin(
        self, scheme: str, host: str, port: int | None
    ) -> ClaimedOrigin | None:
        """Return the claims on a request's origin; None if it goes to the network."""
        if not self._claims or is_bypassing():
            return None
        authority = normalize_authority(scheme, host, port)
        if authority in self._origins:
            return self._origins[authority]
        return self._find_origin(authority)

    def is_network_closed(self) -> bool:
        """Return whether any claim refuses calls to unclaimed origins."""
        return self._closes_network

    def find_refusal(self, scheme: str, host: str, port: int | None) -> Refusal | None:
        """Return the refusal of calls to an unclaimed origin; None if they pass."""
        if not self._closes_network or is_bypassing():
            return None
        authority = normalize_authority(scheme, host, port)
        if self._find_origin(authority) is not None:
            return None
        claims = self._list_own_claims() or self._list_claims_of_thread()
        refusing = _find_refusing(claims, authority)
        if not refusing:
            return None
        return Refusal(authority, refusing, self._is_own, declared=claims)

    def count_forks(self) -> int:
        """Return how many children, whose requests are not counted, were forked."""
        return self._forks

    def count_started_processes(self) -> int:
        """Return how many processes, which are not intercepted, were started."""
        return self._started

    def note_started_process(self) -> None:
        """Count a process, unless pypact started it for itself."""
        if not is_bypassing():
            self._started += 1
            self._prepare_process()

    def _release(self, number: int) -> None:
        with self._lock:
            if self._claims.pop(number, None) is None:
                raise BlockMisuse("this claim was already released")
            self._update_derived()
            # A session of tests has many blocks. Without claims, hooks do nothing.
            if not self._claims and not is_writing_deferred():
                self._remove_hooks()
        self._numbers_in_context.set(self._find_own_numbers())

    def _update_derived(self) -> None:
        # A new one: another thread may be reading the old one.
        self._origins = {}
        self._closes_network = any(
            claim.network is not None and not claim.network.is_open
            for claim in self._claims.values()
        )

    def _refuse_duplicate(self, claim: Claim) -> None:
        for number in self._find_own_numbers():
            other = self._claims[number]
            if other.origin == claim.origin:
                what = "every origin" if claim.origin is None else str(claim.origin)
                raise BlockMisuse(
                    f"{claim.name} claims {what}, which {other.name} already owns; "
                    "give one of the two another base_url"
                )

    def _find_own_numbers(self) -> tuple[int, ...]:
        """Return the numbers of the claims that were activated in this context."""
        return tuple(n for n in self._numbers_in_context.get() if n in self._claims)

    def _is_own(self, claim: Claim) -> bool:
        own = self._numbers_in_context.get()
        return any(self._claims.get(number) is claim for number in own)

    def _find_origin(self, authority: Authority) -> ClaimedOrigin | None:
        with self._lock:
            claims = tuple(c for c in self._claims.values() if c.owns(authority))
            origin = ClaimedOrigin(authority, claims, self._is_own) if claims else None
            self._origins[authority] = origin
            return origin

    def _list_own_claims(self) -> list[Claim]:
        """Return the claims of the caller's context, so that parallel tests differ."""
        found = map(self._claims.get, self._numbers_in_context.get())
        return [claim for claim in found if claim is not None]

    def _list_claims_of_thread(self) -> list[Claim]:
        """Return all claims but those of blocks that the thread is older than."""
        thread = threading.current_thread()
        with self._lock:
            claims = list(self._claims.values())
        return [claim for claim in claims if thread not in claim.older_threads]

    def _load_hook(self, library: str) -> None:
        if library not in self._loaded_hooks:
            if library in _REPLACEABLE:
                check_urllib3(sys.modules[library])
            module: Any = import_module(HOOKS[library])
            self._loaded_hooks[library] = module

    def _install_hooks(self) -> None:
        with contextlib.ExitStack() as undo:
            for library, hook in self._loaded_hooks.items():
                # None: it was imported once, and removed from `sys.modules` since.
                if (module := sys.modules.get(library)) is not None:
                    undo.callback(hook.install(module))
                self._hooked_modules[library] = module
            missing = HOOKS.keys() - self._loaded_hooks.keys()
            watcher = ImportWatcher(missing, self._install_after_import)
            watcher.start()
            undo.callback(watcher.stop)
            self._installed_hooks.push(undo.pop_all())
        self._watcher = watcher

    def _install_after_import(self, library: str) -> None:
        self._load_hook(library)
        with self._lock:
            if self._watcher is not None:
                hook, module = self._loaded_hooks[library], sys.modules[library]
                self._installed_hooks.callback(hook.install(module))
                self._hooked_modules[library] = module

    def _are_hooks_intact(self) -> bool:
        """Return whether hooks are installed, and no other tool has changed them."""
        if self._watcher is None or self._watcher not in sys.meta_path:
            return False
        if len(self._hooked_modules) != len(self._loaded_hooks):
            return False
        for library, module in self._hooked_modules.items():
            if sys.modules.get(library) is not module:
                return False
        patching: Any = sys.modules["pypact.hooks.patching"]
        return bool(patching.are_unchanged())

    def remove_hooks(self) -> None:
        """Remove the hooks that a session of tests left installed."""
        with self._lock:
            if not self._claims:
                self._remove_hooks()

    def _remove_hooks(self) -> None:
        self._installed_hooks.close()
        self._hooked_modules.clear()
        self._watcher = None

    def _prepare_process(self) -> None:
        if self._claims and not is_bypassing():
            for claim in list(self._claims.values()):
                if claim.before_process is not None:
                    claim.before_process()

    def _count_fork(self) -> None:
        self._forks += 1

    def _continue_in_child(self) -> None:
        # Another thread of the parent may have held the lock when the process forked;
        # that thread does not exist in the child, so it would never release the lock.
        self._lock = threading.Lock()
        served = [n for n, one in self._claims.items() if one.before_process]
        for number in served:
            del self._claims[number]
        if served:
            self._update_derived()


def _find_refusing(claims: Sequence[Claim], authority: Authority) -> list[Claim]:
    """Return the claims that refuse a call.

    Of nested blocks, `block_network=True` has precedence over hosts that another one
    allows, and these over the default.
    """
    policies = [(claim, claim.network) for claim in claims if claim.network is not None]
    refusing = [(one, policy) for one, policy in policies if policy.refuses(authority)]
    strict = [claim for claim, policy in refusing if policy.is_strict]
    if strict or not any(policy.names(authority) for _, policy in policies):
        return strict or [claim for claim, _ in refusing]
    return []


_REPLACEABLE = ("urllib3", "urllib3_future")
_CLAIMS = ActiveClaims()  # of this process

activate = _CLAIMS.activate
find_claimed_origin = _CLAIMS.find_claimed_origin
find_refusal = _CLAIMS.find_refusal
is_network_closed = _CLAIMS.is_network_closed
count_forks = _CLAIMS.count_forks
count_started_processes = _CLAIMS.count_started_processes
note_started_process = _CLAIMS.note_started_process
remove_hooks = _CLAIMS.remove_hooks
