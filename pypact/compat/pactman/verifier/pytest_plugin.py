"""The pytest plugin of pactman: its options and the fixture `pact_verifier`.

Load it with `pytest -p pypact.compat.pactman.verifier.pytest_plugin`.
"""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from pypact._dataclasses import dataclass
from pypact.compat.pactman.verifier.broker import make_broker
from pypact.compat.pactman.verifier.verify import ProviderStateMissing
from pypact.compat.verification import add_headers
from pypact.errors import VerificationFailed
from pypact.formats import read_pact
from pypact.model.json import Json
from pypact.verifier import Verifier
from pypact.verifier.testcases import ContractInteraction, EmptySelection


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of pactman."""
    group = parser.getgroup("pypact.compat.pactman")
    try:
        for name, options in _OPTIONS.items():
            group.addoption(name, **options)
    except ValueError as error:
        raise pytest.UsageError(
            f"pypact.compat.pactman: {error}; uninstall pactman, or add the option "
            "-p no:pactman-verifier"
        ) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each interaction from a function with `pact_verifier`."""
    if "pact_verifier" in metafunc.fixturenames:
        allowed = pytest.mark.xfail(
            reason="--pact-allow-fail", raises=VerificationFailed, strict=False
        )
        marks = [pytest.mark.pypact]
        if metafunc.config.getoption("pact_allow_fail"):
            marks.append(allowed)
        parameters = [
            pytest.param(one, id=_make_id(one), marks=marks)
            for one in _read_interactions(metafunc.config)
        ]
        metafunc.parametrize("pact_verifier", parameters, indirect=True)


@pytest.fixture
def pact_verifier(request: pytest.FixtureRequest) -> PactVerifier:
    """Return the verifier of one interaction."""
    return PactVerifier(request.param)


@dataclass(frozen=True, slots=True)
class PactVerifier:
    """A verifier of one interaction."""

    _interaction: ContractInteraction | EmptySelection

    def verify(
        self,
        provider_url: str,
        provider_setup: Callable[..., object],
        extra_provider_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Verify the interaction against the provider at a URL.

        `provider_setup(name, **params)` sets up each provider state, and may raise
        ProviderStateMissing. The headers are sent with the request.

        Raises: VerificationFailed.
        """
        __tracebackhide__ = True
        one = self._interaction
        if isinstance(one, EmptySelection):
            one.verify()
            return
        assert isinstance(one.verifier, Verifier)  # noqa: S101 -- made below
        verifier = one.verifier.replace(base_url=provider_url)
        add_headers(verifier, extra_provider_headers or {})

        def set_up(state: str, params: Mapping[str, Json]) -> None:
            try:
                provider_setup(state, **params)
            except ProviderStateMissing as error:
                _LOG.warning("the provider state was not set up: %s", error)

        verifier.states.set_fallback(set_up, by_position=("state", "params"))
        one.verifier = verifier
        try:
            one.verify()
        finally:
            verifier.close()


def _read_interactions(
    config: pytest.Config,
) -> Iterator[ContractInteraction | EmptySelection]:
    option = config.getoption
    consumer = option("pact_verify_consumer") or option("pact_consumer_name")
    for verifier in _make_verifiers(config):
        # The names of the tests are those of pactman.
        yield from verifier.each(consumer=consumer).interactions()


def _make_verifiers(config: pytest.Config) -> Iterator[Verifier]:
    option = config.getoption
    url = option("pact_broker_url") or os.environ.get("PACT_BROKER_URL")
    if url:
        name = option("pact_provider_name") or os.environ.get("PACT_PROVIDER_NAME")
        if not name:
            raise pytest.UsageError(
                "--pact-broker-url needs --pact-provider-name, or the environment "
                "variable PACT_PROVIDER_NAME"
            )
        broker = make_broker(
            url,
            option("pact_broker_token"),
            option("pact_verify_consumer_tag"),
            publish=bool(option("pact_publish_results")),
            version=option("pact_provider_version"),
        )
        yield Verifier(name, pacts=broker)
        return
    pattern = option("pact_files")
    if not pattern:
        raise pytest.UsageError("give --pact-files, or --pact-broker-url")
    by_provider: dict[str, list[str]] = {}
    for file in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 -- the pattern may be absolute
        by_provider.setdefault(read_pact(file).provider, []).append(file)
    if not by_provider:
        raise pytest.UsageError(f"--pact-files={pattern} matches no file")
    for provider, files in by_provider.items():
        yield Verifier(provider, pacts=files)


def _make_id(one: ContractInteraction | EmptySelection) -> str:
    if isinstance(one, EmptySelection):
        return one.name
    return f"{one.consumer} with request '{one.description}'"


_LOG = logging.getLogger("pypact.compat")
_OPTIONS: dict[str, dict[str, Any]] = {
    "--pact-files": {"help": "pattern of the pact files to verify; ** is any folder"},
    "--pact-broker-url": {"help": "base URL of the Pact Broker with the contracts"},
    "--pact-broker-token": {"help": "bearer token for the broker"},
    "--pact-provider-name": {"help": "name of the provider, for the broker"},
    "--pact-consumer-name": {"help": "the old name of --pact-verify-consumer"},
    "--pact-verify-consumer": {"help": "verify the contracts of this consumer only"},
    "--pact-verify-consumer-tag": {
        "action": "append",
        "metavar": "TAG",
        "help": "verify the latest contracts with this tag; may be repeated",
    },
    "--pact-publish-results": {
        "action": "store_true",
        "help": "publish the results to the broker, with --pact-provider-version",
    },
    "--pact-provider-version": {"help": "version of the provider, for the results"},
    "--pact-allow-fail": {
        "action": "store_true",
        "help": "report interactions that fail without failing the run",
    },
}
