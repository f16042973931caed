"""No handler combines a connection with a dependency that may refuse the request."""

from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from veza.http.dependencies import PROVIDERS
from veza.http.security.signed_urls import provide_signature

# These refuse nothing.
_SAFE = {provide_signature}


def test_no_connection_is_opened_beside_what_may_be_refused():
    """Dependencies are resolved at the same time: the connection would never be given back."""
    app = assembled()
    handlers = [
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
    ]
    assert any(_others_of(handler) for handler in handlers)
    ensure_none(
        f"{handler.handler_name} takes {others} beside a connection: open it in the handler"
        for handler in handlers
        if (others := _others_of(handler)) and PROVIDERS.keys() & _names_of(handler)
    )


def _names_of(handler: HTTPRouteHandler) -> set[str]:
    return set(handler.parsed_fn_signature.parameters)


def _others_of(handler: HTTPRouteHandler) -> list[str]:
    """Return the dependencies of a handler that may refuse a request."""
    provided = handler.resolve_dependencies()
    return sorted(
        name
        for name in (_names_of(handler) & provided.keys()) - PROVIDERS.keys()
        if provided[name].dependency not in _SAFE
    )
