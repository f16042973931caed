"""The parts of `platform/text_filters` that the program is assembled from."""

from veza.domains.platform.text_filters import admin_routes
from veza.domains.wiring import Wiring

WIRING = Wiring(
    routers=[admin_routes.router],
)
