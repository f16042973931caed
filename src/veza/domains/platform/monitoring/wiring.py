"""The parts of `platform/monitoring` that the program is assembled from."""

from veza.domains.platform.monitoring import admin_routes, jobs, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router, routes.status_router, admin_routes.router],
    recurring=[Recurring("sweep_traffic", "15 4 * * *", jobs.sweep_traffic)],
)
