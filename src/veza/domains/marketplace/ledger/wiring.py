"""The parts of `marketplace/ledger` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.ledger import admin_routes, invariants, jobs, personal_data
from veza.domains.marketplace.ledger.models import VerifyLedger
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    verifier = services.get(jobs.Verifier)
    return [
        Job(VerifyLedger, partial(jobs.verify_books, database, verifier), at_once=1),
        Schedule(
            "verify_ledger", "5 4 * * *", partial(jobs.request_nightly_verification, database)
        ),
    ]


WIRING = Wiring(
    routers=[admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        ensure_may_erase=personal_data.ensure_no_open_balance,
    ),
    invariants=invariants.INVARIANTS,
)
