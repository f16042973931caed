"""The parts of `music/tags` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.music.tags import jobs, routes
from veza.domains.music.tags.models import RecountTags
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database = services.get(Database)
    return [
        Job(RecountTags, partial(jobs.recount_tags, database), at_once=2),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
)
