"""Name the provider of a pact."""

from pypact.compat.pact.provider import Provider

__all__ = ["Provider"]
