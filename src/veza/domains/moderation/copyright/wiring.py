"""The parts of `moderation/copyright` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.contributions import PersonalData
from veza.domains.moderation.copyright import admin_routes, jobs, personal_data, routes
from veza.domains.moderation.copyright.models.notices import CopyrightSettings, SendNoticeMail
from veza.domains.moderation.copyright.queries.notices import count_pending
from veza.domains.moderation.copyright.service import counters, notices
from veza.domains.moderation.takedowns.service import TakedownContext
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    settings, kinds = services.get(CopyrightSettings), services.get(TakedownContext)
    return [notices.create_context(settings, kinds, services.get(SignUpContext))]


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    mailer, settings = services.get(SiteMailer), services.get(CopyrightSettings)
    restore = partial(counters.restore_due, database, services.get(TakedownContext))
    return [
        Job(SendNoticeMail, partial(jobs.send_mail, database, mailer, settings), at_once=2),
        Schedule("restore_countered", "*/10 * * * *", restore),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_services=_create_services,
    create_work=_create_work,
    recurring=[Recurring("sweep_copyright_notices", "45 * * * *", jobs.sweep_notices)],
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    statistics={"copyright": count_pending},
)
