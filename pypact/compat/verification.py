"""Read contracts, and set up provider states, as the old verifiers do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pypact._dataclasses import replace
from pypact.formats import ruby
from pypact.model.interactions import AsyncMessage, HttpInteraction, Interaction
from pypact.model.json import Json
from pypact.server.expectations import change_patterns
from pypact.sources import LoadedPact, ReadableSource, Source
from pypact.verifier import Verifier
from pypact.verifier.callbacks import OutgoingRequest
from pypact.verifier.state_url import StateUrl


class RubySource:
    """A source whose regular expressions may match a part of a string, as in Ruby.

    Files and URLs are read for any provider.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def load(self, provider: str) -> Iterable[LoadedPact]:
        """Read the contracts of the source."""
        if isinstance(self._source, ReadableSource):
            loaded: Iterable[LoadedPact] = self._source.read_all()
        else:
            loaded = self._source.load(provider)
        for pact in loaded:
            interactions = tuple(map(_widen, pact.contract.interactions))
            contract = replace(
                pact.contract, provider=provider, interactions=interactions
            )
            yield replace(pact, contract=contract)


def _widen(interaction: Interaction) -> Interaction:
    if isinstance(interaction, HttpInteraction):
        return change_patterns(interaction, ruby.make_search)
    if isinstance(interaction, AsyncMessage):
        return change_patterns(interaction, ruby.make_search)
    return interaction


class SetupUrl(StateUrl):
    """A URL to which each provider state is sent, with the payload of an old library.

    `build` is called with the name of the state, its parameters and the consumer, with
    `has_empty_name` also for an interaction without states.
    """

    def __init__(
        self,
        url: str,
        build: Callable[[str, Mapping[str, Json], str], Json],
        headers: Mapping[str, str],
        *,
        has_empty_name: bool = True,
    ) -> None:
        super().__init__(url, headers=headers)
        self._has_empty_name = has_empty_name
        self._build = build
        self._consumer = ""

    def use_for(self, verifier: Verifier) -> None:
        """Set up the provider states of a verifier by requests to the URL."""
        verifier.before_each(self._note_consumer)
        verifier.states.set_fallback(
            self,
            by_position=("state", "params"),
            takes_empty_name=self._has_empty_name,
        )

    def _note_consumer(self, consumer: str) -> None:
        self._consumer = consumer

    def _build_payload(
        self,
        state: str,
        params: Mapping[str, Json],
        action: str,  # noqa: ARG002 -- it is always "setup"
    ) -> Json:
        return self._build(state, params, self._consumer)


def add_headers(verifier: Verifier, headers: Mapping[str, str]) -> None:
    """Set headers of each request of a verifier, also those that the contract has."""

    def set_headers(request: OutgoingRequest) -> None:
        for name, value in headers.items():
            request.set_header(name, value)

    if headers:
        verifier.request_filter(set_headers)
