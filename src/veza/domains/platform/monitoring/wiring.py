"""The parts of `platform/monitoring` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.platform.monitoring import admin_routes, jobs, routes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_traffic", "15 4 * * *", partial(jobs.sweep_traffic, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, routes.status_router, admin_routes.router],
    list_work=_list_work,
)
