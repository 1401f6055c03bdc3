"""Measure and compare the duration of calls within one run.

Compare the ratios. The lowest of several rounds is the cost of the code; the rest is
noise of the machine.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["compare", "lowest", "show"]


def lowest(work: Callable[[], object], *, times: int, rounds: int = 9) -> float:
    """Return the lowest mean CPU seconds per call, over rounds of `times` calls."""
    work()
    found = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times)
    return min(found)


def compare(
    work: Callable[[], object],
    floor: Callable[[], object],
    *,
    times: int = 1,
    rounds: int = 9,
) -> float:
    """Return the CPU seconds of `work` divided by those of `floor`.

    Both are measured in turn, as the speed of the machine changes; the ratio is the
    median of twice as many pairs as `rounds`.
    """
    ratios = []
    for _ in range(2 * rounds + 1):
        seconds = lowest(floor, times=times, rounds=1)
        ratios.append(lowest(work, times=times, rounds=1) / seconds)
    return statistics.median(ratios)


def show(title: str, seconds: Mapping[str, float | str], *, floor: str) -> None:
    """Print each row in microseconds and as a ratio to the row named `floor`."""
    print(f"\n{title}")
    base = seconds[floor]
    for name, one in seconds.items():
        if isinstance(one, str) or isinstance(base, str):
            print(f"  {name:<44} {one}")
        else:
            print(f"  {name:<44} {one * 1e6:12.1f} us {one / base:8.2f}")
