"""Where can a contract's request be sent?"""

from pypact.targets.answers import Answer, Target
from pypact.targets.apps import TargetOptions, target_for
from pypact.targets.asgi import AsgiTarget
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
