"""The parts of `marketplace/quotes` that the program is assembled from."""

from veza.domains.marketplace.quotes import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[routes.router])
