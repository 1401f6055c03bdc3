"""Where can a contract's request be sent?"""

from pypact.targets.answers import Answer, Target
from pypact.targets.apps import target_for
from pypact.targets.wsgi import WsgiTarget

__all__ = ["Answer", "Target", "WsgiTarget", "target_for"]
