"""The parts of `moderation/pictures` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.images.service.images import ImageProcessing
from veza.domains.moderation.pictures import jobs
from veza.domains.moderation.pictures.models import RememberPicture
from veza.domains.wiring import Job, Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any] | Schedule]:
    run = partial(jobs.remember_picture, services.get(Database), services.get(ImageProcessing))
    return [Job(RememberPicture, run, at_once=1)]


WIRING = Wiring(create_work=_create_work)
