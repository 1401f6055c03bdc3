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
    """What the broker wants a person to read, and when."""

    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A pact that the broker wants verified, not read yet.

    `description` says why it is among them, as "latest from branch main". `is_wip`: it
    was not asked for, but is work in progress.
    """

    url: str
    name: str
    description: str = ""
    is_pending: bool = False
    is_wip: bool = False
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokerPact:
    """A pact, why it is to be verified, and where its results are to be sent.

    `results_url` is None where the broker takes none. `provider_url` is the provider's
    own document.
    """

    contract: Contract
    listed: Listed
    results_url: str | None
    provider_url: str | None

    @property
    def notices_before(self) -> tuple[str, ...]:
        """What is to be shown before it is verified."""
        return self._notices("before_verification")

    def notices_after(self, *, success: bool, published: bool) -> tuple[str, ...]:
        """What is to be shown once its results are known, and published or not."""
        return self._notices(
            f"after_verification:success_{success}_published_{published}".lower()
        )

    def _notices(self, when: str) -> tuple[str, ...]:
        # Without an ending it holds whatever came of it.
        general = when.partition(":")[0]
        return tuple(
            notice.text
            for notice in self.listed.notices
            if notice.when in (when, general)
        )


def listed_for_verification(document: Document) -> Iterable[Listed]:
    """Read an answer to the relation `pb:provider-pacts-for-verification`."""
    for pact in _objects(_object(document.data.get("_embedded")).get("pacts")):
        properties = _object(pact.get("verificationProperties"))
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
                for notice in _objects(properties.get("notices"))
            ),
        )


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _objects(values: Json) -> list[Mapping[str, Json]]:
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, Mapping)]
