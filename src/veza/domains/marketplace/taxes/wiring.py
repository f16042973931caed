"""The parts of `marketplace/taxes` that the program is assembled from."""

from veza.domains.marketplace.taxes import admin_routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[admin_routes.router])
