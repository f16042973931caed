"""The parts of `privacy` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.privacy import admin_routes, jobs, personal_data, routes, stored_objects
from veza.domains.privacy.models import BuildExport, DeleteExports, EraseMember
from veza.domains.privacy.service import PersonalDataContext
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    context = services.get(PersonalDataContext)
    return [
        Job(
            BuildExport,
            partial(jobs.build_export, database, context),
            # An export with many files takes minutes.
            at_once=2,
            give_up=partial(jobs.fail_export, database),
            needs_space=True,
        ),
        Job(DeleteExports, partial(jobs.delete_exports, context), at_once=2),
        Job(EraseMember, partial(jobs.erase_member, database, context), at_once=2),
        Schedule("order_erasures", "*/10 * * * *", partial(jobs.enqueue_erasures, database)),
        Schedule("sweep_exports", "*/10 * * * *", partial(jobs.sweep_exports, database)),
    ]


WIRING = Wiring(
    routers=[routes.router, admin_routes.router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    objects=stored_objects.OBJECT_SOURCE,
)
