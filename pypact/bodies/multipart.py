"""How does a user write a multipart body, with matchers in its parts?

Source: semantics section 4.7, "Multipart".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pypact import match
from pypact.bodies.contents import Contents
from pypact.errors import InvalidExpectation
from pypact.model.json_text import Json, compact
from pypact.model.paths import Path, parse_path
from pypact.model.rules import Rule, RuleList
from pypact.rules.values import text_form

__all__ = ["Part", "file", "multipart"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart body; a part with a `filename` is a file."""

    value: Json
    content_type: str | None = None
    filename: str | None = None


def file(filename: str, content: Json, content_type: str) -> Part:
    """Return a file part; `content` is bytes, a string, JSON, or a matcher of these."""
    return Part(content, content_type, filename)


def multipart(parts: Mapping[str, Json], *, boundary: str | None = None) -> Contents:
    """Write a multipart/form-data body of fields (strings or matchers) and files.

    The actual message may use any boundary. The default boundary of the example is
    derived from the parts, so that the contract does not change between runs.
    """
    rules: dict[str, RuleList] = {}
    encoded = []
    for name, value in parts.items():
        part = value if isinstance(value, Part) else Part(value)
        example, found, generators = match.split(part.value)
        if generators:
            raise InvalidExpectation(
                f"multipart(): generators are not supported, found one in {name!r}"
            )
        if part.filename is None and isinstance(example, (dict, list)):
            # 4.7: fields are compared as strings; only files are compared by content.
            raise InvalidExpectation(
                f"multipart(): the field {name!r} must be a string; "
                f"for JSON use file('{name}.json', …, 'application/json')"
            )
        for path, rule_list in found.items():
            rules[str(Path((name, *parse_path(path).tokens)))] = rule_list
        encoded.append(_write_part(name, part, _to_bytes(example)))
    boundary = boundary or hashlib.sha256(b"".join(encoded)).hexdigest()[:32]
    line = f"--{boundary}".encode()
    content = b"".join(line + b"\r\n" + part + b"\r\n" for part in encoded)
    content_type = f"multipart/form-data; boundary={boundary}"
    return Contents(content + line + b"--\r\n", content_type, rules, {}, _ANY_BOUNDARY)


def _write_part(name: str, part: Part, content: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_escape_name(name)}"'
    if part.filename is not None:
        disposition += f'; filename="{_escape_name(part.filename)}"'
    lines = [disposition]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def _escape_name(name: str) -> str:
    # As browsers escape names. Source: HTML, "Multipart form data".
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _to_bytes(example: Json) -> bytes:
    if isinstance(example, bytes):
        return example
    if isinstance(example, (dict, list)):
        return compact(example).encode()
    return text_form(example).encode()


_ANY_BOUNDARY = RuleList(
    (
        Rule(
            "regex",
            {"regex": r"multipart/form-data;(\s*charset=[^;]*;)?\s*boundary=.*"},
        ),
    )
)
