"""The parts of `field_checks` that the program is assembled from."""

from veza.domains.field_checks import routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[routes.router],
)
