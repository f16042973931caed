"""The parts of `moderation/bulk` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.moderation.bulk import admin_routes, jobs
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_bulk_runs", "25 3 * * *", partial(jobs.sweep_bulk_runs, database)),
    ]


WIRING = Wiring(
    routers=[admin_routes.router],
    list_work=_list_work,
)
