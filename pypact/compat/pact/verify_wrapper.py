"""Define the error of incomplete calls."""

from __future__ import annotations


class PactException(Exception):
    """An interaction that is not complete, or a verification without contracts."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
