"""The parts of `listening` that the program is assembled from."""

from veza.domains.listening import jobs, queries, routes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("end_empty_listening_rooms", "*/10 * * * *", jobs.end_empty_rooms)],
    statistics={"listening_rooms": queries.count_rooms},
)
