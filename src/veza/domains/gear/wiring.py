"""The parts of `gear` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.contributions import PersonalData
from veza.domains.gear import jobs, personal_data, queries, routes, stored_objects
from veza.domains.gear.upload_purposes import create_purposes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("warn_of_warranties", "20 * * * *", partial(jobs.warn_of_warranties, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    list_work=_list_work,
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"gear": queries.count_gear},
)
