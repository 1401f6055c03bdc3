"""How is an interaction named, and a request shown?"""

from __future__ import annotations

from pypact.explain.values import cut
from pypact.masking import mask_header
from pypact.model.http import Request
from pypact.model.interactions import Interaction, ProviderState
from pypact.model.json_text import compact

__all__ = ["name_of", "shown_request", "shown_state"]


def name_of(interaction: Interaction) -> str:
    """Return the description, provider states and place of definition as one line."""
    parts = [f'"{cut(interaction.description)}"']
    parts += [f"given {shown_state(state)}" for state in interaction.states[:1]]
    parts += [f"and {shown_state(state)}" for state in interaction.states[1:]]
    if interaction.place:
        parts.append(f"   {interaction.place}")
    return " ".join(parts)


def shown_state(state: ProviderState) -> str:
    """Return the name of a provider state in quotes, with its parameters."""
    text = f'"{cut(state.name)}"'
    return f"{text} {cut(compact(dict(state.params)))}" if state.params else text


def shown_request(request: Request) -> list[str]:
    """Return a request as lines: method and target, relevant headers, body."""
    query = request.query.encoded()
    target = f"{request.path}?{query}" if query else request.path
    lines = [f"{request.method} {cut(target)}"]
    lines += [
        f"{name}: {cut(mask_header(name, value))}"
        for name, value in request.headers.lines()
        if name.lower() not in _UNINFORMATIVE
    ]
    return lines + _body_lines(request)


def _body_lines(request: Request) -> list[str]:
    if not request.body.is_present:
        return []
    content = request.body.content
    try:
        return [cut(content.decode("utf-8"))]
    except UnicodeDecodeError:
        return [f"{len(content)} bytes of {request.content_type}"]


# Headers that every client sends.
_UNINFORMATIVE = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)
