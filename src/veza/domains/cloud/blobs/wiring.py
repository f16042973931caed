"""The parts of `cloud/blobs` that the program is assembled from."""

from veza.domains.cloud.blobs import jobs, queries, stored_objects
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    recurring=[Recurring("sweep_blobs", "5,35 * * * *", jobs.sweep_blobs)],
    objects=stored_objects.OBJECT_SOURCE,
    statistics={"blobs": queries.count_blobs},
)
