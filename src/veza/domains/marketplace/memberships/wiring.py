"""The parts of `marketplace/memberships` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.memberships import invariants, jobs, personal_data, routes
from veza.domains.marketplace.memberships.models.state import AskMembers
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    return [Job(AskMembers, partial(jobs.ask_members, services.get(Database)), at_once=1)]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    # A profile with memberships has sold something, and is never merged.
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    invariants=invariants.INVARIANTS,
)
