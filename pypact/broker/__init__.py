"""How does one talk to a Pact Broker? Nothing here knows of verifying."""

from pypact.broker.broker import Broker
from pypact.broker.pacts import BrokerPact

__all__ = ["Broker", "BrokerPact"]
