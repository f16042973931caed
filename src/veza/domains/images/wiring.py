"""The parts of `images` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.images import jobs, personal_data, queries, routes, stored_objects
from veza.domains.images.models import PreparePicture
from veza.domains.images.service.images import ImageProcessing
from veza.domains.images.upload_purposes import create_purposes
from veza.domains.wiring import Job, Recurring, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.media.picture_sizes import PictureSizes
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    fill = partial(jobs.fill_placeholders, services.get(Database), services.get(ImageProcessing))
    return [
        Job(PreparePicture, partial(jobs.prepare_picture, services.get(PictureSizes)), at_once=2),
        Schedule("fill_placeholders", "*/10 * * * *", fill),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    recurring=[Recurring("sweep_images", "45 * * * *", jobs.sweep_images)],
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
    copies=dict.fromkeys(("image", "avatar", "banner"), queries.list_same),
    statistics={"images": queries.count_images},
)
