"""Which pacts does a Pact Broker want verified, and what does it hear of the outcome?

Source: conventions 4.7; the transcripts of a broker 2.120 with its official clients.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pypact.broker.builds import detect_build
from pypact.broker.hal import Document, Hal
from pypact.broker.pacts import BrokerPact, Listed, listed_for_verification
from pypact.broker.settings import Connection, broker_url, is_true, variable
from pypact.errors import BrokerError, InvalidExpectation
from pypact.formats.pact import contract_from_json
from pypact.model.json_text import Json
from pypact.web import Credentials, credentials_of, without_secrets

if TYPE_CHECKING:
    from pypact.select import Selector

__all__ = ["Broker"]


class Broker:
    """A Pact Broker, as it is for one build of a provider.

    `url` is its root; credentials are a `token`, or `username` and `password`, and go
    to the broker's own host only. `selectors` are consumer version selectors: of
    `pypact.select`, or dicts of the broker's own; without any the broker decides.
    `pending` asks which pacts may fail, `wip_since` (a date) for work in progress.
    `pact_url` is the one pact to verify, as a webhook names it.

    `publish` sends back what came of a complete run, as that of `provider_version`,
    which is of `provider_branch`, gets `provider_tags` and was built at `build_url`.
    With `detect_build` what is not given of version, branch and URL is taken from the
    CI server's variables, then from git.

    `timeout` is in seconds; `verify` is False to trust every certificate, or a file of
    those to trust. What is not given is taken from the official environment variables.

    Raises: InvalidExpectation for what cannot be meant.
    """

    def __init__(  # noqa: PLR0913 -- one keyword for each thing a broker can be asked
        self,
        url: str | None = None,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        selectors: Iterable[Selector | Mapping[str, Json]] = (),
        pending: bool = False,
        wip_since: str | dt.date | None = None,
        pact_url: str | None = None,
        publish: bool | None = None,
        provider_version: str | None = None,
        provider_branch: str | None = None,
        provider_tags: Iterable[str] = (),
        build_url: str | None = None,
        detect_build: bool = False,
        timeout: float = 30.0,
        retries: int | None = None,
        verify: bool | str | None = None,
    ) -> None:
        if isinstance(provider_tags, str):
            raise InvalidExpectation("provider_tags is a list of tags, not one text")
        if isinstance(selectors, (str, Mapping)):
            raise InvalidExpectation("selectors is a list of selectors")
        self._connection = Connection(
            broker_url(url, pact_url),
            Credentials(username, password, token),
            timeout=timeout,
            retries=retries,
            verify=verify,
        )
        self.url = self._connection.url
        self.pact_url = pact_url and credentials_of(pact_url)[0]
        self._selectors = [dict(selector) for selector in selectors]
        self._pending = pending
        self._wip_since = wip_since and str(wip_since)
        self.provider_version = provider_version or variable("PACT_PROVIDER_VERSION")
        self.provider_branch = provider_branch or variable("PACT_PROVIDER_BRANCH")
        self.provider_tags = list(provider_tags) or _tags()
        self.build_url = build_url or variable("PACT_PROVIDER_BUILD_URL")
        if detect_build:
            self._detect()
        self.publish = _is_publishing() if publish is None else publish
        if self.publish:
            self.refuse_unversioned()

    def __repr__(self) -> str:
        return f"Broker({without_secrets(self.url)!r})"

    def refuse_unversioned(self) -> None:
        """Raise InvalidExpectation where results would be those of no version."""
        if not self.provider_version:
            raise InvalidExpectation(
                "to publish results, the broker must know of which provider_version; "
                "give it, set PACT_PROVIDER_VERSION, or detect_build=True"
            )

    def pacts(self, provider: str) -> list[BrokerPact]:
        """Read the pacts that `provider` is to be verified against, in its order.

        Raises: BrokerError, InvalidPact.
        """
        if self.pact_url is not None:
            return [self._read(Listed(self.pact_url, without_secrets(self.pact_url)))]
        return [self._read(listed) for listed in self._listed(provider)]

    def announce(self, provider: str, provider_url: str | None) -> None:
        """Give the provider's version its branch and its tags, before its results.

        `provider_url` is the provider's document, as one of its pacts links to it.

        Raises: BrokerError.
        """
        wanted = [("pb:version-tag", {"tag": tag}) for tag in self.provider_tags]
        if self.provider_branch:
            wanted.insert(0, ("pb:branch-version", {"branch": self.provider_branch}))
        if not wanted:
            return
        document = self._provider(provider, provider_url)
        for relation, name in wanted:
            url = document.link(relation, version=self.provider_version or "", **name)
            if url is None:
                raise BrokerError(
                    f"{document.url} has no link {relation}: this broker cannot be "
                    f"told of the provider's {next(iter(name))}",
                    relation=relation,
                )
            self._hal.send("PUT", url, relation, {})

    def publish_results(self, results_url: str, results: Mapping[str, Json]) -> None:
        """Tell what came of one pact; `results` lack what this build adds.

        Raises: BrokerError.
        """
        data: dict[str, Json] = {
            "providerApplicationVersion": self.provider_version,
            **results,
        }
        if self.build_url:
            data["buildUrl"] = self.build_url
        self._hal.send("POST", results_url, "pb:publish-verification-results", data)

    @property
    def _hal(self) -> Hal:
        return Hal(self._connection.web(self.url))

    @property
    def _shared_hal(self) -> Hal:
        """What pacts are read by; all processes of a run shall have the same."""
        return Hal(self._connection.web(self.url, shared=True))

    def _detect(self) -> None:
        build = detect_build()
        self.provider_version = self.provider_version or build.version
        self.provider_branch = self.provider_branch or build.branch
        self.build_url = self.build_url or build.url

    def _listed(self, provider: str) -> list[Listed]:
        index = self._shared_hal.get(self.url, "the index")
        for relation in _FOR_VERIFICATION:
            if url := index.link(relation, provider=provider):
                answer = self._shared_hal.send("POST", url, relation, self._question())
                return list(listed_for_verification(answer))
        return self._latest(index, provider)

    def _question(self) -> dict[str, Json]:
        question: dict[str, Json] = {"includePendingStatus": self._pending}
        if self._selectors:
            question["consumerVersionSelectors"] = self._selectors
        if self.provider_branch:
            question["providerVersionBranch"] = self.provider_branch
        if self.provider_tags:
            question["providerVersionTags"] = self.provider_tags
        if self._wip_since:
            question["includeWipPactsSince"] = self._wip_since
        return question

    def _latest(self, index: Document, provider: str) -> list[Listed]:
        """Ask a broker that knows neither selectors nor pending pacts."""
        found: dict[str, Listed] = {}
        for tag in self._old_tags():
            relation = _LATEST if tag is None else f"{_LATEST}-with-tag"
            names = (
                {"provider": provider}
                if tag is None
                else {
                    "provider": provider,
                    "tag": tag,
                }
            )
            url = index.link(relation, **names)
            if url is None:
                raise BrokerError(
                    f"{self.url} has no link {relation}: is it a Pact Broker?",
                    relation=relation,
                )
            document = self._shared_hal.get(url, relation)
            name = "latest" if tag is None else f"latest with tag {tag}"
            for link in document.links("pb:pacts") or document.links("pacts"):
                pact = Document({"_links": {"self": link}}, document.url).link("self")
                title = str(link.get("title") or link["href"])
                found.setdefault(pact or "", Listed(pact or "", title, name))
        return list(found.values())

    def _old_tags(self) -> list[str | None]:
        if not self._selectors:
            return [None]
        others = [one for one in self._selectors if set(one) - {"tag", "latest"}]
        if others:
            raise BrokerError(
                f"{self.url} has no link {_FOR_VERIFICATION[0]}: this broker is too "
                f"old for the selector {others[0]}; it selects by the latest tag only",
                relation=_FOR_VERIFICATION[0],
            )
        return [str(one["tag"]) if "tag" in one else None for one in self._selectors]

    def _read(self, listed: Listed) -> BrokerPact:
        document = self._shared_hal.get(listed.url, "the pact")
        contract = contract_from_json(document.data, without_secrets(listed.url))
        results_url = document.link("pb:publish-verification-results")
        return BrokerPact(contract, listed, results_url, document.link("pb:provider"))

    def _provider(self, provider: str, provider_url: str | None) -> Document:
        url = provider_url
        if url is None:
            index = self._hal.get(self.url, "the index")
            url = index.link("pb:pacticipant", pacticipant=provider)
        if url is None:
            raise BrokerError(
                f"{self.url} has no link pb:pacticipant", relation="pb:pacticipant"
            )
        return self._hal.get(url, "pb:provider")


def _tags() -> list[str]:
    text = variable("PACT_PROVIDER_VERSION_TAGS") or ""
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _is_publishing() -> bool:
    return is_true(
        "PACT_BROKER_PUBLISH_VERIFICATION_RESULTS", "PACT_PUBLISH_VERIFICATION_RESULTS"
    )


_FOR_VERIFICATION = (
    "pb:provider-pacts-for-verification",
    "beta:provider-pacts-for-verification",
)
_LATEST = "pb:latest-provider-pacts"
