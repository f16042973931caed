"""The parts of `platform/uploads` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.platform.uploads import jobs, personal_data, routes, stored_objects
from veza.domains.platform.uploads.models import CompleteUpload
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.platform.uploads.service import Uploads
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    database = services.get(Database)
    resumable = services.get(ResumableUploads)
    uploads = services.get(Uploads)
    return [
        Job(
            CompleteUpload,
            partial(jobs.complete_upload, resumable),
            # It copies a whole file: a short one must not wait for a long one.
            at_once=2,
            needs_space=True,
        ),
        Schedule("complete_uploads", "* * * * *", partial(jobs.complete_uploads, database)),
        Schedule("sweep_uploads", "25 * * * *", partial(jobs.sweep_uploads, uploads)),
    ]


WIRING = Wiring(
    routers=[routes.router, routes.resumable_router],
    create_work=_create_work,
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
    objects=stored_objects.OBJECT_SOURCE,
)
