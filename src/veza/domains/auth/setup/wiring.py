"""The parts of `auth/setup` that the program is assembled from."""

from veza.domains.auth.setup import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
)
