"""The parts of `marketplace/renewals` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.memberships.models.state import ForgetMethod
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.marketplace.renewals import jobs, routes
from veza.domains.marketplace.renewals.models import RenewMembership
from veza.domains.marketplace.renewals.service.desk import RenewalDesk
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [RenewalDesk(services.get(CheckoutContext), services.get(PaymentProviders))]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database, desk = services.get(Database), services.get(RenewalDesk)
    return [
        # They wait for a provider.
        Job(RenewMembership, partial(jobs.renew, database, desk), at_once=4),
        Job(ForgetMethod, partial(jobs.forget_method, database, desk), at_once=2),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_services=_create_services,
    create_work=_create_work,
    recurring=[
        Recurring("renew_memberships", "* * * * *", jobs.renew_due),
        Recurring("delete_unpaid_memberships", "40 4 * * *", jobs.delete_unpaid),
    ],
)
