"""The parts of `auth/sign_up` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.auth.sign_up import admin_routes, jobs, personal_data, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_invitations", "40 3 * * *", partial(jobs.sweep_invitations, database)),
        Schedule("decline_sign_ups", "50 3 * * *", partial(jobs.decline_old_requests, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    list_work=_list_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
