"""The parts of `auth/recovery` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.recovery import admin_routes, jobs, personal_data, routes
from veza.domains.auth.recovery.models import DeleteMails, SendMail
from veza.domains.contributions import PersonalData
from veza.domains.platform.audit.service import record_change
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    mailer = services.get(SiteMailer)
    login = services.get(LoginContext)
    return [
        Job(DeleteMails, partial(jobs.delete_mails, mailer), at_once=1),
        Job(SendMail, partial(jobs.send_mail, database, mailer), at_once=2),
        Schedule(
            "complete_factor_recoveries",
            "*/10 * * * *",
            partial(jobs.complete_factor_recoveries, database, login, record_change),
        ),
        Schedule("sweep_mails", "40 * * * *", partial(jobs.delete_old_mails, mailer)),
        Schedule("sweep_held_mails", "42 * * * *", partial(jobs.delete_old_held_mails, database)),
        Schedule("sweep_links", "35 * * * *", partial(jobs.delete_expired_tokens, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
