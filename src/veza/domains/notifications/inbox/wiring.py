"""The parts of `notifications/inbox` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.notifications.inbox import personal_data, routes, service
from veza.domains.notifications.inbox.jobs import follower_notices, plan_notices, retention
from veza.domains.notifications.inbox.models import (
    NotifyFollowers,
    NotifyOfRelease,
    NotifyOfTrack,
    NotifyReminded,
)
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    return [
        Job(NotifyFollowers, partial(follower_notices.notify_followers, database), at_once=2),
        Job(NotifyOfRelease, partial(follower_notices.notify_of_release, database), at_once=2),
        Job(NotifyOfTrack, partial(follower_notices.notify_of_track, database), at_once=2),
        Job(NotifyReminded, partial(plan_notices.notify_reminded, database), at_once=2),
        Schedule(
            "sweep_notifications", "45 3 * * *", partial(retention.sweep_notifications, database)
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    hidden_counts=[service.update_hidden_actor],
)
