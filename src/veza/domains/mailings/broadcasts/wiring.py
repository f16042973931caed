"""The parts of `mailings/broadcasts` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.mailings.broadcasts import jobs, personal_data, routes
from veza.domains.mailings.broadcasts.models import (
    BroadcastSettings,
    NoteReport,
    SendBroadcast,
    SendBroadcastTest,
)
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.mailings.subscribers.service import SubscriberContext
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.delivery_tokens import DeliveryTokens
from veza.infra.mail.domain_rates import DomainRates
from veza.infra.postgres.database import Database


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    return [
        BroadcastContext(
            services.get(BroadcastSettings),
            services.get(SiteMailer),
            services.get(BulkMailer),
            services.get(DeliveryTokens),
            services.get(DomainRates),
            services.get(SubscriberContext),
        )
    ]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database, context = services.get(Database), services.get(BroadcastContext)
    return [
        Job(SendBroadcast, partial(jobs.send_broadcast, database, context), at_once=2),
        Job(SendBroadcastTest, partial(jobs.send_test, database, context), at_once=1),
        Job(NoteReport, partial(jobs.note_report, database, context), at_once=1),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_services=_create_services,
    create_work=_create_work,
    recurring=[
        Recurring("send_broadcasts", "* * * * *", jobs.send_due),
        Recurring("sweep_broadcast_recipients", "25 * * * *", jobs.sweep_recipients),
    ],
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        move=personal_data.move,
    ),
)
