"""The parts of `platform/backups` that the program is assembled from."""

from veza.domains.platform.backups import admin_routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[admin_routes.router],
)
