"""The parts of `cloud/blobs` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.cloud.blobs import jobs, queries, stored_objects
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sweep_blobs", "5,35 * * * *", partial(jobs.sweep_blobs, database)),
    ]


WIRING = Wiring(
    list_work=_list_work,
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"blobs": queries.count_blobs},
)
