"""The environments of a broker, to which versions are deployed or released.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

from collections.abc import Mapping

from pypact._dataclasses import dataclass, field
from pypact.broker.base import BrokerRequests, build_path
from pypact.broker.hal import Document, as_mapping, as_mappings
from pypact.errors import BrokerError, InvalidExpectation
from pypact.model.json import Json


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment; `data` is the broker's document."""

    uuid: str
    name: str
    display_name: str | None
    production: bool
    created_at: str | None = None
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)


class BrokerEnvironments(BrokerRequests):
    """The part of a broker that lists and changes environments."""

    def list_environments(self) -> list[Environment]:
        """Return all environments.

        Raises: BrokerError.
        """
        return self.read_environments()[0]

    def read_environments(self) -> tuple[list[Environment], Mapping[str, Json]]:
        """Return all environments, and the broker's document that lists them.

        Raises: BrokerError.
        """
        document = self._read_environments()
        return read_environments(document), document.data

    def create_environment(
        self,
        name: str,
        *,
        display_name: str | None = None,
        production: bool = False,
        contact_name: str | None = None,
        contact_email: str | None = None,
    ) -> Environment:
        """Create an environment and return it.

        Raises: BrokerError, also for a name that is taken.
        """
        data = _build_data(
            name,
            display_name=display_name,
            production=production,
            contact_name=contact_name,
            contact_email=contact_email,
        )
        url = self._find_in_index(_ENVIRONMENTS)
        return read_environment(self._send("POST", url, _ENVIRONMENTS, data))

    def update_environment(
        self,
        uuid: str,
        name: str,
        *,
        display_name: str | None = None,
        production: bool = False,
        contact_name: str | None = None,
        contact_email: str | None = None,
    ) -> Environment:
        """Replace an environment and return it; what is not given is reset.

        Raises: BrokerError, also for an unknown UUID.
        """
        self.describe_environment(uuid)  # a PUT might create it
        data = _build_data(
            name,
            display_name=display_name,
            production=production,
            contact_name=contact_name,
            contact_email=contact_email,
        )
        path = _build_environment_path(uuid)
        return read_environment(self._send("PUT", path, _ENVIRONMENT, data))

    def describe_environment(self, uuid: str) -> Environment:
        """Return the environment with a UUID.

        Raises: BrokerError, also for an unknown UUID.
        """
        return read_environment(self._get(_build_environment_path(uuid), _ENVIRONMENT))

    def delete_environment(self, uuid: str) -> Environment:
        """Delete an environment, and return what it was.

        Raises: BrokerError, also for an unknown UUID.
        """
        environment = self.describe_environment(uuid)
        self._send("DELETE", _build_environment_path(uuid), _ENVIRONMENT)
        return environment

    def _read_environments(self) -> Document:
        return self._get(self._find_in_index(_ENVIRONMENTS), _ENVIRONMENTS)

    def _find_environment(self, name: str) -> Document:
        """Return the document of the environment with a name, as in the list of all."""
        listed = self._read_environments()
        embedded = as_mapping(listed.data.get("_embedded"))
        found = as_mappings(embedded.get("environments"))
        for one in found:
            if one.get("name") == name:
                return Document(dict(one), listed.url)
        names = ", ".join(repr(one.get("name")) for one in found) or "none"
        raise BrokerError(
            f"the environment {name!r} does not exist; the broker has {names}",
            relation=_ENVIRONMENTS,
        )


def read_environments(document: Document) -> list[Environment]:
    """Read the list of all environments."""
    found = as_mapping(document.data.get("_embedded")).get("environments")
    return [read_environment(Document(dict(one), "")) for one in as_mappings(found)]


def read_environment(document: Document) -> Environment:
    """Read one environment."""
    data = document.data
    name, created = data.get("displayName"), data.get("createdAt")
    return Environment(
        uuid=str(data.get("uuid") or ""),
        name=str(data.get("name") or ""),
        display_name=None if name is None else str(name),
        production=data.get("production") is True,
        created_at=None if created is None else str(created),
        data=data,
    )


def _build_data(
    name: str,
    *,
    display_name: str | None,
    production: bool,
    contact_name: str | None,
    contact_email: str | None,
) -> dict[str, Json]:
    if not name:
        raise InvalidExpectation("the name of an environment must not be empty")
    data: dict[str, Json] = {"name": name, "production": production}
    if display_name is not None:
        data["displayName"] = display_name
    contact: dict[str, Json] = {}
    if contact_name is not None:
        contact["name"] = contact_name
    if contact_email is not None:
        contact["details"] = {"emailAddress": contact_email}
    if contact:
        data["contacts"] = [contact]
    return data


def _build_environment_path(uuid: str) -> str:
    if not uuid:  # the path would be that of all environments
        raise InvalidExpectation("the UUID of an environment must not be empty")
    return build_path("environments", uuid)


_ENVIRONMENT = "pb:environment"
_ENVIRONMENTS = "pb:environments"
