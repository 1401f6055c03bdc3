"""How long does it take, beside the others in the same run?

Ratios count; the lowest of several rounds is what the code costs, the rest is the
machine.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

__all__ = ["lowest", "show"]


def lowest(work: Callable[[], object], *, times: int, rounds: int = 9) -> float:
    """The lowest seconds that one of `times` calls took, over some rounds."""
    work()
    found = []
    for _ in range(rounds):
        gc.collect()
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times)
    return min(found)


def show(title: str, seconds: Mapping[str, float | str], *, floor: str) -> None:
    """Print each row in microseconds and as a ratio to the row named `floor`."""
    print(f"\n{title}")
    base = seconds[floor]
    for name, one in seconds.items():
        if isinstance(one, str) or isinstance(base, str):
            print(f"  {name:<44} {one}")
        else:
            print(f"  {name:<44} {one * 1e6:12.1f} us {one / base:8.2f}")
