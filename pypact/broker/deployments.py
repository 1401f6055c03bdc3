"""The versions of applications: where they are deployed, released and supported.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from pypact._dataclasses import dataclass, field
from pypact.broker.base import build_path
from pypact.broker.environments import BrokerEnvironments
from pypact.broker.hal import Document, as_mapping, as_mappings
from pypact.errors import BrokerError, InvalidExpectation
from pypact.model.json import Json


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """A version that is recorded as deployed to or released in an environment.

    `is_current` is false after it was undeployed, or its support ended. `data` is the
    broker's document.
    """

    pacticipant: str
    version: str
    environment: str
    is_current: bool
    is_release: bool = False
    application_instance: str | None = None
    uuid: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PacticipantVersion:
    """A version of an application; `data` is the broker's document."""

    pacticipant: str
    number: str
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    build_url: str | None = None
    created_at: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


class BrokerDeployments(BrokerEnvironments):
    """The part of a broker that describes versions and records deployments."""

    def describe_version(
        self,
        pacticipant: str,
        version: str | None = None,
        *,
        latest_tag: str | None = None,
    ) -> PacticipantVersion:
        """Return a version: one by its number, the latest with a tag, or the latest.

        Raises: BrokerError, also for an unknown version or application.
        """
        _require_name(pacticipant)
        relation, names = _LATEST_VERSION, {"pacticipant": pacticipant}
        if version is not None:
            relation, names["version"] = _VERSION, version
        elif latest_tag is not None:
            relation, names["tag"] = "pb:latest-tagged-version", latest_tag
        document = self._get(self._find_in_index(relation, **names), relation)
        return _read_version(pacticipant, document)

    def list_versions_in(
        self,
        environment: str,
        pacticipant: str,
        *,
        deployed: bool = True,
        released: bool = True,
    ) -> list[RecordedVersion]:
        """Return the versions that are currently deployed to or supported in it.

        Raises: BrokerError, also for an environment that does not exist.
        """
        document = self._find_environment(environment)
        found: list[RecordedVersion] = []
        for kind in (_DEPLOYED, _RELEASED):
            if released if kind.is_release else deployed:
                found += self._read_current(
                    document, environment, kind, none_if_404=True
                )
        return [one for one in found if one.pacticipant == pacticipant]

    def record_deployment(
        self,
        pacticipant: str,
        version: str,
        environment: str,
        *,
        application_instance: str | None = None,
    ) -> RecordedVersion:
        """Record that a version was deployed, in place of the one before.

        `application_instance` distinguishes deployments to the same environment that
        exist side by side.

        Raises: BrokerError, also for an unknown version or environment.
        """
        data: dict[str, Json] = {}
        if application_instance is not None:
            # Older brokers have `target` only.
            data["applicationInstance"] = data["target"] = application_instance
        return self._record(pacticipant, version, environment, _DEPLOYED, data)

    def record_release(
        self, pacticipant: str, version: str, environment: str
    ) -> RecordedVersion:
        """Record that a version was released, beside those before.

        Raises: BrokerError, also for an unknown version or environment.
        """
        return self._record(pacticipant, version, environment, _RELEASED, {})

    def record_undeployment(
        self,
        pacticipant: str,
        environment: str,
        *,
        application_instance: str | None = None,
    ) -> RecordedVersion:
        """Record that an application is no longer deployed to an environment.

        Raises: BrokerError, also if it was not deployed there, or only to other
        application instances.
        """
        deployed = self._list_current(pacticipant, environment, _DEPLOYED)
        if not deployed:
            raise BrokerError(
                f"{pacticipant} is not currently deployed to the environment "
                f"{environment!r}",
                relation=_DEPLOYED.list_relation,
            )
        for one in deployed:
            if one.application_instance == application_instance:
                return self._end(one, _DEPLOYED)
        instances = ", ".join(
            repr(one.application_instance) if one.application_instance else "none"
            for one in deployed
        )
        given = (
            f"to the application instance {application_instance!r}"
            if application_instance
            else "without an application instance"
        )
        raise BrokerError(
            f"{pacticipant} is not currently deployed {given} in the environment "
            f"{environment!r}; its application instances there: {instances}",
            relation=_DEPLOYED.list_relation,
        )

    def record_support_ended(
        self, pacticipant: str, version: str, environment: str
    ) -> RecordedVersion:
        """Record that a released version is no longer supported in an environment.

        Raises: BrokerError, also if it was not supported there.
        """
        for one in self._list_current(pacticipant, environment, _RELEASED):
            if one.version == version:
                return self._end(one, _RELEASED)
        raise BrokerError(
            f"version {version} of {pacticipant} is not currently released in the "
            f"environment {environment!r}",
            relation=_RELEASED.list_relation,
        )

    def _record(
        self,
        pacticipant: str,
        version: str,
        environment: str,
        kind: _Kind,
        data: dict[str, Json],
    ) -> RecordedVersion:
        _require_name(pacticipant)
        _require_name(version)
        path = build_path("pacticipants", pacticipant, "versions", version)
        document = self._get(path, _VERSION)
        links = document.find_links(kind.record_relation)
        for link in links:
            if link.get("name") == environment:
                url = Document({"_links": {"self": link}}, document.url).find_link(
                    "self"
                )
                sent = self._send("POST", url or "", kind.record_relation, data)
                return _read_recorded(sent.data, environment, kind)
        names = ", ".join(repr(link.get("name")) for link in links) or "none"
        raise BrokerError(
            f"the environment {environment!r} does not exist; the broker has {names}",
            relation=kind.record_relation,
        )

    def _list_current(
        self, pacticipant: str, environment: str, kind: _Kind
    ) -> list[RecordedVersion]:
        _require_name(pacticipant)
        listed = self._find_environment(environment)
        url = listed.find_link("self")
        # The official client reads it again, for links that the list may lack.
        document = self._get(url, "pb:environment") if url else listed
        found = self._read_current(document, environment, kind, pacticipant)
        return [one for one in found if one.pacticipant in ("", pacticipant)]

    def _read_current(
        self,
        document: Document,
        environment: str,
        kind: _Kind,
        pacticipant: str | None = None,
        *,
        none_if_404: bool = False,
    ) -> list[RecordedVersion]:
        url = document.find_link(kind.list_relation)
        if url is None:
            raise BrokerError(
                f"{document.url} has no link {kind.list_relation}",
                relation=kind.list_relation,
            )
        if pacticipant is not None:
            url += f"?pacticipant={quote(pacticipant, safe='')}"
        try:
            data = self._get(url, kind.list_relation).data
        except BrokerError as error:
            if error.status == 404 and none_if_404:
                return []
            raise
        found = as_mappings(as_mapping(data.get("_embedded")).get(kind.member))
        return [_read_recorded(one, environment, kind) for one in found]

    def _end(self, recorded: RecordedVersion, kind: _Kind) -> RecordedVersion:
        url = Document(dict(recorded.data), self.url).find_link("self")
        if url is None:
            raise BrokerError(
                f"the broker gave no link to end version {recorded.version} of "
                f"{recorded.pacticipant}",
                relation=kind.list_relation,
            )
        ended: dict[str, Json] = {kind.flag: False}
        sent = self._send("PATCH", url, kind.list_relation, ended, _MERGE_PATCH)
        return _read_recorded(
            {**recorded.data, **sent.data}, recorded.environment, kind
        )


