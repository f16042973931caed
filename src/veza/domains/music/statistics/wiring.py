"""The parts of `music/statistics` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from litestar.di import Provide

from veza.domains.contributions import PersonalData
from veza.domains.music.statistics import jobs, personal_data, routes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("count_statistics", "25 * * * *", partial(jobs.count_statistics, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "statistics_days": Provide(routes.provide_statistics_days, sync_to_thread=False),
        "statistics_query": Provide(routes.provide_statistics_query, sync_to_thread=False),
    },
    list_work=_list_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
