"""The parts of `moderation/takedowns` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.moderation.takedowns import admin_routes, personal_data, queries, routes, service
from veza.domains.moderation.takedowns.models import AppealSettings
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    run = partial(
        service.delete_items,
        *(services.get(Database), services.get(TakedownContext), services.get(AppealSettings)),
    )
    return [Schedule("delete_taken_down", "40 3 * * *", run)]


WIRING = Wiring(
    routers=[admin_routes.router, routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    statistics={"takedowns": queries.count_open},
)
