"""The parts of `marketplace/disputes` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.marketplace.disputes import jobs
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    payments = services.get(PaymentProviders).current
    return [
        Schedule(
            "poll_disputes", "*/15 * * * *", partial(jobs.poll_new_disputes, database, payments)
        ),
        Schedule(
            "ask_disputes", "*/5 * * * *", partial(jobs.poll_open_disputes, database, payments)
        ),
    ]


WIRING = Wiring(
    create_work=_create_work,
)
