"""Routers that are assembled quickly: those of the framework take longer with each route.

Each registration makes a map of all routes again, and copies the routers in it.
"""

from typing import Any

from litestar import Litestar, Router
from litestar.routes import HTTPRoute, WebSocketRoute

type Routes = dict[str, dict[Any, Any]]


class _Mapped:
    """Cache the map of routes, and add routes that were registered since."""

    routes: list[Any]

    @property
    def route_handler_method_map(self) -> Routes:
        """Return the handlers of each path, by their methods."""
        known: list[Any] = self.__dict__.setdefault("known_routes", [])
        found: Routes = self.__dict__.setdefault("mapped_routes", {})
        if self.routes[: len(known)] != known:
            # One was replaced, by one with the handlers of another registration as well.
            known.clear()
            found.clear()
        for route in self.routes[len(known) :]:
            found.setdefault(route.path, {}).update(_list_handlers(route))
            known.append(route)
        return found


def _list_handlers(route: Any) -> dict[Any, Any]:
    if isinstance(route, HTTPRoute):
        return {method: each for each in route.route_handlers for method in each.http_methods}
    kind = "websocket" if isinstance(route, WebSocketRoute) else "asgi"
    return {kind: route.route_handler}


class ApiRouter(_Mapped, Router):
    """A router that belongs to one application.

    The framework copies a router that it registers, because others may register it too. To copy all
    routes of the API again takes a fifth of the time of the assembly.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> "ApiRouter":
        return self


class QuickLitestar(_Mapped, Litestar):
    """The application of the framework, assembled quickly."""
