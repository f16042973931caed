"""The parts of `exclusives` that the program is assembled from."""

from veza.domains.marketplace.exclusives import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[routes.router])
