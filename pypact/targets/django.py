"""Send requests to a Django project so that its views see the transaction of the test.

Django closes old connections, so also that of the transaction, around requests. An ASGI
handler runs synchronous views in the thread that called `async_to_sync`; only there do
they have the connection of the test.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.targets.asgi import AsgiTarget
from pypact.targets.base import ProviderResponse
from pypact.targets.lifespan import refuse_running_loop


def load_django_handler(*, asgi: bool) -> Any:
    """Create the WSGI or ASGI handler of the project in `DJANGO_SETTINGS_MODULE`."""
    name = "asgi" if asgi else "wsgi"
    try:
        module = importlib.import_module(f"django.core.{name}")
    except ModuleNotFoundError as error:
        raise InvalidExpectation(
            "django=True requires Django, which is not installed"
        ) from error
    return getattr(module, f"get_{name}_application")()


def is_django(app: object) -> bool:
    """Return whether `app` is a Django handler, or an instance of a subclass."""
    handler = getattr(sys.modules.get("django.core.handlers.base"), "BaseHandler", None)
    return handler is not None and isinstance(app, handler)


def keep_connections_open() -> Callable[[], None] | None:
    """Prevent Django from closing connections around requests.

    Return the function that ends this, or None if Django is not imported.
    """
    database = sys.modules.get("django.db")
    close = getattr(database, "close_old_connections", None)
    if close is None:
        return None
    from_core = sys.modules["django.core.signals"]
    signals = [from_core.request_started, from_core.request_finished]
    detached = [signal for signal in signals if signal.disconnect(close)]

    def let_close() -> None:
        for signal in detached:
            signal.connect(close)

    return let_close


class DjangoAsgiTarget(AsgiTarget):
    """A target that calls Django's ASGI handler.

    Synchronous views run in the caller's thread. The default for `lifespan` is "off",
    because Django's handler does not support it.
    """

    def __init__(self, app: Any, *, lifespan: str = "off", **options: Any) -> None:
        super().__init__(app, lifespan=lifespan, **options)

    def start(self) -> BaseException | None:
        """Do nothing: each request runs on an event loop of its own."""
        refuse_running_loop()
        return None

    def send(self, request: Request) -> ProviderResponse:
        response: ProviderResponse = self.run(self.asend(request))
        return response

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run `awaitable`, with synchronous views in this thread; return its result."""
        refuse_running_loop(awaitable)
        sync = importlib.import_module("asgiref.sync")

        async def run_and_close() -> Any:
            try:
                return await awaitable
            finally:
                # Each request has a loop of its own, so nothing may outlive it.
                await self.aclose()

        return sync.async_to_sync(run_and_close)()
