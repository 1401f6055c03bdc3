"""Send requests to providers: in-process WSGI and ASGI applications, or a base URL."""

from pypact.targets.asgi import AsgiTarget
from pypact.targets.base import Answer, Target
from pypact.targets.detect import TargetOptions, target_for
from pypact.targets.http import HttpTarget
from pypact.targets.wsgi import WsgiTarget

__all__ = [
    "Answer",
    "AsgiTarget",
    "HttpTarget",
    "Target",
    "TargetOptions",
    "WsgiTarget",
    "target_for",
]
