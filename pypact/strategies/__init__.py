"""Generate other messages that the rules of a contract accept, with hypothesis.

One example hides bugs: the rules say what else is allowed. hypothesis is an optional
dependency, so the other modules of this package are imported only when they are used.
"""

from __future__ import annotations

import importlib
import os
import random
import zlib
from typing import Any

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation

SEED_VARIABLE = "PYPACT_EXAMPLES_SEED"


@dataclass(frozen=True, slots=True)
class Examples:
    """The number of other examples to try, their seed, and the time they may take.

    The same `seed` gives the same examples in each run. By default it is read from the
    environment variable `PYPACT_EXAMPLES_SEED`; without it, it is 0 where the variable
    `CI` is set, else random. After `seconds`, no further example is tried.

    >>> Examples(200, seconds=60).count
    200

    Raises: InvalidExpectation if `count` is not a positive integer, or `seconds` not a
    positive number.
    """

    count: int
    seed: int | None = None
    seconds: float = 30.0

    def __post_init__(self) -> None:
        count, seconds = self.count, self.seconds
        if isinstance(count, bool) or not isinstance(count, int):
            raise InvalidExpectation(f"count={count!r}: expected a whole number")
        if count < 1:
            raise InvalidExpectation(f"count={count!r}: expected at least 1")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise InvalidExpectation(f"seconds={seconds!r}: expected a number")
        if not seconds > 0:
            raise InvalidExpectation(f"seconds={seconds!r}: expected more than 0")

    @classmethod
    def of(cls, given: int | Examples) -> Examples:
        """Return `given`, or that number of examples.

        Raises: InvalidExpectation if it is neither, or hypothesis is not installed.
        """
        found = given if isinstance(given, Examples) else cls(given)
        load_hypothesis()
        return found

    def find_seed(self) -> int:
        """Return the seed to use.

        Raises: InvalidExpectation if the environment variable is not a number.
        """
        if self.seed is not None:
            return self.seed
        text = os.environ.get(SEED_VARIABLE)
        if text:
            if not (text.isascii() and text.isdecimal()):
                raise InvalidExpectation(
                    f"{SEED_VARIABLE}={text!r}: expected a whole number"
                )
            return int(text)
        return 0 if os.environ.get("CI") else random.SystemRandom().randrange(10**6)


def derive_seed(seed: int, *names: str) -> int:
    """Return a seed that also depends on names, so that interactions differ."""
    return zlib.crc32("\0".join([str(seed), *names]).encode("utf-8", "replace"))


def load_hypothesis() -> Any:
    """Return the module hypothesis.

    Raises: InvalidExpectation if it is not installed; it names the extra to install.
    """
    try:
        return importlib.import_module("hypothesis")
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise InvalidExpectation(
            "other examples need hypothesis: it is installed with the extra, "
            "pip install 'pypact-contracts[examples]'"
        ) from None
