"""Which calls of a block fail, and how?"""

from __future__ import annotations

import threading

from pypact.fault import Fault
from pypact.hooks.routing import Faulty
from pypact.model.http import Response

__all__ = ["Faults"]


class Faults:
    """A fault, and how many more times it happens."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._times = fault.times
        self._lock = threading.Lock()

    @property
    def are_left(self) -> bool:
        """Whether the fault affects the next call."""
        return self._times != 0

    def spoil(self, response: Response) -> Response | Faulty:
        """Return the response with the fault, or unchanged if no fault is left."""
        with self._lock:
            if not self.are_left:
                return response
            if self._times is not None:
                self._times -= 1
        if self._fault.response is not None:
            return self._fault.response
        return Faulty(self._fault.kind, response, self._fault.seconds)
