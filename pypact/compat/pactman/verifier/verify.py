"""Define the errors of functions that set up provider states."""

from __future__ import annotations


class ProviderStateError(Exception):
    """A provider state that cannot be set up."""


class ProviderStateMissing(ProviderStateError):
    """A provider state without a set-up; the interaction is verified all the same."""
