"""What is assembled and described faster than by the framework is the same as by the framework."""

from litestar import Litestar, Router

from veza.http.api_docs.framework_schema import describe_routes
from veza.http.routers import QuickLitestar


def test_routes_and_their_description_are_those_of_the_framework(app: Litestar):
    assert isinstance(app, QuickLitestar)
    mapped = Router.route_handler_method_map.fget  # type: ignore[attr-defined]
    assert app.route_handler_method_map == mapped(app)
    assert describe_routes(app) == app.openapi_schema.to_schema()
