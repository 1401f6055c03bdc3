"""Read pacts from a Pact Broker, and publish verification results to it.

This package does not depend on the verifier.
"""

from pypact.broker.broker import Broker, BrokerPact

__all__ = ["Broker", "BrokerPact"]
