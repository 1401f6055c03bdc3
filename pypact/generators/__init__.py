"""Apply generators to requests, responses and messages."""

from pypact.generators.apply import (
    apply_to_message,
    apply_to_request,
    apply_to_response,
)
from pypact.generators.table import GENERATORS, GeneratorKind, Mode, register

__all__ = [
    "GENERATORS",
    "GeneratorKind",
    "Mode",
    "apply_to_message",
    "apply_to_request",
    "apply_to_response",
    "register",
]
