"""The parts of `marketplace/sellers` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.sellers import jobs, personal_data, routes
from veza.domains.marketplace.sellers.models import RefreshPayoutAccount
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.payouts.provider import PayoutProviders
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    payouts = services.get(PayoutProviders).by_mode
    return [
        Job(
            RefreshPayoutAccount,
            partial(jobs.refresh_payout_account, database, payouts),
            # It waits for a provider.
            at_once=4,
        ),
        Schedule(
            "poll_payout_accounts",
            "* * * * *",
            partial(jobs.poll_payout_accounts, database, payouts),
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        move=personal_data.move,
        ensure_may_move=personal_data.ensure_no_account,
    ),
)
