"""The parts of `marketplace/guests` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.guests import jobs, routes
from veza.domains.marketplace.guests.models import ClaimOrders, SendGuestMail, SendOrderLinks
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database, mailer = services.get(Database), services.get(SiteMailer)
    desk = services.get(GuestDesk)
    return [
        Job(SendGuestMail, partial(jobs.send_mail, database, mailer, desk), at_once=4),
        Job(SendOrderLinks, partial(jobs.send_links, database, mailer, desk), at_once=2),
        Job(ClaimOrders, partial(jobs.claim_rest, database), at_once=1),
    ]


WIRING = Wiring(routers=[routes.router], create_work=_create_work)
