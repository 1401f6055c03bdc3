"""How is one value shown to people: its text, its type, and no more than fits?

Source: verification.md, section 7 (a value is cut at 200 characters).
"""

from __future__ import annotations

from pypact.model.json_text import Json, compact
from pypact.model.mismatches import kind_name

__all__ = ["LONGEST", "cut", "shown", "typed"]

LONGEST = 200


def shown(value: Json) -> str:
    """Return a value as JSON, cut to 200 characters; bytes as their number."""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    try:
        return cut(compact(value))
    except (TypeError, ValueError):
        return cut(repr(value))


def typed(value: Json) -> str:
    """Return a value as JSON with the name of its JSON type."""
    if isinstance(value, (bytes, bytearray)):
        return shown(value)
    try:
        return f"{shown(value)} ({kind_name(value).lower()})"
    except TypeError:
        return shown(value)


def cut(text: str, longest: int = LONGEST) -> str:
    """Return a string on one line, cut to `longest` characters."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest} characters more)"
