"""The parts of `search` that the program is assembled from."""

from veza.domains.search import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
)
