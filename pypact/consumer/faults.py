"""Which calls of a block fail, and how?"""

from __future__ import annotations

import threading

from pypact.fault import Fault
from pypact.hooks.routing import Faulty
from pypact.model.http import Response

__all__ = ["Faults"]


class Faults:
    """One fault, as often as it still happens."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._times = fault.times
        self._lock = threading.Lock()

    @property
    def are_left(self) -> bool:
        """Tell whether the next call will fail."""
        return self._times != 0

    def spoil(self, response: Response) -> Response | Faulty:
        """Let the fault happen to what would be answered, if it still happens."""
        with self._lock:
            if not self.are_left:
                return response
            if self._times is not None:
                self._times -= 1
        if self._fault.response is not None:
            return self._fault.response
        return Faulty(self._fault.kind, response, self._fault.seconds)
