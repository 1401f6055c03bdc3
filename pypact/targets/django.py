"""What does a Django project need, so that the view sees the test's own transaction?

Django closes old connections when a request starts and ends, and the one with the
test's transaction is among them: its own test client detaches that as well. An ASGI
handler runs synchronous views in the thread that called `async_to_sync`, and only there
do they have the test's connection.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Awaitable, Iterator
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.targets.answers import Answer
from pypact.targets.asgi import AsgiTarget
from pypact.targets.loops import refuse_running_loop

__all__ = ["DjangoAsgiTarget", "django_app", "is_django", "keeping_connections"]


def django_app(*, asgi: bool) -> Any:
    """Make the handler of the project that `DJANGO_SETTINGS_MODULE` names.

    Raises: InvalidExpectation where Django is not installed.
    """
    name = "asgi" if asgi else "wsgi"
    try:
        module = importlib.import_module(f"django.core.{name}")
    except ModuleNotFoundError as error:
        raise InvalidExpectation("django=True, but Django is not installed") from error
    return getattr(module, f"get_{name}_application")()


def is_django(app: object) -> bool:
    """Tell whether `app` is a handler of Django's, or of a subclass of one."""
    handler = getattr(sys.modules.get("django.core.handlers.base"), "BaseHandler", None)
    return handler is not None and isinstance(app, handler)


@contextlib.contextmanager
def keeping_connections() -> Iterator[None]:
    """Keep Django, if it is there, from closing connections around requests."""
    database = sys.modules.get("django.db")
    close = getattr(database, "close_old_connections", None)
    if close is None:
        yield
        return
    from_core = sys.modules["django.core.signals"]
    signals = [from_core.request_started, from_core.request_finished]
    detached = [signal for signal in signals if signal.disconnect(close)]
    try:
        yield
    finally:
        for signal in detached:
            signal.connect(close)


class DjangoAsgiTarget(AsgiTarget):
    """Drives Django's ASGI handler, synchronous views in the caller's thread.

    Django's handler knows no lifespan.
    """

    def __init__(self, app: Any, *, lifespan: str = "off", **options: Any) -> None:
        super().__init__(app, lifespan=lifespan, **options)

    def start(self) -> BaseException | None:
        """Do nothing: each call has a loop of its own."""
        refuse_running_loop()
        return None

    def send(self, request: Request) -> Answer:
        """Call the application once, and wait for its whole answer."""
        answer: Answer = self.run(self.asend(request))
        return answer

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Wait for `awaitable`, giving this thread to what must run in it."""
        refuse_running_loop(awaitable)
        sync = importlib.import_module("asgiref.sync")

        async def within() -> Any:
            try:
                return await awaitable
            finally:
                # Each call has a loop of its own, so nothing may outlive it.
                await self.aclose()

        return sync.async_to_sync(within)()
