"""The parts of `marketplace/refunds` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.refunds import admin_routes, invariants, jobs, personal_data, routes
from veza.domains.marketplace.refunds.models import CancelPreorders, RefundBuyers, SettleRefund
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    payments = services.get(PaymentProviders)
    return [
        Job(CancelPreorders, partial(jobs.cancel_preorders, database), at_once=2),
        Job(RefundBuyers, partial(jobs.refund_buyers, database), at_once=2),
        Job(
            SettleRefund,
            partial(jobs.settle_refund, database, payments),
            # It waits for a provider.
            at_once=4,
        ),
        Schedule("ask_for_refunds", "* * * * *", partial(jobs.poll_refunds, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    invariants=invariants.INVARIANTS,
)
