"""The parts of `platform/idempotency` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.contributions import PersonalData
from veza.domains.platform.idempotency import jobs, queries
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
    personal_data=PersonalData(("idempotency_keys",), queries.list_keys_of, queries.delete_keys_of),
)
