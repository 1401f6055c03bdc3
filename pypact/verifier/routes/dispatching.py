"""Which routes have several WSGI apps behind werkzeug's dispatcher?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pypact.verifier.routes.router import Asked, FoundRoute, NotTold, Route, Router

__all__ = ["DispatchingRouter"]


class DispatchingRouter:
    """The router of werkzeug's `DispatcherMiddleware`.

    It uses the router of the app that a path is dispatched to. `router_for` returns the
    router of an app, or None if its framework is not supported.
    """

    def __init__(self, app: Any, router_for: Callable[[Any], Router | None]) -> None:
        self._routers = [
            (prefix.rstrip("/"), router_for(mounted))
            for prefix, mounted in sorted(app.mounts.items(), reverse=True)
        ]
        self._routers.append(("", router_for(app.app)))

    def routes(self) -> list[Route]:
        """Return the routes of all supported apps, each with its mount point."""
        return [
            replace(route, path=prefix + route.path)
            for prefix, router in reversed(self._routers)
            if router is not None
            for route in router.routes()
        ]

    def find(self, query: Asked) -> FoundRoute | None:
        """Return the route of the app that the path is dispatched to."""
        for prefix, router in self._routers:
            path = query.path.removeprefix(prefix)
            if query.path.startswith(prefix) and path[:1] in ("", "/"):
                if router is None:
                    raise NotTold(f"the routes of the app at {prefix}/ are unknown")
                found = router.find(replace(query, path=path or "/"))
                return found and found._replace(path=prefix + found.path)
        return None
