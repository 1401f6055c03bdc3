"""Follow the links of a broker's documents, and explain its errors.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin

from pypact._dataclasses import dataclass, field
from pypact._lazy import compile_later
from pypact.errors import BrokerError
from pypact.model.json import Json, parse_json
from pypact.web import NoResponse, WebClient, WebResponse


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document of the broker, and its URL."""

    data: dict[str, Json] = field(repr=False)
    url: str

    def find_link(self, relation: str, **names: str) -> str | None:
        """Return the URL of the first link of `relation`, or None without one.

        `names` fill the placeholders of the link. The broker does not mark every
        template as such, so placeholders are filled in all links.

        Raises: BrokerError, for a placeholder without a value in `names`.
        """
        href = next((link["href"] for link in self.find_links(relation)), None)
        if href is None:
            return None
        placeholders = _PLACEHOLDER.findall(href)
        if unknown := [name for name in placeholders if name not in names]:
            raise BrokerError(
                f"the link {relation} ({href}) needs {unknown[0]!r}, which is unknown",
                relation=relation,
            )
        filled = _PLACEHOLDER.sub(lambda found: quote(names[found[1]], safe=""), href)
        return urljoin(self.url, filled)

    def find_links(self, relation: str) -> list[dict[str, Any]]:
        """Return every link of a relation; a single link is returned as a list."""
        links = self.data.get("_links")
        found = links.get(relation) if isinstance(links, Mapping) else None
        several = found if isinstance(found, list) else [found]
        return [
            link
            for link in several
            if isinstance(link, dict) and isinstance(link.get("href"), str)
        ]


def as_mapping(value: Json) -> Mapping[str, Json]:
    """Return a member of a document that must be an object; empty for any other."""
    return value if isinstance(value, Mapping) else {}


def as_mappings(values: Json) -> list[Mapping[str, Json]]:
    """Return the objects in a member of a document that must be a list of objects."""
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, Mapping)]


class HalClient:
    """A client that follows the links of one broker."""

    def __init__(self, web: WebClient) -> None:
        self._web = web

    def get(self, url: str, relation: str) -> Document:
        """Read the document at `url`; errors name `relation`."""
        return self.send("GET", url, relation)

    def send(
        self,
        method: str,
        url: str,
        relation: str,
        data: Json = None,
        content_type: str = "application/json",
    ) -> Document:
        """Send `data` to `url` and return the response; errors name `relation`."""
        request = f"{method} for {relation}"
        accept = _ACCEPT if method == "GET" else _ACCEPT_TO_WRITING
        try:
            response = self._web.send(
                method, url, accept=accept, data=data, content_type=content_type
            )
        except NoResponse as error:
            raise BrokerError(
                f"the broker could not be reached ({request}): {error}",
                relation=relation,
            ) from None
        document = _parse_object(response)
        if not response.is_ok:
            problem = document or {}
            lines = [
                f"the broker responded {response.status} to {request} ({response.url})",
                *map(self._web.mask, dict.fromkeys(_iterate_error_messages(problem))),
            ]
            if response.attempts > 1:
                lines[0] += f", after {response.attempts} attempts"
            if response.status in (401, 403):
                lines.append(_CREDENTIALS_HINT)
            raise BrokerError(
                "\n  ".join(lines),
                status=response.status,
                relation=relation,
                problem=problem,
            )
        if document is None and response.content.strip():
            raise BrokerError(
                f"{response.url} responded to {request} with "
                f"{response.content_type or 'a body'} that is not a JSON object: "
                "is it a Pact Broker?",
                status=response.status,
                relation=relation,
            )
        return Document(document or {}, url)


def _parse_object(response: WebResponse) -> dict[str, Json] | None:
    try:
        data = parse_json(response.content)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _iterate_error_messages(problem: Mapping[str, Json]) -> Iterator[str]:
    """Yield the messages of an error, which a broker may write in several forms."""
    for name in ("title", "detail", "error"):
        if isinstance(text := problem.get(name), str):
            yield text
    errors = problem.get("errors")
    if isinstance(errors, Mapping):
        for name, texts in errors.items():
            listed = texts if isinstance(texts, list) else [texts]
            yield from (f"{name}: {_format_error(text)}" for text in listed)
    elif isinstance(errors, list):
        yield from map(_format_error, errors)
    notices = problem.get("notices")
    for notice in notices if isinstance(notices, list) else ():
        yield _format_error(notice)


def _format_error(error: Json) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    words = error.get("detail") or error.get("text") or error.get("title") or ""
    place = error.get("pointer") or error.get("parameter")
    return f"{place}: {words}" if place else str(words)


_PLACEHOLDER = compile_later(r"\{(\w+)\}")
# Those of the official client.
_ACCEPT = "application/hal+json, application/json"
_ACCEPT_TO_WRITING = "application/hal+json"
_CREDENTIALS_HINT = (
    "check the credentials: pass token=…, or username=… and password=…, or set "
    "PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD; they are "
    "sent to the broker's own host only"
)
