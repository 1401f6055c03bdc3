"""A Pact Broker: list and read the pacts to verify, publish versions and results.

Settings that are not given are read from the official environment variables.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pypact import former_names
from pypact._dataclasses import dataclass
from pypact.broker.builds import detect_build
from pypact.broker.contracts import BrokerContracts
from pypact.broker.deployments import BrokerDeployments
from pypact.broker.hal import Document, HalClient, as_mapping, as_mappings
from pypact.broker.matrix import BrokerMatrix
from pypact.broker.settings import (
    choose_credentials,
    is_variable_true,
    read_retries,
    read_variable,
    read_verify,
    resolve_broker_url,
)
from pypact.errors import BrokerError, InvalidExpectation
from pypact.formats.pact import contract_from_json
from pypact.former_names import refuse_former
from pypact.model.interactions import Contract
from pypact.model.json import Json
from pypact.web import Credentials, WebClient, mask_url, split_credentials

if TYPE_CHECKING:
    from pypact.select import Selector


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of the broker for people, and the event after which to show it."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class ListedPact:
    """A pact in the broker's list of pacts for verification, not read yet.

    `description` is the reason why it is in the list, such as "latest from branch
    main". `is_wip` marks work in progress, which no selector selected.
    """

    url: str
    name: str
    description: str = ""
    is_pending: bool = False
    is_wip: bool = False
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerPact:
    """A pact that was read from a broker.

    `results_url` is the URL to publish results to, None if the broker offers none.
    `provider_url` is the URL of the provider's document.
    """

    contract: Contract
    listed: ListedPact
    results_url: str | None
    provider_url: str | None

    @property
    def notices_before(self) -> tuple[str, ...]:
        """The notices to show before the verification."""
        return self._notices_for("before_verification")

    def notices_after(self, *, success: bool, published: bool) -> tuple[str, ...]:
        """Return the notices to show after the verification."""
        return self._notices_for(
            f"after_verification:success_{success}_published_{published}".lower()
        )

    def _notices_for(self, when: str) -> tuple[str, ...]:
        # A notice without the ending applies to every outcome.
        general = when.partition(":")[0]
        return tuple(
            notice.text
            for notice in self.listed.notices
            if notice.when in (when, general)
        )


def read_pacts_for_verification(document: Document) -> Iterable[ListedPact]:
    """Read the response to the relation `pb:provider-pacts-for-verification`."""
    for pact in as_mappings(as_mapping(document.data.get("_embedded")).get("pacts")):
        properties = as_mapping(pact.get("verificationProperties"))
        [link] = Document(dict(pact), document.url).find_links("self")[:1] or [{}]
        if not link:
            continue
        yield ListedPact(
            url=Document(dict(pact), document.url).find_link("self") or "",
            name=str(link.get("name") or link["href"]),
            description=str(pact.get("shortDescription") or ""),
            is_pending=properties.get("pending") is True,
            is_wip=properties.get("wip") is True,
            notices=tuple(
                Notice(str(notice.get("when", "")), str(notice.get("text", "")))
                for notice in as_mappings(properties.get("notices"))
            ),
        )


class Broker(BrokerContracts, BrokerMatrix, BrokerDeployments):
    """A Pact Broker: publish contracts, verify them, check and record deployments.

    `url` is the broker's base URL. Credentials are a `token`, or `username` and
    `password`; they are sent to the broker's own host only. `selectors` are consumer
    version selectors: those of `pypact.select`, or dicts in the broker's JSON form;
    without any the broker selects. `pending` enables pending pacts, which may fail;
    `wip_since` (a date) includes work in progress. `pact_url` is a single pact to
    verify, such as the URL that a webhook passes.

    The settings from `selectors` to `build_url` are for verifying a provider, see
    `pypact.Verifier`. `publish` sends the results of a complete run to the broker, as
    those of `provider_version` on `provider_branch`, with `provider_tags` and the URL
    of the build, `build_url`. `detect_build` takes omitted version, branch and build
    URL from the variables of the CI server, or else from git.

    `headers` are sent with each request to the broker's host.

    `timeout` is in seconds. `verify` is False to trust every certificate, or the path
    of a file with trusted certificates. Other omitted arguments default to the official
    environment variables.

    Raises: InvalidExpectation, for arguments that are not valid.
    """

    @refuse_former(former_names.BROKER_ARGUMENTS)
    def __init__(  # noqa: PLR0913 -- one keyword for each setting of a broker
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
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(provider_tags, str):
            raise InvalidExpectation(
                "provider_tags must be a list of tags, got a string"
            )
        if isinstance(selectors, (str, Mapping)):
            raise InvalidExpectation(
                "selectors must be a list of selectors, got a single one"
            )
        self.url, in_url = split_credentials(resolve_broker_url(url, pact_url))
        self._make_client = functools.partial(
            WebClient,
            self.url,
            choose_credentials(Credentials(username, password, token), in_url),
            timeout=timeout,
            retries=read_retries() if retries is None else retries,
            verify=read_verify() if verify is None else verify,
            headers=headers,
        )
        self.pact_url = pact_url and split_credentials(pact_url)[0]
        self._selectors = [dict(selector) for selector in selectors]
        self._pending = pending
        self._wip_since = wip_since and str(wip_since)
        self.provider_version = provider_version or read_variable(
            "PACT_PROVIDER_VERSION"
        )
        self.provider_branch = provider_branch or read_variable("PACT_PROVIDER_BRANCH")
        self.provider_tags = list(provider_tags) or _read_tags()
        self.build_url = build_url or read_variable("PACT_PROVIDER_BUILD_URL")
        self._detects_build = detect_build
        if detect_build:
            self._fill_from_build()
        self.publishes_results = (
            is_variable_true(*_PUBLISHING) if publish is None else publish
        )
        if self.publishes_results:
            self.refuse_unversioned()

    def __repr__(self) -> str:
        return f"Broker({mask_url(self.url)!r})"

    def refuse_unversioned(self) -> None:
        """Raise InvalidExpectation if there is no version to publish results for."""
        if not self.provider_version:
            raise InvalidExpectation(
                "publishing results needs the provider version: pass provider_version, "
                "set PACT_PROVIDER_VERSION, or pass detect_build=True"
            )

    def pacts(self, provider: str) -> list[BrokerPact]:
        """Read the pacts to verify `provider` against, in the order of the broker.

        Raises: BrokerError, InvalidPact.
        """
        if self.pact_url is not None:
            return [self._read_pact(ListedPact(self.pact_url, mask_url(self.pact_url)))]
        return [self._read_pact(listed) for listed in self._list_pacts(provider)]

    def read_version(self, consumer: str, version: str) -> list[Contract]:
        """Read the contracts that a version of a consumer has with its providers.

        Raises: BrokerError, if there is no such version or it has no contracts.
        """
        relation = "pb:pacticipant-version"
        index = self._hal.get(self.url, "the index")
        url = index.find_link(relation, pacticipant=consumer, version=version)
        if url is None:
            raise BrokerError(f"{self.url} has no link {relation}", relation=relation)
        found = []
        document = self._hal.get(url, relation)
        for link in document.find_links("pb:pact-versions"):
            pact = Document({"_links": {"self": link}}, url).find_link("self") or ""
            found.append(self._read_pact(ListedPact(pact, mask_url(pact))).contract)
        if not found:
            raise BrokerError(
                f"version {version} of {consumer!r} has no contracts at {self.url}",
                relation=relation,
            )
        return found

    def announce(self, provider: str, provider_url: str | None) -> None:
        """Publish the branch and tags of the provider's version, before its results.

        Raises: BrokerError.
        """
        links = [("pb:version-tag", {"tag": tag}) for tag in self.provider_tags]
        if self.provider_branch:
            links.insert(0, ("pb:branch-version", {"branch": self.provider_branch}))
        if not links:
            return
        document = self._read_provider(provider, provider_url)
        for relation, name in links:
            url = document.find_link(
                relation, version=self.provider_version or "", **name
            )
            if url is None:
                raise BrokerError(
                    f"{document.url} has no link {relation}: this broker does not "
                    f"accept the {next(iter(name))} of a provider version",
                    relation=relation,
                )
            self._hal.send("PUT", url, relation, {})

    def publish_results(self, results_url: str, results: Mapping[str, Json]) -> None:
        """Publish the results of one pact.

        The version and the build URL of the provider are added to `results`.

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
    def _hal(self) -> HalClient:
        return HalClient(self._make_client())

    @property
    def _shared_hal(self) -> HalClient:
        """The client for reading pacts, which all processes of a run share."""
        return HalClient(self._make_client(shared=True))

    def _fill_from_build(self) -> None:
        build = detect_build()
        self.provider_version = self.provider_version or build.version
        self.provider_branch = self.provider_branch or build.branch
        self.build_url = self.build_url or build.url

    def _list_pacts(self, provider: str) -> list[ListedPact]:
        index = self._shared_hal.get(self.url, "the index")
        for relation in _FOR_VERIFICATION:
            if url := index.find_link(relation, provider=provider):
                document = self._shared_hal.send(
                    "POST", url, relation, self._selection_request()
                )
                return list(read_pacts_for_verification(document))
        return self._list_latest(index, provider)

    def _selection_request(self) -> dict[str, Json]:
        selection: dict[str, Json] = {"includePendingStatus": self._pending}
        if self._selectors:
            selection["consumerVersionSelectors"] = self._selectors
        if self.provider_branch:
            selection["providerVersionBranch"] = self.provider_branch
        if self.provider_tags:
            selection["providerVersionTags"] = self.provider_tags
        if self._wip_since:
            selection["includeWipPactsSince"] = self._wip_since
        return selection

    def _list_latest(self, index: Document, provider: str) -> list[ListedPact]:
        """List the latest pacts of a broker without selectors and pending pacts."""
        found: dict[str, ListedPact] = {}
        for tag in self._tags_of_selectors():
            relation = _LATEST if tag is None else f"{_LATEST}-with-tag"
            names = {} if tag is None else {"tag": tag}
            url = index.find_link(relation, provider=provider, **names)
            if url is None:
                raise BrokerError(
                    f"{self.url} has no link {relation}: is it a Pact Broker?",
                    relation=relation,
                )
            document = self._shared_hal.get(url, relation)
            name = "latest" if tag is None else f"latest with tag {tag}"
            for link in document.find_links("pb:pacts") or document.find_links("pacts"):
                pact = Document({"_links": {"self": link}}, document.url).find_link(
                    "self"
                )
                title = str(link.get("title") or link["href"])
                found.setdefault(pact or "", ListedPact(pact or "", title, name))
        return list(found.values())

    def _tags_of_selectors(self) -> list[str | None]:
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

    def _read_pact(self, listed: ListedPact) -> BrokerPact:
        document = self._shared_hal.get(listed.url, "the pact")
        contract = contract_from_json(document.data, mask_url(listed.url))
        results_url = document.find_link("pb:publish-verification-results")
        return BrokerPact(
            contract, listed, results_url, document.find_link("pb:provider")
        )

    def _read_provider(self, provider: str, provider_url: str | None) -> Document:
        url = provider_url
        if url is None:
            index = self._hal.get(self.url, "the index")
            url = index.find_link("pb:pacticipant", pacticipant=provider)
        if url is None:
            raise BrokerError(
                f"{self.url} has no link pb:pacticipant", relation="pb:pacticipant"
            )
        return self._hal.get(url, "pb:provider")


def _read_tags() -> list[str]:
    text = read_variable("PACT_PROVIDER_VERSION_TAGS") or ""
    return [tag.strip() for tag in text.split(",") if tag.strip()]


_PUBLISHING = (
    "PACT_BROKER_PUBLISH_VERIFICATION_RESULTS",
    "PACT_PUBLISH_VERIFICATION_RESULTS",
)
_FOR_VERIFICATION = (
    "pb:provider-pacts-for-verification",
    "beta:provider-pacts-for-verification",
)
_LATEST = "pb:latest-provider-pacts"
