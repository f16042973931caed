"""The parts of `marketplace/archives` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.archives import personal_data, routes, stored_objects
from veza.domains.marketplace.archives.jobs import builds
from veza.domains.marketplace.archives.models import BuildArchive
from veza.domains.marketplace.archives.service import ArchiveStorage
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    storage = services.get(ArchiveStorage)
    return [
        Job(
            BuildArchive,
            partial(builds.build_archive, database, storage),
            # It converts a whole release: a short one must not wait for a long one.
            at_once=2,
            give_up=partial(builds.fail_archive, database),
            needs_space=True,
        ),
        Schedule(
            "sweep_archives", "*/10 * * * *", partial(builds.sweep_archives, database, storage)
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    objects=stored_objects.OBJECT_SOURCE,
)
