"""What is known of a pact that came from a broker?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pypact.broker.hal import Document
from pypact.model.contract import Contract
from pypact.model.json_text import Json

__all__ = ["BrokerPact", "Listed", "Notice", "listed_for_verification"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of the broker for people, and the event after which to show it."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
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
    listed: Listed
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


def listed_for_verification(document: Document) -> Iterable[Listed]:
    """Read the response to the relation `pb:provider-pacts-for-verification`."""
    for pact in _as_mappings(_as_mapping(document.data.get("_embedded")).get("pacts")):
        properties = _as_mapping(pact.get("verificationProperties"))
        [link] = Document(dict(pact), document.url).links("self")[:1] or [{}]
        if not link:
            continue
        yield Listed(
            url=Document(dict(pact), document.url).link("self") or "",
            name=str(link.get("name") or link["href"]),
            description=str(pact.get("shortDescription") or ""),
            is_pending=properties.get("pending") is True,
            is_wip=properties.get("wip") is True,
            notices=tuple(
                Notice(str(notice.get("when", "")), str(notice.get("text", "")))
                for notice in _as_mappings(properties.get("notices"))
            ),
        )


def _as_mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _as_mappings(values: Json) -> list[Mapping[str, Json]]:
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, Mapping)]
