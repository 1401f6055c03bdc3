"""Compare requests, responses and messages with what an interaction expects.

The consumer side and the verifier use the same comparison. An interaction is compiled
once to a plan, which then checks many messages.
"""

from pypact.matching.plans import (
    MessagePlan,
    RequestPlan,
    ResponsePlan,
    compile_message,
    compile_request,
    compile_response,
    match_message,
    match_request,
    match_response,
)

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
