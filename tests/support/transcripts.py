"""Recorded exchanges between a real broker and its official clients.

Source: research/broker-transcripts.md of the shared data, recorded with a Pact Broker
2.120.
"""

import json
import re
from dataclasses import dataclass

from shared_data import shared


@dataclass
class Exchange:
    """A request and its response; bodies are parsed, or None."""

    method: str
    path: str
    request: object
    status: int
    content_type: str
    answer: object


def exchanges() -> dict[int, Exchange]:
    """Return every recorded exchange by its number."""
    text = shared("research", "broker-transcripts.md").read_text(encoding="utf-8")
    found: dict[int, Exchange] = {}
    for number, block in re.findall(r"^\[(\d+)\]\n```http\n(.*?)\n```", text, _FLAGS):
        request_text, _, response_text = block.partition("\n\n→ ")
        head, _, body = request_text.partition("\n\n")
        method, path = head.splitlines()[0].split(" ", 1)
        status, _, rest = response_text.partition(" ")
        fields, _, content = f"{rest}\n".partition("\n\n")
        same = re.search(r"\(body as in \[(\d+)\]\)", response_text)
        content_type = re.search(r"^Content-Type: (.*)$", fields, re.MULTILINE)
        found[int(number)] = Exchange(
            method,
            path,
            _json(body),
            int(status),
            content_type[1] if content_type else "",
            found[int(same[1])].answer if same else _json(content),
        )
    return found


def commands() -> list[tuple[str, list[int]]]:
    """Return each recorded command line with the numbers of its exchanges."""
    text = shared("research", "broker-transcripts.md").read_text(encoding="utf-8")
    _, *sections = re.split(r"^### `", text, flags=re.MULTILINE)
    return [
        (
            section.partition("`")[0],
            list(map(int, re.findall(r"^\[(\d+)\]$", section, re.MULTILINE))),
        )
        for section in sections
    ]


class Replay:
    """A WSGI app that sends the recorded responses; `received` lists the requests."""

    def __init__(self, *recorded: Exchange) -> None:
        self._recorded = {(one.method, one.path): one for one in recorded}
        self.received: list[tuple[str, str, object]] = []

    def __call__(self, environ, start_response):
        content = environ["wsgi.input"].read()
        key = environ["REQUEST_METHOD"], environ["RAW_URI"]
        self.received.append((*key, _json(content.decode())))
        recorded = self._recorded[key]
        headers = [("Content-Type", recorded.content_type)]
        start_response(f"{recorded.status} As-Recorded", headers)
        return [json.dumps(recorded.answer).encode()]


def differences(own, real, place):
    """Yield the places where `own` has a member, or a type, that `real` lacks."""
    if type(own) is not type(real):
        return [f"{place}: {own!r} is not like {real!r}"]
    if isinstance(own, dict):
        missing = [f"{place}.{name}" for name in own if name not in real]
        return missing + [
            found
            for name in own.keys() & real.keys()
            for found in differences(own[name], real[name], f"{place}.{name}")
        ]
    if isinstance(own, list) and own and real:
        return differences(own[0], real[0], f"{place}[0]")
    return []


def _json(text: str):
    try:
        return json.loads(text)
    except ValueError:
        return None


_FLAGS = re.MULTILINE | re.DOTALL
