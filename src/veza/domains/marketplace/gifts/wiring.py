"""The parts of `marketplace/gifts` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.gifts import invariants, jobs, routes
from veza.domains.marketplace.gifts.models import SendGift
from veza.domains.marketplace.gifts.service import GiftDesk
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Recurring, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database
from veza.infra.security.secrets import DerivedKeys


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [GiftDesk(services.get(DerivedKeys), services.get(SiteMailer))]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    needed = services.get(Database), services.get(GiftDesk)
    return [Job(SendGift, partial(jobs.send_gift, *needed), at_once=2)]


WIRING = Wiring(
    routers=[routes.router],
    create_services=_create_services,
    create_work=_create_work,
    recurring=[
        Recurring("send_gifts", "* * * * *", jobs.send_due_gifts),
        Recurring("forget_gifts", "55 4 * * *", jobs.forget_old_gifts),
    ],
    invariants=invariants.INVARIANTS,
)
