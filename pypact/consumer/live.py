"""Pass intercepted requests to the provider's app, and compare its responses.

The verifier's own code compares them with the interaction that the request matched. An
ASGI app has one event loop, which one thread at a time may run. If another loop is
running in the thread, the app runs in a thread of its own while the caller waits.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pypact._dataclasses import dataclass, replace
from pypact.consumer.info import PactInfo
from pypact.errors import InvalidExpectation, VerificationFailed
from pypact.explain.mismatches import truncate
from pypact.explain.requests import describe_interaction
from pypact.explain.secrets import find_undeclared_secrets, hide_request_secrets
from pypact.generators import GENERATORS
from pypact.hooks.claims import Call
from pypact.hooks.origins import Origin, format_origin
from pypact.masking import mask_text
from pypact.model.http import Response
from pypact.model.interactions import Contract, HttpInteraction
from pypact.model.rules import Generators
from pypact.sources import LoadedPact
from pypact.targets import Target, create_target, is_target
from pypact.targets.base import choose_run
from pypact.targets.lifespan import PrivateLoop, is_loop_running
from pypact.verifier.http import HttpDriver
from pypact.verifier.reports.text import format_details
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.runner import InteractionVerifier
from pypact.verifier.states import StateFunctions
from pypact.verifier.verifier import Verifier

_Result = TypeVar("_Result")


class AppCaller:
    """A caller of one target, from any thread and inside of event loops.

    With `is_own=False` the target belongs to the user, and `close` leaves it open,
    except for the loop that pypact created for its async state functions.
    """

    def __init__(self, target: Target, *, is_own: bool = True) -> None:
        self.target = target
        self._is_own = is_own
        self._awaits = target.is_async
        self._lock = threading.Lock()

    def run(self, function: Callable[[], _Result]) -> _Result:
        """Run `function`, which calls the target, in a suitable thread."""
        if not self._awaits:
            return function()
        with self._lock:
            if not is_loop_running():
                return function()
            context = contextvars.copy_context()
            with ThreadPoolExecutor(1, "pypact-app") as thread:
                return thread.submit(context.run, function).result()

    def close(self, *others: Callable[[], object]) -> None:
        """Close the target, and call `others` to close what else a block opened."""
        own = [self.target.close] if self._is_own else []

        def close_all() -> None:
            for close_one in (*own, *others):
                close_one()
            if self.target.default_loop is not None:
                self.target.default_loop.close()

        self.run(close_all)


class LiveProvider:
    """The app of a pact's provider, called in place of the declared responses.

    `states` is None, a `Verifier`, or a mapping of state names to functions.
    """

    def __init__(self, pact: PactInfo, app: object, states: object = None) -> None:
        self._name = pact.name
        self._contract = Contract(pact.consumer, pact.provider, ())
        target = build_app_target(app, pact.origin)
        self._caller = AppCaller(target, is_own=not is_target(app))
        self._loop = PrivateLoop()
        self._verifier = InteractionVerifier(
            {HttpInteraction: HttpDriver(target)},
            _state_functions(states),
            run=choose_run(target, self._loop),
            unknown_states="ignore" if states is None else "error",
        )

    def respond(self, call: Call, interaction: HttpInteraction) -> Response:
        """Pass a call to the app, check its response and return it."""
        case = self._make_case(call, interaction)
        result = self._caller.run(lambda: self._verifier.verify(case))
        if not result.is_ok or result.answer is None:
            raise VerificationFailed(
                UndeclaredResponse(self._name, interaction, result, call)
            )
        return result.answer.to_response()

    def close(self) -> None:
        """Close the target of the app; another block may open it again."""
        self._caller.close(self._loop.close)

    def _make_case(self, call: Call, interaction: HttpInteraction) -> Case:
        # Values that a state function returns replace the declared examples.
        generators = _keep_state_generators(interaction.request.generators)
        request = replace(call.request, generators=generators)
        pact = LoadedPact(self._contract, interaction.place or "this test")
        return Case(pact, replace(interaction, request=request), 1)


def build_app_target(app: object, origin: Origin | None) -> Target:
    """Return a target that calls an app with the scheme, host and prefix of a pact."""
    if origin is None:
        return create_target(app)
    host = format_origin(origin.authority).partition("://")[2]
    return create_target(
        app, options={"scheme": origin.scheme, "host": host, "mount": origin.prefix}
    )


@dataclass(frozen=True, slots=True)
class UndeclaredResponse:
    """A response of the app that does not match; `str()` returns the failure text."""

    name: str
    interaction: HttpInteraction
    result: InteractionResult
    call: Call

    def __str__(self) -> str:
        result = self.result
        if result.request is not None:
            result = replace(result, request=hide_request_secrets(result.request))
        _place, *details = format_details(result, "  ")
        verdict = f"the app's response is not as {self.name} declares it"
        lines = [
            f"pypact: {self.call.line}: {verdict}",
            "",
            f"  declared   {describe_interaction(self.interaction)}",
            f"  called at  {truncate(self.call.caller)}",
            *details,
        ]
        return mask_text("\n".join(lines), self.secrets)

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets of the request that the interaction does not declare."""
        return find_undeclared_secrets(self.call.request, [self.interaction.request])


def _state_functions(states: object) -> StateFunctions:
    if isinstance(states, Verifier):
        return states.states
    if not isinstance(states, Mapping | None):
        raise InvalidExpectation(
            "states= must be a Verifier or a mapping of strings to functions, "
            f"got {states!r}"
        )
    functions = StateFunctions()
    for pattern, function in (states or {}).items():
        functions.add(pattern, function)
    return functions


def _keep_state_generators(generators: Generators) -> Generators:
    from_states = {kind.type for kind in GENERATORS.values() if kind.uses_states}
    return {
        category: kept
        for category, by_path in generators.items()
        if (
            kept := {
                path: generator
                for path, generator in by_path.items()
                if generator.type in from_states
            }
        )
    }
