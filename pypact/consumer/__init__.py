"""Define contracts in a consumer's tests, and intercept the requests of its code."""

from pypact.consumer.pact import Consumer, Pact, Provider

__all__ = ["Consumer", "Pact", "Provider"]
