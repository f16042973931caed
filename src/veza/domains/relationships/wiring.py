"""The parts of `relationships` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.relationships import jobs, personal_data, routes, service
from veza.domains.relationships.models import RecountFollows
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database = services.get(Database)
    return [
        Job(RecountFollows, partial(jobs.recount_follows, database), at_once=2),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=service.move
    ),
)
