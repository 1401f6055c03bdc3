"""Verify a running provider."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pypact.broker import Broker
from pypact.compat.options import warn_of_ignored
from pypact.compat.pact.verify_wrapper import PactException
from pypact.compat.verification import RubySource, SetupUrl, add_headers
from pypact.errors import PactError, VerificationFailed
from pypact.model.json import Json
from pypact.sources import Source, resolve_source
from pypact.verifier import Verifier as PypactVerifier


class Verifier:
    """A verifier of the provider at a base URL.

    Both methods return 0 or 1, and the text of the failures; the report is printed.
    They take these options:

    - `provider_states_setup_url`: the URL that each provider state is sent to, as
      `{"consumer", "state", "states", "params"}`.
    - `headers`: headers for the requests and the provider states, as "Name: value".
    - `timeout`: the seconds that a response may take.
    - `publish_version`, `publish_verification_results`, `provider_tags`,
      `provider_version_branch`: how results are published.
    - `broker_url`, `broker_username`, `broker_password`, `broker_token`,
      `consumer_tags`, `consumer_version_selectors`: which contracts a broker selects.
    - `log_dir`, `log_level` and `verbose` have no effect.
    """

    def __init__(self, provider: str, provider_base_url: str, **kwargs: Any) -> None:
        warn_of_ignored(**kwargs)
        self.provider = provider
        self.provider_base_url = provider_base_url

    def __str__(self) -> str:
        return f"Verifier for {self.provider} with url {self.provider_base_url}"

    def verify_pacts(
        self,
        *pacts: str,
        enable_pending: bool = False,
        include_wip_pacts_since: str | None = None,
        **kwargs: Any,
    ) -> tuple[int, str]:
        """Verify the contracts in files, in directories and at URLs.

        Raises: PactException without contracts; FileNotFoundError for missing files.
        """
        options = Options(**kwargs)
        if not pacts and options.broker_url is None:
            raise PactException("give the contracts, or the URL of a broker")
        missing = [one for one in pacts if not _is_url(one) and not Path(one).exists()]
        if missing:
            raise FileNotFoundError(f"no pact files at {', '.join(missing)}")
        sources: list[Source] = []
        for place in pacts:
            if _is_url(place) and options.publishes:
                broker = options.make_broker(pact_url=place)
                sources.append(resolve_source(broker))
            else:
                sources.append(resolve_source(_add_slash(place)))
        if options.broker_url is not None:
            return self._verify_broker(
                options, enable_pending, include_wip_pacts_since, sources
            )
        options.warn_of_ignored_without_broker(
            enable_pending=enable_pending,
            include_wip_pacts_since=include_wip_pacts_since,
            has_url=any(map(_is_url, pacts)),
        )
        return self._verify(sources, options)

    def verify_with_broker(
        self,
        enable_pending: bool = False,
        include_wip_pacts_since: str | None = None,
        **kwargs: Any,
    ) -> tuple[int, str]:
        """Verify the contracts that a broker selects.

        Raises: PactException without the URL of a broker.
        """
        options = Options(**kwargs)
        if options.broker_url is None and not os.environ.get("PACT_BROKER_BASE_URL"):
            raise PactException("give the contracts, or the URL of a broker")
        return self._verify_broker(options, enable_pending, include_wip_pacts_since)

    def _verify_broker(
        self,
        options: Options,
        enable_pending: bool,
        include_wip_pacts_since: str | None,
        others: Iterable[Source] = (),
    ) -> tuple[int, str]:
        broker = options.make_selecting_broker(enable_pending, include_wip_pacts_since)
        return self._verify([*others, resolve_source(broker)], options)

    def _verify(self, sources: list[Source], options: Options) -> tuple[int, str]:
        more = {} if options.timeout is None else {"timeout": options.timeout}
        verifier = PypactVerifier(
            self.provider,
            base_url=self.provider_base_url,
            pacts=[RubySource(source) for source in sources],
            **more,  # type: ignore[arg-type]  # seconds
        )
        add_headers(verifier, options.headers)
        setup = None
        if options.states_url is not None:
            setup = SetupUrl(options.states_url, _build_payload, options.headers)
            setup.use_for(verifier)
        try:
            verifier.verify()
        except VerificationFailed as error:
            return 1, str(error)
        except PactError as error:
            print(error)  # noqa: T201 -- as the report, which is printed as well
            return 1, str(error)
        finally:
            if setup is not None:
                setup.close()
        return 0, ""


class Options:
    """The keyword arguments of the methods of a verifier."""

    def __init__(
        self,
        *,
        provider_states_setup_url: str | None = None,
        headers: Iterable[str] = (),
        timeout: float | None = None,
        publish_version: str | None = None,
        publish_verification_results: bool | None = None,
        provider_tags: Iterable[str] = (),
        provider_version_branch: str | None = None,
        consumer_tags: Iterable[str] = (),
        consumer_version_selectors: Iterable[Mapping[str, Any]] = (),
        broker_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
        **ignored: Any,
    ) -> None:
        warn_of_ignored(**ignored)
        self.states_url = provider_states_setup_url or None
        self.headers = dict(map(split_header, headers))
        self.timeout = timeout
        self.publishes = bool(publish_verification_results)
        self.broker_url = broker_url or None
        self.selectors = [
            *({"tag": tag, "latest": True} for tag in consumer_tags),
            *map(dict, consumer_version_selectors),
        ]
        self._publishing: dict[str, Any] = {
            "publish": self.publishes,
            "provider_version": publish_version,
            "provider_branch": provider_version_branch,
            "provider_tags": list(provider_tags),
        }
        self._credentials: dict[str, Any] = {
            "username": broker_username,
            "password": broker_password,
            "token": broker_token,
        }

    def make_broker(self, **more: Any) -> Broker:
        """Return the broker that has the contracts, and receives results."""
        return Broker(self.broker_url, **self._credentials, **self._publishing, **more)

    def make_selecting_broker(
        self,
        enable_pending: bool,
        include_wip_pacts_since: str | None,
    ) -> Broker:
        """Return the broker that selects the contracts to verify."""
        return self.make_broker(
            selectors=self.selectors,
            pending=enable_pending,
            wip_since=include_wip_pacts_since,
        )

    def warn_of_ignored_without_broker(self, *, has_url: bool, **options: Any) -> None:
        """Warn of the options that only a broker makes use of."""
        if not has_url:
            options["publish_verification_results"] = self.publishes
        warn_of_ignored(consumer_version_selectors=self.selectors, **options)


def _build_payload(state: str, params: Mapping[str, Json], consumer: str) -> Json:
    name = state or None
    return {
        "consumer": consumer,
        "state": name,
        "states": [name],
        "params": dict(params),
    }


def split_header(line: str) -> tuple[str, str]:
    """Return name and value of a header that is given as "Name: value"."""
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _add_slash(place: str) -> str:
    return f"{place}/" if Path(place).is_dir() else place
