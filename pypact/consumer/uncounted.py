"""Explain why a block may have missed requests."""

from __future__ import annotations

from pypact.hooks import claims
from pypact.hooks.unhooked import list_imported_clients


class UncountedCalls:
    """What a block cannot count since this object was created."""

    def __init__(self) -> None:
        self._forks = claims.count_forks()
        self._started = claims.count_started_processes()

    def explain(self) -> str:
        """Return the likely causes of a missing request, one a line; "" for none."""
        causes = []
        if forks := claims.count_forks() - self._forks:
            causes.append(
                f"processes forked in the block: {forks}; they get responses, but "
                "their calls are not counted here"
            )
        if started := claims.count_started_processes() - self._started:
            causes.append(
                f"processes started in the block: {started} (by subprocess, or by "
                "multiprocessing with spawn or forkserver); their requests are not "
                "intercepted. Serve the pact to them with pact.serve(), or send the "
                "requests in this process"
            )
        if clients := list_imported_clients():
            causes.append(
                f"imported, but not intercepted: {', '.join(clients)}. If the consumer "
                "sends this request with one of these, serve the pact to it with "
                "pact.serve()"
            )
        return "\n  ".join(causes)
