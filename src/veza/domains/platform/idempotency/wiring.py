"""The parts of `platform/idempotency` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.contributions import PersonalData
from veza.domains.platform.idempotency import jobs, personal_data
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule(
            "sweep_idempotency_keys", "50 * * * *", partial(jobs.sweep_idempotency_keys, database)
        ),
    ]


WIRING = Wiring(
    list_work=_list_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
