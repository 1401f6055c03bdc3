"""What does a consumer's test say, and what happens in its block?"""

from pypact.consumer.pact import Pact
from pypact.consumer.participants import Consumer, Provider

__all__ = ["Consumer", "Pact", "Provider"]
