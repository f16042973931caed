"""The parts of `platform/site_controls` that the program is assembled from."""

from veza.domains.platform.site_controls import admin_routes, routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
)
