"""Read the cells of the compatibility suite's tables.

Source: docs/internals/specification.md, "10.1 Conventions of the compatibility suite".
"""

import base64
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from shared_data import SHARED

from pypact.model.json import parse_json

SUITE = SHARED.joinpath("spec", "compatibility-suite")

EXTENSIONS = {
    ".json": "application/json",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True)
class Content:
    """The bytes and the content type of a body cell; no bytes mean no body."""

    data: bytes | None
    content_type: str | None


def rows_of(datatable):
    """Return the rows of a table with a heading line, as dicts."""
    heading, *lines = datatable
    return [dict(zip(heading, line, strict=True)) for line in lines]


def columns_of(datatable):
    """Return a table without a heading line, keyed by its first column."""
    return dict(datatable)


def fixture(name):
    return SUITE / "fixtures" / name


def json_cell(cell):
    """Return the JSON in the cell, or in the file that it names."""
    text = cell.removeprefix("JSON:").strip()
    if cell.startswith("JSON:"):
        return parse_json(text)
    return parse_json(fixture(cell.removeprefix("file:").strip()).read_bytes())


def content_of(cell):
    if not cell:
        return Content(None, None)
    if cell == "EMPTY":
        return Content(b"", None)
    if cell.startswith("JSON:"):
        return Content(cell[5:].strip().encode(), "application/json")
    if cell.startswith("XML:"):
        return Content(cell[4:].strip().encode(), "application/xml")
    if cell.startswith("file:"):
        return _file(fixture(cell[5:].strip()))
    return Content(cell.encode(), "text/plain")


def _file(path: Path):
    if path.name.endswith("-body.xml"):
        return _document(path)
    return Content(path.read_bytes(), EXTENSIONS[path.suffix])


def _document(path: Path):
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    contents = root.find("contents")
    text = contents.text or ""
    if contents.get("encoding") == "base64":
        data = base64.b64decode(text.strip())
    elif contents.get("eol") == "CRLF":
        data = text.strip().replace("\n", "\r\n").encode() + b"\r\n"
    else:
        data = text.strip().encode()
    return Content(data, root.findtext("contentType") or "text/plain")


def headers_of(cell):
    """Return `'Name: value', …` as pairs."""
    pairs = [quoted.split(":", 1) for quoted in re.findall(r"'([^']*)'", cell or "")]
    return [(name.strip(), value.strip()) for name, value in pairs]


def body_entity(content):
    """Return the v4 form of a body."""
    return {
        "contentType": content.content_type or "application/octet-stream",
        "encoded": "base64",
        "content": base64.b64encode(content.data).decode("ascii"),
    }


def part_of(row, *, prefix=""):
    """Return a request or response in v4 form from the columns that describe it."""
    content = content_of(row.get(f"{prefix}body", ""))
    headers = headers_of(row.get(f"{prefix}headers") or row.get("raw headers"))
    declared = row.get(f"{prefix}content" if prefix else "content type")
    content_type = declared or content.content_type
    part = {}
    if content.data is not None:
        part["body"] = body_entity(Content(content.data, content_type))
        if content.data == b"":
            part["body"] = {"content": ""}
        if content_type and "content-type" not in {name.lower() for name, _ in headers}:
            headers.append(("Content-Type", content_type))
    if headers:
        collected = {}
        for name, value in headers:
            collected.setdefault(name, []).append(value)
        part["headers"] = collected
    rules = row.get(f"{prefix}matching rules")
    if rules:
        part["matchingRules"] = json_cell(rules)
    generators = row.get(f"{prefix}generators" if prefix else "generators")
    if generators:
        part["generators"] = json_cell(generators)
    return part


def request_of(row):
    request = {"method": row.get("method", "GET"), "path": row.get("path", "/")}
    if row.get("query"):
        request["query"] = row["query"]
    return request | part_of(row)


def response_of(row):
    status = int(row.get("response") or 200)
    return {"status": status} | part_of(row, prefix="response ")


def as_text(value):
    return json.dumps(value, sort_keys=True)
