"""Where do a document's links lead, and why did the broker refuse?

Source: conventions 4.7: JSON Hypertext Application Language, links by relation, their
templates filled with names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urljoin

from pypact.errors import BrokerError
from pypact.model.json_text import Json, parse
from pypact.web import NoAnswer, Reply, Web

__all__ = ["Document", "Hal"]


@dataclass(frozen=True, slots=True)
class Document:
    """What the broker answered; `url` is where it is."""

    data: dict[str, Json] = field(repr=False)
    url: str

    def link(self, relation: str, **names: str) -> str | None:
        """Find where `relation` leads, with `names` in its template; None if nowhere.

        The broker says of some templates that they are none, so all are filled.

        Raises: BrokerError for a template that wants other names.
        """
        href = next((one["href"] for one in self.links(relation)), None)
        if href is None:
            return None
        wanted = _PLACE.findall(href)
        if unknown := [name for name in wanted if name not in names]:
            raise BrokerError(
                f"{relation} leads to {href}, and pypact has no {unknown[0]!r} for it",
                relation=relation,
            )
        filled = _PLACE.sub(lambda found: quote(names[found[1]], safe=""), href)
        return urljoin(self.url, filled)

    def links(self, relation: str) -> list[dict[str, Any]]:
        """Every link of a relation: a link alone stands for a list of one."""
        links = self.data.get("_links")
        found = links.get(relation) if isinstance(links, Mapping) else None
        several = found if isinstance(found, list) else [found]
        return [
            one
            for one in several
            if isinstance(one, dict) and isinstance(one.get("href"), str)
        ]


class Hal:
    """Follows links on one broker."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def get(self, url: str, relation: str) -> Document:
        """Read the document at `url`, where `relation` led.

        Raises: BrokerError.
        """
        return self.send("GET", url, relation)

    def send(self, method: str, url: str, relation: str, data: Json = None) -> Document:
        """Send `data` to `url`, where `relation` led.

        Raises: BrokerError.
        """
        asked = f"{method} for {relation}"
        try:
            reply = self._web.call(method, url, accept=_ACCEPT, data=data)
        except NoAnswer as error:
            raise BrokerError(
                f"the broker could not be reached, {asked}: {error}", relation=relation
            ) from None
        document = _object(reply)
        if not reply.is_ok:
            raise self._refusal(reply, asked, relation, document)
        if document is None and reply.content.strip():
            raise BrokerError(
                f"{reply.url} answered {asked} with {reply.content_type or 'a body'} "
                "that is no JSON object: is it a Pact Broker?",
                status=reply.status,
                relation=relation,
            )
        return Document(document or {}, url)

    def _refusal(
        self, reply: Reply, asked: str, relation: str, problem: dict[str, Json] | None
    ) -> BrokerError:
        lines = [f"the broker answered {reply.status} to {asked} ({reply.url})"]
        lines += map(self._web.masked, _reasons(problem or {}))
        if reply.status in (401, 403):
            lines.append(_LOGIN)
        text = "\n  ".join(lines)
        return BrokerError(
            text, status=reply.status, relation=relation, problem=problem
        )


def _object(reply: Reply) -> dict[str, Json] | None:
    try:
        data = parse(reply.content)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _reasons(problem: Mapping[str, Json]) -> Iterator[str]:
    """What a broker says in any of its forms of an error.

    They are a problem document, lists of texts by field, a list of texts, one text,
    and notices.
    """
    for name in ("title", "detail", "error"):
        if isinstance(text := problem.get(name), str):
            yield text
    errors = problem.get("errors")
    if isinstance(errors, Mapping):
        for name, texts in errors.items():
            listed = texts if isinstance(texts, list) else [texts]
            yield from (f"{name}: {_text(text)}" for text in listed)
    elif isinstance(errors, list):
        yield from map(_text, errors)
    notices = problem.get("notices")
    for notice in notices if isinstance(notices, list) else ():
        yield _text(notice)


def _text(error: Json) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    words = error.get("detail") or error.get("text") or error.get("title") or ""
    place = error.get("pointer") or error.get("parameter")
    return f"{place}: {words}" if place else str(words)


_PLACE = re.compile(r"\{(\w+)\}")
_ACCEPT = "application/hal+json, application/problem+json, application/json"
_LOGIN = (
    "credentials come from token=…, or username=… and password=…, or from "
    "PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD; they are "
    "sent to the broker's own host only"
)
