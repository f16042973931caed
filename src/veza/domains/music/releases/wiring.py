"""The parts of `music/releases` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from litestar.di import Provide

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.music.releases import jobs, personal_data, routes
from veza.domains.music.releases.models.releases import PublishRelease
from veza.domains.music.releases.service import releases, search, takedowns
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    return [
        Job(PublishRelease, partial(jobs.publish_release, database), at_once=2),
        Schedule("publish_releases", "* * * * *", partial(jobs.enqueue_publications, database)),
        Schedule("refresh_catalogue", "25 * * * *", partial(jobs.refresh_catalogue, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    dependencies={
        "release_query": Provide(routes.provide_release_query, sync_to_thread=False),
    },
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, move=personal_data.move
    ),
    evidence={"release": releases.find_evidence},
    takedowns={"release": takedowns.TAKEDOWN},
    pictures={"release": takedowns.COVER},
    reviewed={"release": takedowns.list_reviewed},
    searchable=SearchableType(search.index_batch, jobs.refresh_search, jobs.recount_search_words),
)
