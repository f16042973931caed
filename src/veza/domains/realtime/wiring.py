"""The parts of `realtime` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.realtime import jobs, routes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_chat_tokens", "55 * * * *", partial(jobs.sweep_tokens, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    list_work=_list_work,
)
