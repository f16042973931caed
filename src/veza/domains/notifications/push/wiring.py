"""The parts of `notifications/push` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.notifications.push import jobs, personal_data, routes
from veza.domains.notifications.push.models import PushNotification
from veza.domains.notifications.push.service import WebPush
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database
from veza.infra.web_push.sender import WebPushSender


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database = services.get(Database)
    web_push = services.get(WebPush)
    sender = WebPushSender(web_push.key, web_push.trusted_origins)
    return [
        Job(
            PushNotification,
            partial(jobs.push_notification, database, sender),
            # Push services may be slow.
            at_once=4,
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
