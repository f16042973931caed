"""The parts of `music/discovery` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from litestar.di import Provide

from veza.domains.contributions import PersonalData
from veza.domains.music.discovery import jobs, personal_data, routes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("find_changed_tracks", "15 * * * *", partial(jobs.find_changed_tracks, database)),
        Schedule(
            "compute_similarities", "*/5 * * * *", partial(jobs.compute_similarities, database)
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "radio_query": Provide(routes.provide_radio_query, sync_to_thread=False),
    },
    list_work=_list_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
