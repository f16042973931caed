"""The parts of `marketplace/payouts` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.payouts import admin_routes, invariants, jobs, personal_data, routes
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payouts.provider import PayoutProviders
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    payouts = services.get(PayoutProviders).by_mode
    return [
        Job(
            SettleTransfer,
            partial(jobs.settle_transfer, database, payouts),
            # It waits for a provider.
            at_once=4,
            give_up=partial(jobs.postpone_transfer, database),
        ),
        Schedule("retry_transfers", "* * * * *", partial(jobs.retry_transfers, database, payouts)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        ensure_may_erase=personal_data.ensure_no_open_transfers,
    ),
    invariants=invariants.INVARIANTS,
)
