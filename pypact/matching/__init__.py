"""Compare requests, responses and messages with what an interaction expects.

The consumer side and the verifier use the same comparison. An interaction is compiled
once to a plan, which then checks many messages.

`register_content` adds a content type: one `ContentKind` says how its bodies are
compared, written, shown and so on, for both sides.
"""

from pypact.matching.plans import (
    match_message,
    match_request,
    match_response,
)
from pypact.model.body import (
    BodyPlan,
    Changes,
    ContentKind,
    ExpectedBody,
    register_content,
)

__all__ = [
    "BodyPlan",
    "Changes",
    "ContentKind",
    "ExpectedBody",
    "match_message",
    "match_request",
    "match_response",
    "register_content",
]
