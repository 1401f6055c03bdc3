"""Which of the active claims answers a request?

Design, decision 6: the longest origin and prefix wins, the caller's own block first; an
owned origin outside of every prefix is refused, and so is a caller who could mean two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from pypact.errors import BlockMisuse, NetworkBlocked, PactError, UnexpectedRequest
from pypact.hooks.origins import Origin
from pypact.model.http import Request, Response

__all__ = [
    "Call",
    "Claim",
    "Faulty",
    "Headers",
    "Refuse",
    "Respond",
    "answer",
    "refuse_network",
]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Header lines in the order in which they are sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a claim is asked it: `request.path` is without the prefix.

    `url` is the whole URL, `caller` the "file:line" that asked.
    """

    request: Request
    url: str
    caller: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """An answer that does not arrive as it is: `kind` is that of a `pypact.fault`."""

    kind: str
    response: Response
    seconds: float = 0.0

    @property
    def arrives(self) -> bool:
        """Tell whether the client gets the head of the answer at all."""
        return self.kind in {"slow_body", "truncated_body"}


Respond: TypeAlias = Callable[[Call], Response | Faulty]
"""Answers a call, or raises what the caller shall see."""

Refuse: TypeAlias = Callable[[Call, PactError], None]
"""Is told of a call that the stack refuses, so that the block fails at its end too."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What a block owns: an origin, or with None every origin that nobody else owns.

    `name` says in errors whose claim it is, and perhaps where it was made. `allowed`
    are the hosts that undeclared calls may go to ("host" or "host:port"), None all.
    """

    origin: Origin | None
    respond: Respond
    refuse: Refuse
    name: str
    allowed: frozenset[str] | None = None


def answer(
    claims: Sequence[Claim],
    target: str,
    call: Callable[[str], Call],
    *,
    is_own: Callable[[Claim], bool],
) -> Response | Faulty:
    """Let the right one of `claims`, which all own the request's origin, answer.

    `call` makes the call of a target (path and query); `is_own` tells whether a claim
    was entered in the caller's context.
    """
    __tracebackhide__ = True
    fitting = [(c, rest) for c in claims if (rest := _rest(c, target)) is not None]
    if not fitting:
        _refuse_outside(claims, call(target))
    if len(fitting) > 1:
        fitting = [pair for pair in fitting if is_own(pair[0])] or fitting
        longest = max(_length(claim) for claim, _ in fitting)
        fitting = [pair for pair in fitting if _length(pair[0]) == longest]
    if len(fitting) > 1:
        _refuse_ambiguous([claim for claim, _ in fitting], call(target))
    claim, rest = fitting[0]
    return claim.respond(call(rest))


def refuse_network(claims: Sequence[Claim], call: Call) -> NoReturn:
    """Refuse a call to what nobody owns, for `claims` that do not allow it."""
    host = call.url.partition("://")[2].partition("/")[0].partition("?")[0]
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = NetworkBlocked(
        f"{call.request.method} {call.url}, called at {call.caller}, would go to the "
        f"network, which is blocked by\n{names}\n"
        f"Declare the call in a pact, or open its host with allow_hosts=[{host!r}]"
    )
    _refuse(claims, call, error)


def _rest(claim: Claim, target: str) -> str | None:
    return target if claim.origin is None else claim.origin.rest_of(target)


def _length(claim: Claim) -> int:
    return -1 if claim.origin is None else len(claim.origin.prefix)


def _refuse_outside(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    owned = "\n".join(f"  {claim.origin} belongs to {claim.name}" for claim in claims)
    error = UnexpectedRequest(
        f"{call.request.method} {call.url}, called at {call.caller}, "
        f"is outside of what is owned of its origin:\n{owned}"
    )
    _refuse(claims, call, error)


def _refuse_ambiguous(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = BlockMisuse(
        f"{call.request.method} {call.url}, called at {call.caller}, could be meant "
        f"for any of these blocks, none of which its caller was started in:\n{names}\n"
        "Start the calling thread in a copy of its test's context "
        "(contextvars.copy_context().run)"
    )
    _refuse(claims, call, error)


def _refuse(claims: Iterable[Claim], call: Call, error: PactError) -> NoReturn:
    for claim in claims:
        claim.refuse(call, error)
    raise error
