"""The command `pactman-verifier`, as `python -m pypact.compat.pactman`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from pypact.compat.pact.verifier import split_header
from pypact.compat.pactman.verifier.broker import make_broker
from pypact.compat.verification import SetupUrl, add_headers
from pypact.errors import PactError, VerificationFailed
from pypact.model.json import Json
from pypact.verifier import Verifier


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a provider; return 0, 1 if it fails, or 2 if it cannot be verified."""
    given = _build_parser().parse_args(arguments)
    version = given.provider_version or given.provider_app_version
    if given.publish_verification_results and not version:
        print("-r needs the version of the provider: -p VERSION")  # noqa: T201 -- the output of a command
        return 2
    extra = os.environ.get("PROVIDER_EXTRA_HEADER")
    lines = given.custom_provider_header or ([extra] if extra else [])
    headers = dict(map(split_header, lines))

    def build(state: str, params: Mapping[str, Json], consumer: str) -> Json:
        return {
            "provider": given.provider_name,
            "consumer": consumer,
            "state": state,
            "states": [{"name": state, "params": dict(params)}],
        }

    try:
        url = given.broker_url or os.environ.get("PACT_BROKER_URL")
        if not given.local_pact_file and not url:
            print("give the contracts: -l FILE, or -b URL")  # noqa: T201 -- the output of a command
            return 2
        pacts = given.local_pact_file or make_broker(
            str(url),
            given.broker_token,
            given.consumer_version_tag,
            publish=given.publish_verification_results,
            version=version,
        )
        verifier = Verifier(
            given.provider_name, base_url=given.provider_url, pacts=pacts
        )
        add_headers(verifier, headers)
        setup = SetupUrl(given.provider_setup_url, build, headers, has_empty_name=False)
        setup.use_for(verifier)
        try:
            verifier.verify(consumer=given.consumer)
        finally:
            setup.close()
    except VerificationFailed:
        return 1
    except PactError as error:
        print(error)  # noqa: T201 -- the output of a command
        return 2
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pypact.compat.pactman", description="Verify a running provider."
    )
    add = parser.add_argument
    add("provider_name", help="name of the provider in its contracts")
    add("provider_url", help="URL of the running provider")
    add("provider_setup_url", help="URL that each provider state is sent to")
    add("-l", "--local-pact-file", help="the contract: a file")
    add("-b", "--broker-url", help="the contracts: those of a Pact Broker")
    add("--broker-token", help="bearer token for the broker")
    add("-c", "--consumer", help="verify the contracts of this consumer only")
    add(
        "--consumer-version-tag",
        action="append",
        metavar="TAG",
        help="verify the latest contracts with this tag; may be repeated",
    )
    add(
        "--custom-provider-header",
        action="append",
        metavar="HEADER",
        help='header to send, as "Name: value"; may be repeated',
    )
    add(
        "-r",
        "--publish-verification-results",
        action="store_true",
        help="publish the results to the broker",
    )
    add("-a", "--provider-app-version", metavar="VERSION", help="the same as -p")
    add("-p", "--provider-version", metavar="VERSION", help="version of the provider")
    add("-v", "--verbose", action="store_true", help="accepted; has no effect")
    add("-q", "--quiet", action="store_true", help="accepted; has no effect")
    return parser
