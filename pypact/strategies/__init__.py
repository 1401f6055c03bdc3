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
    """How many other examples to try, and how.

    `seed` makes the examples the same in each run: by default it is the environment
    variable `PYPACT_EXAMPLES_SEED`, else 0 where the variable `CI` is set, else random.
    No further example is begun after `seconds`.

    >>> Examples(200, seconds=60).count
    200

    Raises: InvalidExpectation if a number is not positive.
    """

    count: int
    seed: int | None = None
    seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("count", "seconds"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise InvalidExpectation(f"{name}={value!r}: expected a number")
            if not value > 0:
                raise InvalidExpectation(f"{name}={value!r}: expected at least 1")

    @classmethod
    def of(cls, given: int | Examples) -> Examples:
        """Return `given`, or that number of examples.

        Raises: InvalidExpectation if it is neither; and without hypothesis.
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
    """Return a seed that depends on names too, so that interactions differ."""
    return zlib.crc32("\0".join([str(seed), *names]).encode("utf-8", "replace"))


def load_hypothesis() -> Any:
    """Return the module hypothesis.

    Raises: InvalidExpectation if it is not installed, with the extra that brings it.
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
