"""Send requests to providers: in-process WSGI and ASGI applications, or a base URL."""

from pypact.targets.asgi import AsgiTarget
from pypact.targets.base import ProviderResponse, Target
from pypact.targets.detect import TargetOptions, create_target, is_target
from pypact.targets.http import HttpTarget
from pypact.targets.wsgi import WsgiTarget

__all__ = [
    "AsgiTarget",
    "HttpTarget",
    "ProviderResponse",
    "Target",
    "TargetOptions",
    "WsgiTarget",
    "create_target",
    "is_target",
]
