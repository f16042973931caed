"""The parts of `profiles` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.profiles import admin_routes, jobs, personal_data
from veza.domains.profiles.models.claims import SendProfileClaim
from veza.domains.profiles.models.invitations import SendProfileInvitation
from veza.domains.profiles.models.links import VerifyLinks
from veza.domains.profiles.routes import (
    claims,
    invitations,
    links,
    members,
    pages,
    profiles,
    roster,
)
from veza.domains.profiles.service import evidence, takedowns
from veza.domains.profiles.service.links import LinkReader
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.foreign_http.pages import WebPages
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database, mailer = place = services.get(Database), services.get(SiteMailer)
    reader = LinkReader(WebPages(), (mailer.front_end, mailer.own_url))
    return [
        Job(SendProfileInvitation, partial(jobs.send_invitation, *place), at_once=2),
        Job(SendProfileClaim, partial(jobs.send_claim, *place), at_once=2),
        Job(VerifyLinks, partial(jobs.verify_links, database, reader), at_once=2),
    ]


WIRING = Wiring(
    routers=[
        profiles.router,
        links.router,
        pages.router,
        members.router,
        invitations.router,
        claims.router,
        roster.router,
        admin_routes.router,
    ],
    recurring=[
        Recurring("sweep_profile_invitations", "17 4 * * *", jobs.sweep_invitations),
        Recurring("recheck_profile_links", "41 * * * *", jobs.recheck_links),
    ],
    create_work=_create_work,
    takedowns=takedowns.TAKEDOWNS,
    evidence=evidence.EVIDENCE,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
)
