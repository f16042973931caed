"""The parts of `marketplace/webhooks` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.webhooks import admin_routes, jobs, routes
from veza.domains.marketplace.webhooks.jobs import EventConsumers
from veza.domains.marketplace.webhooks.models import ProcessWebhook
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    consumers = services.get(EventConsumers)
    return [
        Job(
            ProcessWebhook,
            partial(jobs.process_webhook, database, consumers),
            # It waits for a provider.
            at_once=4,
        ),
        Schedule("sweep_webhooks", "25 4 * * *", partial(jobs.sweep_webhooks, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_work=_create_work,
)
