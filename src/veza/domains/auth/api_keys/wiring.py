"""The parts of `auth/api_keys` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.auth.api_keys import jobs, queries, routes
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_keys", "35 3 * * *", partial(jobs.sweep_keys, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    list_work=_list_work,
    personal_data=PersonalData(("api_keys",), queries.list_all_keys, queries.delete_keys),
)
