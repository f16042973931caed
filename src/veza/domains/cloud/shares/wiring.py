"""The parts of `cloud/shares` that the program is assembled from."""

from veza.domains.cloud.shares import jobs, personal_data, queries, routes, service
from veza.domains.contributions import PersonalData
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sweep_shares", "55 3 * * *", jobs.sweep_shares)],
    evidence={"cloud_share": service.find_evidence},
    takedowns={"cloud_share": service.TAKEDOWN},
    review_objects={"cloud_share": queries.list_reviewed},
    same_files=[queries.list_same_files],
    personal_data=PersonalData(personal_data.TABLES, personal_data.export, personal_data.erase),
)
