"""The parts of `notifications/by_mail` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.notifications.by_mail import jobs, routes
from veza.domains.notifications.by_mail.models import MailNotification, SendDigest
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    place = services.get(Database), services.get(SiteMailer)
    return [
        # Mail servers may be slow.
        Job(MailNotification, partial(jobs.mail_notification, *place), at_once=2),
        Job(SendDigest, partial(jobs.send_digest, *place), at_once=2),
        Schedule("enqueue_digests", "*/10 * * * *", partial(jobs.enqueue_digests, place[0])),
    ]


WIRING = Wiring(
    routers=[routes.router],
    pages=[routes.pages],
    create_work=_create_work,
)
