"""The parts of `profile_pages` that the program is assembled from."""

from veza.domains.profile_pages import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(routers=[routes.router])