@dataclass(frozen=True, slots=True)
class _Kind:
    """The names that the broker uses for deployments or for releases."""

    record_relation: str
    list_relation: str
    member: str
    flag: str
    is_release: bool


def _read_version(pacticipant: str, document: Document) -> PacticipantVersion:
    data = document.data
    embedded = as_mapping(data.get("_embedded"))
    url, created = data.get("buildUrl"), data.get("createdAt")
    return PacticipantVersion(
        pacticipant=pacticipant,
        number=str(data.get("number") or ""),
        branches=_read_names(embedded.get("branchVersions")),
        tags=_read_names(embedded.get("tags")),
        build_url=None if url is None else str(url),
        created_at=None if created is None else str(created),
        data=data,
    )


def _read_names(values: Json) -> tuple[str, ...]:
    return tuple(str(one.get("name") or "") for one in as_mappings(values))


def _read_recorded(
    data: Mapping[str, Json], environment: str, kind: _Kind
) -> RecordedVersion:
    embedded = as_mapping(data.get("_embedded"))
    instance = data.get("applicationInstance") or data.get("target")
    uuid = data.get("uuid")
    return RecordedVersion(
        pacticipant=str(as_mapping(embedded.get("pacticipant")).get("name") or ""),
        version=str(as_mapping(embedded.get("version")).get("number") or ""),
        environment=environment,
        is_current=data.get(kind.flag) is True,
        is_release=kind.is_release,
        application_instance=None if instance is None else str(instance),
        uuid=None if uuid is None else str(uuid),
        data=data,
    )


def _require_name(name: str) -> None:
    if not name:  # the path would be that of another resource
        raise InvalidExpectation("the name and the version must not be empty")


_VERSION = "pb:pacticipant-version"
_LATEST_VERSION = "pb:latest-version"
_MERGE_PATCH = "application/merge-patch+json"
_DEPLOYED = _Kind(
    record_relation="pb:record-deployment",
    list_relation="pb:currently-deployed-deployed-versions",
    member="deployedVersions",
    flag="currentlyDeployed",
    is_release=False,
)
_RELEASED = _Kind(
    record_relation="pb:record-release",
    list_relation="pb:currently-supported-released-versions",
    member="releasedVersions",
    flag="currentlySupported",
    is_release=True,
)
