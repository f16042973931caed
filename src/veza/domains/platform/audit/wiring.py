"""The parts of `platform/audit` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.contributions import PersonalData
from veza.domains.platform.audit import admin_routes, jobs, personal_data
from veza.domains.platform.audit.service import SigningKeys
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    keys = services.get(SigningKeys)
    return [
        Schedule("sign_audit", "* * * * *", partial(jobs.sign_events, database, keys)),
        Schedule("sweep_audit", "35 3 * * *", partial(jobs.delete_old_details, database)),
    ]


WIRING = Wiring(
    routers=[admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
