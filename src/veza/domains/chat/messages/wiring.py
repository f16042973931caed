"""The parts of `chat/messages` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.chat.messages import jobs, personal_data, routes
from veza.domains.chat.messages.service import history
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_conversations", "10,40 * * * *", partial(jobs.sweep_ended, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    list_work=_list_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    evidence={"message": history.find_evidence},
)
