"""The parts of `marketplace/member_mails` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.member_mails import jobs
from veza.domains.marketplace.memberships.models.state import MailMember
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database, mailer = services.get(Database), services.get(SiteMailer)
    return [Job(MailMember, partial(jobs.send_notice, database, mailer), at_once=2)]


WIRING = Wiring(create_work=_create_work)
