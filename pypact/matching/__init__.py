"""Does this message satisfy what was expected? The same lines decide for both sides.

An interaction is compiled to a plan once; the plan then checks many messages.
"""

from pypact.matching.message import MessagePlan, compile_message
from pypact.matching.public import match_message, match_request, match_response
from pypact.matching.request import RequestPlan, compile_request
from pypact.matching.response import ResponsePlan, compile_response

__all__ = [
    "MessagePlan",
    "RequestPlan",
    "ResponsePlan",
    "compile_message",
    "compile_request",
    "compile_response",
    "match_message",
    "match_request",
    "match_response",
]
