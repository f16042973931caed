"""The parts of `marketplace/statements` that the program is assembled from."""

from veza.domains.marketplace.statements import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[routes.router])
