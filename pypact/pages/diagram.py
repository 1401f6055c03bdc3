"""Compute the diagram of the consumers that call providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def draw_diagram(contracts: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the positions of a diagram: consumers at the left, providers at the right.

    None if there are no contracts, or so many that a diagram would not be readable.
    """
    pairs = dict.fromkeys((one["consumer"], one["provider"]) for one in contracts)
    if not pairs or len(pairs) > _MOST_PAIRS:
        return None
    consumers = list(dict.fromkeys(consumer for consumer, _ in pairs))
    providers = list(dict.fromkeys(provider for _, provider in pairs))
    height = _ROW * max(len(consumers), len(providers))
    left = _place(consumers, height)
    right = _place(providers, height)
    boxes = [
        {"x": x, "y": y, "name": _shorten(name), "full": name, "side": side}
        for side, x, column in (("consumer", 0, left), ("provider", _RIGHT, right))
        for name, y in column.items()
    ]
    lines = [{"from": left[one], "to": right[other]} for one, other in pairs]
    return {"height": height, "boxes": boxes, "lines": lines}


def _place(names: list[str], height: int) -> dict[str, int]:
    """Return the vertical middle of the box of each name."""
    step = height / len(names)
    return {name: round(step * (index + 0.5)) for index, name in enumerate(names)}


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


_MOST_PAIRS = 60
_LONGEST_NAME = 24  # characters
_ROW = 48  # pixels
_RIGHT = 400  # the left edge of the providers
