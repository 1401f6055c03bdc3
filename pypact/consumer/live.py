"""Does the provider's app answer the consumer as it is declared?

Both sides at once: the consumer's own request goes to the app, in the states of the
interaction that it matches, and the answer is held against that interaction. Examined
by the verifier's own lines, so that both sides judge alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pypact.consumer.asking import Asking
from pypact.errors import InvalidExpectation, VerificationFailed
from pypact.explain import name_of
from pypact.explain.values import cut
from pypact.hooks.origins import url_of
from pypact.hooks.stack import Call
from pypact.model.contract import Contract
from pypact.model.generators import Generators
from pypact.model.http import Response
from pypact.model.interactions import HttpInteraction
from pypact.registry import Respond
from pypact.sources import SourcedPact
from pypact.targets import Target, target_for
from pypact.targets.loops import PrivateLoop
from pypact.verifier.examining import Examiner
from pypact.verifier.http_exchange import HttpExchange
from pypact.verifier.reports.text import details
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.states import StateFunctions
from pypact.verifier.verifier import Verifier

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact

__all__ = ["LiveProvider", "UndeclaredAnswer", "app_of"]


class LiveProvider:
    """The app of a pact's provider, called in place of the declared responses.

    `states` is None, a `Verifier`, or a mapping of state names to functions.
    """

    def __init__(self, pact: Pact, app: object, states: object = None) -> None:
        self._name = pact.name
        self._contract = Contract(pact.consumer, pact.provider, ())
        target = app_of(pact, app)
        self._asking = Asking(target, is_own=target is not app)
        self._loop = PrivateLoop()
        self._examiner = Examiner(
            {HttpInteraction: HttpExchange(target)},
            _state_functions(states),
            run=getattr(target, "run", self._loop.run),
            unknown_states="ignore" if states is None else "error",
        )

    def answering(self, call: Call) -> Respond:
        """Return a function that passes `call` to the app and returns its response.

        The function raises VerificationFailed when the response does not match the
        interaction.
        """

        def respond(interaction: HttpInteraction) -> Response:
            case = self._make_case(call, interaction)
            result = self._asking.ask(lambda: self._examiner.examine(case))
            if not result.is_ok or result.answer is None:
                raise VerificationFailed(
                    UndeclaredAnswer(self._name, interaction, result, call.caller)
                )
            return result.answer.to_response()

        return respond

    def close(self) -> None:
        """Close the target of the app; another block may open it again."""
        self._asking.close(self._loop.close)

    def _make_case(self, call: Call, interaction: HttpInteraction) -> Case:
        # Values that a state function returns replace the declared examples.
        request = replace(
            call.request,
            generators=_provider_state_generators(interaction.request.generators),
        )
        place = interaction.place or "this test"
        with_actual_request = replace(interaction, request=request)
        return Case(SourcedPact(self._contract, place), with_actual_request, 1)


def app_of(pact: Pact, app: object) -> Target:
    """Return a target that calls an app with the scheme, host and prefix of a pact."""
    if pact.origin is None:
        return target_for(app)
    host = url_of(pact.origin.authority).partition("://")[2]
    origin = pact.origin
    return target_for(
        app,
        options={"scheme": origin.scheme, "host": host, "mount": origin.prefix},
    )


@dataclass(frozen=True, slots=True)
class UndeclaredAnswer:
    """A response of the app that does not match; `str()` returns the failure text."""

    name: str
    interaction: HttpInteraction
    result: InteractionResult
    caller: str

    def __str__(self) -> str:
        _place, *lines = details(self.result, "  ")
        return "\n".join(
            [
                f"pypact: {self.name}: the app's response is not as declared",
                "",
                f"  declared   {name_of(self.interaction)}",
                f"  called at  {cut(self.caller)}",
                *lines,
            ]
        )


def _state_functions(states: object) -> StateFunctions:
    if isinstance(states, Verifier):
        return states.states
    functions = StateFunctions()
    if states is None:
        return functions
    if not isinstance(states, Mapping):
        raise InvalidExpectation(
            "states= must be a Verifier or a mapping of strings to functions, "
            f"got {states!r}"
        )
    for pattern, function in states.items():
        functions.add(pattern, function)
    return functions


def _provider_state_generators(generators: Generators) -> Generators:
    return {
        category: kept
        for category, by_path in generators.items()
        if (
            kept := {
                path: generator
                for path, generator in by_path.items()
                if generator.type == "ProviderState"
            }
        )
    }
