"""Escape text for Markdown, as GitHub shows it."""

from __future__ import annotations

import re

from pypact.masking import escape_control_characters


def escape_markdown(text: str) -> str:
    """Return a string on one line, with all Markdown and HTML escaped."""
    text = escape_control_characters(" ".join(text.split()))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", text)
