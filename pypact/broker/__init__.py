"""Publish contracts to a Pact Broker, read those to verify, and record deployments.

This package does not depend on the verifier.
"""

from pypact.broker.broker import Broker, BrokerPact
from pypact.broker.builds import detect_build
from pypact.broker.contracts import (
    LatestPact,
    ListedVersion,
    ProviderStateUse,
    PublishedPact,
)
from pypact.broker.deployments import PacticipantVersion, RecordedVersion
from pypact.broker.environments import Environment
from pypact.broker.matrix import Deployability, MatrixRow, VersionSelector

__all__ = [
    "Broker",
    "BrokerPact",
    "Deployability",
    "Environment",
    "LatestPact",
    "ListedVersion",
    "MatrixRow",
    "PacticipantVersion",
    "ProviderStateUse",
    "PublishedPact",
    "RecordedVersion",
    "VersionSelector",
    "detect_build",
]
