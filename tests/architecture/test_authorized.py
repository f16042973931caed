"""Every route checks who asks, before anything else."""

from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from veza.http.security.authorization import authorize


def test_every_route_authorizes_its_requests():
    """A route with a `before_request` of its own, or a mounted application, would check nothing."""
    routes = assembled().routes
    handlers = [
        (route.path, handler)
        for route in routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
    ]
    assert len(handlers) > 88
    ensure_none(
        f"{path}: {handler} does not call `authorize`"
        for path, handler in handlers
        if not isinstance(handler, HTTPRouteHandler)
        or getattr(handler.resolve_before_request(), "func", handler.resolve_before_request())
        is not authorize
    )
