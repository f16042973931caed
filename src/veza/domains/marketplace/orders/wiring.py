"""The parts of `marketplace/orders` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec import structs

from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.contributions import PersonalData
from veza.domains.marketplace.orders import admin_routes, invariants, jobs, personal_data, routes
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.domains.marketplace.orders.queries import sales as sales_queries
from veza.domains.marketplace.orders.service import guest_orders
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payments.provider import PaymentProviders
from veza.infra.postgres.database import Database
from veza.infra.security.secrets import DerivedKeys


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    payments = services.get(PaymentProviders)
    return [
        Job(
            PollPayment,
            partial(jobs.poll_payment, database, payments),
            # It waits for a provider.
            at_once=4,
        ),
        Schedule("poll_payments", "* * * * *", partial(jobs.poll_payments, database)),
        Schedule("deliver_preorders", "* * * * *", partial(jobs.deliver_preorders, database)),
        Schedule("forget_abandoned", "35 4 * * *", partial(jobs.forget_abandoned, database)),
    ]


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    gate = structs.replace(services.get(SignUpContext).gate, key=guest_orders.FLOOD_KEY)
    key = services.get(DerivedKeys).derive(guest_orders.KEY_PURPOSE)
    return [guest_orders.GuestDesk(services.get(CheckoutContext), gate, key)]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_services=_create_services,
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        ensure_may_erase=personal_data.ensure_no_open_sales,
        ensure_may_move=personal_data.ensure_never_traded,
    ),
    statistics={"orders": sales_queries.count_orders},
    invariants=invariants.INVARIANTS,
)
