"""Publish contracts to a broker, and list and download what it has.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pypact import former_names
from pypact._dataclasses import dataclass, field, replace
from pypact.broker.base import BrokerRequests, build_path
from pypact.broker.builds import detect_branch, detect_build
from pypact.broker.hal import Document, as_mapping, as_mappings
from pypact.broker.matrix import read_notices
from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.formats import read_pact
from pypact.formats.base import encode_json
from pypact.formats.files import (
    PactFiles,
    read_file_bytes,
)
from pypact.formats.merge import merge_contracts, refuse_changes
from pypact.formats.pact import contract_from_json, contract_to_json
from pypact.formats.store import (
    get_pact_file_name,
    parse_contract,
    replace_pact_file,
)
from pypact.former_names import refuse_former
from pypact.model.interactions import Contract
from pypact.model.json import Json, dump_pretty_json, parse_json
from pypact.web import mask_url


@dataclass(frozen=True, slots=True)
class PublishedPact:
    """A pact that was published, with the broker's notices.

    `url` is the URL of the pact, None if the broker gave none. `data` is the broker's
    response.
    """

    consumer: str
    provider: str
    version: str
    url: str | None
    notices: tuple[str, ...]
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LatestPact:
    """The latest pact of a consumer and a provider; `data` is the broker's document."""

    consumer: str
    consumer_version: str
    provider: str
    created_at: str
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version of a pact in a list of the broker.

    `path` is the file that it was downloaded to, if any. `data` is the broker's link.
    """

    consumer: str
    title: str
    url: str
    path: Path | None = None
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProviderStateUse:
    """A provider state, with the consumers whose contracts have it and its params."""

    name: str
    consumers: tuple[str, ...] = ()
    params: Json = None
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


class BrokerContracts(BrokerRequests):
    """The part of a broker that stores the contracts of consumers."""

    @refuse_former(former_names.PUBLISH_ARGUMENTS)
    def publish(  # noqa: PLR0913 -- one keyword for each option of the official client
        self,
        pacts: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        version: str | None = None,
        branch: str | None = None,
        tags: Iterable[str] = (),
        build_url: str | None = None,
        detect_build: bool = False,
        tag_with_branch: bool = False,
        merge: bool = False,
        show: Callable[[str], object] | None = print,
    ) -> list[PublishedPact]:
        """Publish pact files as the contracts of a version of their consumers.

        `pacts` are files, directories or patterns. The files of one consumer and
        provider are merged. `detect_build` takes an omitted version, branch and build
        URL from the variables of the CI server, or else from git; `tag_with_branch`
        adds the name of that branch to the tags. With `merge`, the broker adds the
        interactions to a pact that this version already has.

        All files are read and merged before the first is published. `show` is called
        with each notice of the broker; None shows none.

            >>> broker.publish("pacts/", detect_build=True)  # doctest: +SKIP

        Raises: MergeConflict, if two files differ in an interaction; InvalidPact and
        StoreError, for files that cannot be read; InvalidExpectation, without a
        version; BrokerError, also if the version has a pact with other content.

        Source: docs/internals/conventions.md, "Broker relations and payloads".
        """
        if isinstance(tags, str):
            raise InvalidExpectation("tags must be a list of tags, got a string")
        given: dict[str, Json] = {
            "pacticipantVersionNumber": version,
            "branch": branch,
            "tags": list(tags),
            "buildUrl": build_url,
        }
        if detect_build or self._detects_build:
            _fill_from_build(given)
        if tag_with_branch:
            given["tags"] += _detect_tags(show)
        if not given["pacticipantVersionNumber"]:
            raise InvalidExpectation(
                "publishing contracts needs the version of the consumer: pass version, "
                "or detect_build=True in a git repository or on a CI server"
            )
        read = read_contracts(pacts)
        url = self._find_in_index(_PUBLISH)
        contents = {pair: build_content(contracts) for pair, contracts in read.items()}
        published = []
        for (consumer, provider), content in contents.items():
            if show is not None:
                show(f"Publishing the pact between {consumer} and {provider}")
            data = {name: value for name, value in given.items() if value}
            data["pacticipantName"] = consumer
            data["contracts"] = [
                {
                    "consumerName": consumer,
                    "providerName": provider,
                    "specification": "pact",
                    "contentType": "application/json",
                    "content": base64.b64encode(content).decode("ascii"),
                    "onConflict": "merge" if merge else "overwrite",
                }
            ]
            document = self._send("POST", url, _PUBLISH, data)
            notices = read_notices(document)
            if show is not None:
                for notice in notices:
                    show(notice)
            published.append(
                PublishedPact(
                    consumer,
                    provider,
                    str(given["pacticipantVersionNumber"]),
                    document.find_link("pb:contracts"),
                    notices,
                    document.data,
                )
            )
        return published

    def list_latest_pact_versions(self) -> list[LatestPact]:
        """Return the latest pact of each consumer and provider.

        Raises: BrokerError.
        """
        return self.read_latest_pact_versions()[0]

    def read_latest_pact_versions(self) -> tuple[list[LatestPact], Mapping[str, Json]]:
        """Return the latest pacts, and the broker's document that lists them.

        Raises: BrokerError.
        """
        document = self._get(self._find_in_index(_LATEST), _LATEST)
        return read_latest_pacts(document), document.data

    def get_pacts(
        self,
        provider: str,
        *,
        consumer: str | None = None,
        branch: str | None = None,
        latest: bool = False,
        download_to: str | os.PathLike[str] | None = None,
    ) -> list[ListedVersion]:
        """Return the pacts of a provider on a branch, by default on the main branches.

        `latest` restricts them to the latest of each consumer. With `download_to`, they
        are also written to that directory, as `CONSUMER-PROVIDER-VERSION.json`.

        Raises: BrokerError, also for an unknown provider; InvalidPact, for a download
        that is not a pact; StoreError, if a file cannot be written.
        """
        names = ["pacts", "provider", provider]
        names += ["consumer", consumer] if consumer is not None else []
        names += ["branch"] if branch is None else ["branch", branch]
        names += ["latest"] if latest else []
        document = self._get(build_path(*names), "pb:provider-pacts-with-branch")
        listed = []
        for link in document.find_links("pb:pacts") or document.find_links("pacts"):
            url = Document({"_links": {"self": link}}, document.url).find_link("self")
            name, title = str(link.get("name") or ""), str(link.get("title") or "")
            listed.append(ListedVersion(name, title, url or "", data=link))
        if download_to is None:
            return listed
        taken: dict[str, str] = {}
        return [
            replace(one, path=self._download(one, Path(download_to), taken))
            for one in listed
        ]

    def provider_states(
        self,
        provider: str,
        *,
        branch: str | None = None,
        environment: str | None = None,
    ) -> list[ProviderStateUse]:
        """Return the provider states in the contracts with a provider, each once.

        The contracts are those of the consumers' main branches, of a `branch`, or of
        the versions in an `environment`.

        Raises: BrokerError, also for a broker that is too old for this.
        """
        document = self._read_provider_states(provider, branch, environment)
        return read_provider_states(document)

    def _read_provider_states(
        self, provider: str, branch: str | None, environment: str | None
    ) -> Document:
        if branch is not None and environment is not None:
            raise InvalidExpectation("give only one of branch and environment")
        names = ["pacts", "provider", provider, "provider-states"]
        names += ["branch", branch] if branch is not None else []
        names += ["environment", environment] if environment is not None else []
        return self._get(build_path(*names), "the provider states")

    def _download(
        self, listed: ListedVersion, directory: Path, taken: dict[str, str]
    ) -> Path:
        """Write a pact to a file; `taken` maps the files so far to their versions."""
        document = self._get(listed.url, "the pact")
        contract = contract_from_json(document.data, mask_url(listed.url))
        links = document.find_links("pb:consumer-version")
        version = str(links[0].get("name") or "") if links else ""
        names = [contract.provider, *([version] if version else [])]
        place = directory / get_pact_file_name(contract.consumer, "-".join(names))
        before = taken.setdefault(place.name.casefold(), version)
        if before != version:
            raise StoreError(
                f"{place} already has version {before!r}: version {version!r} would "
                "have the same file name"
            )
        content = encode_json(dump_pretty_json(document.data))
        replace_pact_file(place, content, (contract.consumer, contract.provider))
        return place


def read_contracts(
    pacts: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> dict[tuple[str, str], list[tuple[Path, Contract]]]:
    """Read pact files; return those of each consumer and provider.

    Raises: InvalidPact, StoreError.
    """
    places = [pacts] if isinstance(pacts, (str, os.PathLike)) else list(pacts)
    files = {
        path: shown
        for place in places
        for path, shown in PactFiles(place).require().items()
    }
    if not files:
        raise InvalidExpectation("pacts is an empty list: expected pact files")
    read: dict[tuple[str, str], list[tuple[Path, Contract]]] = {}
    for path, shown in files.items():
        contract = _read_contract(path, shown)
        pair = contract.consumer, contract.provider
        read.setdefault(pair, []).append((path, contract))
    return read


def _read_contract(path: Path, shown: str) -> Contract:
    _require_names(path, shown)
    contract = read_pact(path)
    placed = tuple(replace(one, place=shown) for one in contract.interactions)
    return replace(contract, interactions=placed)


def _require_names(path: Path, shown: str) -> None:
    """Raise InvalidPact for a pact without names, which `read_pact` would fill in."""
    try:
        data = parse_json(read_file_bytes(path))
    except ValueError:
        return  # `read_pact` explains it
    for role in ("consumer", "provider") if isinstance(data, dict) else ():
        if not as_mapping(data.get(role)).get("name"):
            raise InvalidPact(shown, read=f"no name of the {role}", wanted="a name")


def build_content(read: list[tuple[Path, Contract]]) -> bytes:
    """Return the content to publish for the files of one consumer and provider.

    Raises: MergeConflict, if two files differ in an interaction.
    """
    path, merged = read[0]
    for _, contract in read[1:]:
        refuse_changes(merged.interactions, contract.interactions)
        merged = merge_contracts(merged, contract)
    if len(read) == 1:
        content = read_file_bytes(path)
        # They differ if the file has a journal, see pypact.formats.journal.
        if parse_contract(content, str(path)) == merged:
            return content
    return encode_json(dump_pretty_json(contract_to_json(merged, merged.version)))


def read_latest_pacts(document: Document) -> list[LatestPact]:
    """Read the list of the latest pacts."""
    found = []
    for pact in as_mappings(document.data.get("pacts")):
        embedded = as_mapping(pact.get("_embedded"))
        consumer = as_mapping(embedded.get("consumer"))
        version = as_mapping(as_mapping(consumer.get("_embedded")).get("version"))
        found.append(
            LatestPact(
                str(consumer.get("name") or ""),
                str(version.get("number") or ""),
                str(as_mapping(embedded.get("provider")).get("name") or ""),
                str(pact.get("createdAt") or ""),
                pact,
            )
        )
    return found


def read_provider_states(document: Document) -> list[ProviderStateUse]:
    """Read the list of provider states."""
    found = []
    for state in as_mappings(document.data.get("providerStates")):
        consumers = state.get("consumers")
        names = tuple(map(str, consumers)) if isinstance(consumers, list) else ()
        name = str(state.get("name") or "")
        found.append(ProviderStateUse(name, names, state.get("params"), state))
    return found


def _fill_from_build(given: dict[str, Json]) -> None:
    build = detect_build()
    found = {
        "pacticipantVersionNumber": build.version,
        "branch": build.branch,
        "buildUrl": build.url,
    }
    for name, value in found.items():
        given[name] = given[name] or value


def _detect_tags(show: Callable[[str], object] | None) -> list[str]:
    branch = detect_branch()
    if branch is None and show is not None:
        show("No git branch was found: no tag is added for it")
    return [] if branch is None else [branch]


_PUBLISH = "pb:publish-contracts"
_LATEST = "pb:latest-pact-versions"
